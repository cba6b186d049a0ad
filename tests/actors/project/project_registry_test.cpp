#include <algorithm>

#include <boost/test/unit_test.hpp>
#include <tests/actors/scripted_parts.hpp>
#include <tests/support/caf_fixture.hpp>

#include <actors/database/database_writer.hpp>
#include <actors/project/project_registry.hpp>
#include <storage/db/store.hpp>

BOOST_AUTO_TEST_SUITE(project_registry)

using namespace headway;
using namespace std::chrono_literals;

namespace {

struct fixture : test::caf_fixture {
  fixture() {
    pool->locate = [this](const std::string& path) -> caf::expected<repository_location> {
      if (failure)
        return failure;
      const auto it = links.find(path);
      const auto& real = it == links.end() ? path : it->second;
      return repository_location{real, real + "/.git", real + "/.git", false};
    };
    pool->read = [](const read_refs_request& request) -> caf::expected<read_refs_answer> {
      auto refs = std::make_shared<refs_snapshot>();
      refs->location = request.location;
      return read_refs_answer{refs, {}, {}, {}};
    };
    auto opened = db::store::open({});
    BOOST_REQUIRE(opened);
    store = std::move(*opened);
    shared.others->set<database_writer_actor>(spawn<database_writer>(store, database_config{}));
    shared.others->set<repo_pool_actor>(spawn<test::scripted_pool>(pool));
    shared.others->set<fetch_scheduler_actor>(spawn<test::recording_scheduler>(scheduler));
    start();
    load();
  }

  ~fixture() { end(); }

  void start() {
    registry = spawn<headway::project_registry>(settings, fetch_config::background_mode::on);
    shared.others->set(registry);
    run();
  }

  void load() { must<std::uint64_t>(registry, load_atom::value); }

  void limit(std::vector<std::string> roots, std::size_t most = 100) {
    tell(registry, projects_limits{std::move(roots), most});
  }

  test::answer<project_info> try_add(const std::string& path) {
    return ask<project_info>(registry, add_project{path});
  }
  std::string add(const std::string& path) { return value(try_add(path)).id.slug; }

  project_page list(const list_projects& query = {}) { return must<project_page>(registry, query); }

  std::string slugs(const list_projects& query = {}) {
    std::string result;
    for (const auto& info : list(query).projects)
      result += info.id.slug + " ";
    return result;
  }

  projects_config settings;
  caf::error failure;
  std::map<std::string, std::string> links;
  std::shared_ptr<db::store> store;
  test::pool_script_ptr pool = std::make_shared<test::pool_script>();
  test::scheduler_record_ptr scheduler = std::make_shared<test::scheduler_record>();
  project_registry_actor registry;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_project_is_added_listed_and_found, fixture) {
  BOOST_TEST(add("/src/linux") == "linux");
  BOOST_TEST(slugs() == "linux ");
  const auto info = must<project_info>(registry, project_id{"linux"});
  BOOST_TEST(info.path == "/src/linux");
  BOOST_TEST((info.state == project_state::fresh));
  BOOST_TEST(
      (must<status_answer>(registry, status_request{{"linux"}}).status->path == "/src/linux"));
  must<fetch_report_ptr>(registry, fetch_request{{"linux"}});
  BOOST_TEST(scheduler->fetches.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_suspended_project_is_not_fetched_also_after_a_restart, fixture) {
  add("/src/linux");
  const auto suspended =
      must<project_info>(registry, set_activity{{"linux"}, project_activity::suspended});
  BOOST_TEST((suspended.state == project_state::suspended));
  BOOST_TEST((must<project_info>(registry, project_id{"linux"}).state == project_state::suspended));
  BOOST_TEST(slugs({.state = project_state::suspended}) == "linux ");
  kill(registry);
  start();
  load();
  BOOST_TEST((must<status_answer>(registry, status_request{{"linux"}}).status->state ==
              project_state::suspended));
  const auto refused = ask<fetch_report_ptr>(registry, fetch_request{{"linux"}});
  BOOST_TEST((code(refused) == ec::suspended));
  BOOST_TEST(detail_of(refused->value().error()).find("resume") != std::string::npos);
  BOOST_TEST(scheduler->fetches.empty());
  const auto resumed =
      must<project_info>(registry, set_activity{{"linux"}, project_activity::active});
  BOOST_TEST((resumed.state == project_state::fresh));
  must<fetch_report_ptr>(registry, fetch_request{{"linux"}});
  BOOST_TEST(scheduler->fetches.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(an_unknown_project_is_not_found, fixture) {
  BOOST_TEST((code(ask<project_info>(registry, set_activity{{"x"}, project_activity::suspended})) ==
              ec::not_found));
  BOOST_TEST((code(ask<project_info>(registry, project_id{"x"})) == ec::not_found));
  BOOST_TEST((code(ask<status_answer>(registry, status_request{{"x"}})) == ec::not_found));
  BOOST_TEST((code(ask<fetch_report_ptr>(registry, fetch_request{{"x"}})) == ec::not_found));
  BOOST_TEST((code(ask<project_info>(registry, remove_project{{"x"}})) == ec::not_found));
}

BOOST_FIXTURE_TEST_CASE(a_path_must_be_absolute, fixture) {
  for (const auto& path :
       {std::string{}, std::string{"src/linux"}, std::string{"."}, std::string{"/src\0/x", 7}})
    BOOST_TEST((code(try_add(path)) == ec::invalid_argument));
  BOOST_TEST(pool->locates == 0u);
}

BOOST_FIXTURE_TEST_CASE(what_is_no_repository_is_refused_with_the_reason, fixture) {
  failure = make_error(ec::foreign_owner, "/src/linux belongs to root");
  const auto answer = try_add("/src/linux");
  BOOST_TEST((code(answer) == ec::foreign_owner));
  BOOST_TEST(detail_of(answer->value().error()) == "/src/linux belongs to root");
  BOOST_TEST(slugs().empty());
}

BOOST_FIXTURE_TEST_CASE(a_path_is_registered_once, fixture) {
  links["/alias"] = "/src/linux";
  add("/src/linux");
  const auto again = try_add("/alias");
  BOOST_TEST((code(again) == ec::already_exists));
  BOOST_TEST(detail_of(again->value().error()).find("'linux'") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(of_many_who_add_one_path_at_once_one_succeeds, fixture) {
  const auto answers =
      ask_together<project_info>(registry, std::vector<add_project>(20, add_project{"/src/linux"}));
  std::size_t added = 0;
  for (const auto& answer : answers) {
    added += code(answer) == ec::none;
    BOOST_TEST((code(answer) == ec::none || code(answer) == ec::already_exists));
  }
  BOOST_TEST(added == 1u);
  BOOST_TEST(slugs() == "linux ");
}

BOOST_FIXTURE_TEST_CASE(folders_of_one_name_added_at_once_get_names_of_their_own, fixture) {
  const auto answers = ask_together<project_info>(
      registry, std::vector<add_project>{{"/a/linux"}, {"/b/linux"}, {"/c/linux"}});
  std::set<std::string> names;
  for (const auto& answer : answers)
    names.insert(value(answer).id.slug);
  BOOST_TEST(names == (std::set<std::string>{"linux", "linux-2", "linux-3"}));
}

BOOST_FIXTURE_TEST_CASE(outside_of_the_allowed_roots_nothing_is_even_looked_at, fixture) {
  limit({"/src/", "/work"});
  for (const char* path : {"/etc", "/srcs/linux", "/src/../etc", "/src/./../../etc/x", "/"})
    BOOST_TEST((code(try_add(path)) == ec::outside_allowed_roots), path);
  BOOST_TEST(pool->locates == 0u);
  BOOST_TEST(add("/src/linux") == "linux");
  BOOST_TEST(add("/work") == "work");
}

BOOST_FIXTURE_TEST_CASE(a_symbolic_link_does_not_lead_out_of_the_allowed_roots, fixture) {
  limit({"/src"});
  links["/src/secret"] = "/root/secret";
  BOOST_TEST((code(try_add("/src/secret")) == ec::outside_allowed_roots));
  BOOST_TEST(slugs().empty());
}

BOOST_FIXTURE_TEST_CASE(a_git_directory_elsewhere_does_not_lead_out_of_the_allowed_roots, fixture) {
  limit({"/src"});
  pool->locate = [](const std::string& path) -> caf::expected<repository_location> {
    return repository_location{path, path + "/.git", "/root/secret/.git", false};
  };
  BOOST_TEST((code(try_add("/src/linux")) == ec::outside_allowed_roots));
  BOOST_TEST(slugs().empty());
}

BOOST_FIXTURE_TEST_CASE(the_root_of_everything_allows_everything, fixture) {
  limit({"/"});
  BOOST_TEST(add("/anywhere/x") == "x");
}

BOOST_FIXTURE_TEST_CASE(a_node_takes_so_many_projects_also_at_once, fixture) {
  limit({}, 3);
  std::vector<add_project> requests;
  for (int i = 0; i < 10; ++i)
    requests.push_back({"/src/p" + std::to_string(i)});
  std::size_t refused = 0;
  for (const auto& answer : ask_together<project_info>(registry, requests))
    refused += code(answer) == ec::overloaded;
  BOOST_TEST(refused == 7u);
  BOOST_TEST(list().projects.size() == 3u);
  must<project_info>(registry, remove_project{list().projects[0].id});
  BOOST_TEST((code(try_add("/src/another")) == ec::none));
}

BOOST_FIXTURE_TEST_CASE(a_removed_project_is_gone_and_its_name_stays_its_own, fixture) {
  add("/a/linux");
  BOOST_TEST(must<project_info>(registry, remove_project{{"linux"}}).path == "/a/linux");
  BOOST_TEST(slugs().empty());
  BOOST_TEST((code(ask<status_answer>(registry, status_request{{"linux"}})) == ec::not_found));
  BOOST_TEST(scheduler->untracked == std::vector<std::string>{"linux"});
  BOOST_TEST(add("/b/linux") == "linux-2");
  BOOST_TEST(add("/a/linux") == "linux");
}

BOOST_FIXTURE_TEST_CASE(a_project_removed_and_added_again_at_once_stays_tracked, fixture) {
  add("/a/linux");
  caf::anon_send(registry, remove_project{{"linux"}});
  caf::anon_send(registry, add_project{"/a/linux"});
  run();
  if (slugs().empty())
    add("/a/linux");
  BOOST_TEST(slugs() == "linux ");
  must<status_answer>(registry, status_request{{"linux"}});
}

BOOST_FIXTURE_TEST_CASE(lists_come_in_pages_in_order_of_the_names, fixture) {
  for (const char* path : {"/s/d", "/s/a", "/s/c", "/s/e", "/s/b"})
    add(path);
  std::string all;
  list_projects query{.limit = 2};
  for (int pages = 1;; ++pages) {
    const auto page = list(query);
    for (const auto& info : page.projects)
      all += info.id.slug + " ";
    if (!page.more) {
      BOOST_TEST(pages == 3);
      break;
    }
    query.after = page.projects.back().id;
  }
  BOOST_TEST(all == "a b c d e ");
  // A project that went between two pages does no harm.
  BOOST_TEST(slugs({.after = project_id{"bb"}}) == "c d e ");
  BOOST_TEST(slugs({.after = project_id{"z"}}).empty());
}

BOOST_FIXTURE_TEST_CASE(lists_are_filtered_by_state_before_they_are_cut, fixture) {
  for (const char* path : {"/s/a", "/s/b", "/s/c", "/s/d"})
    add(path);
  for (const char* slug : {"b", "d"}) {
    auto document = std::make_shared<sync_status>();
    document->project = {slug};
    document->state = project_state::corrupt;
    tell(registry, status_published{document});
  }
  BOOST_TEST(slugs({.limit = 2, .state = project_state::corrupt}) == "b d ");
  BOOST_TEST(!list({.limit = 2, .state = project_state::corrupt}).more);
  BOOST_TEST(list({.limit = 1, .state = project_state::corrupt}).more);
  BOOST_TEST(slugs({.state = project_state::missing}).empty());
}

BOOST_FIXTURE_TEST_CASE(a_store_that_fails_fails_the_add_and_leaves_nothing_behind, fixture) {
  const auto real = shared.others->get<database_writer_actor>();
  const auto script = std::make_shared<test::store_script>();
  script->refusal = make_error(ec::disk_full, "no space");
  shared.others->set<database_writer_actor>(spawn<test::scripted_store>(script));
  const auto answers =
      ask_together<project_info>(registry, std::vector<add_project>(3, add_project{"/src/linux"}));
  for (const auto& answer : answers)
    BOOST_TEST((code(answer) == ec::disk_full));
  BOOST_TEST(slugs().empty());
  shared.others->set(real);
  BOOST_TEST(add("/src/linux") == "linux");
}

BOOST_FIXTURE_TEST_CASE(a_store_that_fails_fails_the_removal_and_the_project_stays, fixture) {
  add("/src/linux");
  const auto script = std::make_shared<test::store_script>();
  script->refusal = make_error(ec::disk_full, "no space");
  shared.others->set<database_writer_actor>(spawn<test::scripted_store>(script));
  BOOST_TEST((code(ask<project_info>(registry, remove_project{{"linux"}})) == ec::disk_full));
  BOOST_TEST(slugs() == "linux ");
  BOOST_TEST(scheduler->untracked.empty());
}

BOOST_FIXTURE_TEST_CASE(parts_that_are_being_restarted_are_told_as_such, fixture) {
  add("/src/linux");
  shared.others->set(fetch_scheduler_actor{});
  BOOST_TEST(
      (code(ask<fetch_report_ptr>(registry, fetch_request{{"linux"}})) == ec::shutting_down));
  shared.others->set(database_writer_actor{});
  BOOST_TEST((code(ask<project_info>(registry, remove_project{{"linux"}})) == ec::shutting_down));
  BOOST_TEST((code(try_add("/src/b")) == ec::shutting_down));
  BOOST_TEST((code(ask<std::uint64_t>(registry, load_atom::value)) == ec::shutting_down));
  shared.others->set(repo_pool_actor{});
  BOOST_TEST((code(try_add("/src/b")) == ec::shutting_down));
}

BOOST_FIXTURE_TEST_CASE(a_restart_brings_back_what_the_store_knows, fixture) {
  add("/src/a");
  add("/src/b");
  must<project_info>(registry, remove_project{{"b"}});
  kill(registry);
  start();
  BOOST_TEST(must<std::uint64_t>(registry, load_atom::value) == 1u);
  BOOST_TEST(slugs() == "a ");
  BOOST_TEST(add("/elsewhere/b") == "b-2");
  // Asked twice, it starts nothing twice.
  BOOST_TEST(must<std::uint64_t>(registry, load_atom::value) == 2u);
}

BOOST_FIXTURE_TEST_CASE(clones_of_removed_projects_are_tidied_after_a_restart_where_allowed,
                        fixture) {
  for (const auto* path : {"/src/a", "/src/b", "/elsewhere/c", "/src/d"})
    add(path);
  for (const auto* slug : {"a", "b", "c"})
    must<project_info>(registry, remove_project{{slug}});
  kill(registry);
  settings.allowed_roots = {"/src"};
  failure = make_error(ec::missing, "nothing is there");
  start();
  load();
  std::ranges::sort(pool->swept);
  BOOST_TEST(pool->swept == (std::vector<std::string>{"/src/a", "/src/b"}),
             boost::test_tools::per_element());
  // What was done is not done again.
  load();
  BOOST_TEST(pool->swept.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(who_waits_when_the_registry_stops_is_answered, fixture) {
  pool->hold = true;
  add("/src/a");
  const auto answer = ask<status_answer>(registry, status_request{{"a"}});
  BOOST_TEST(!answer->has_value());
  kill(registry);
  BOOST_TEST((code(answer) == ec::shutting_down));
}

BOOST_FIXTURE_TEST_CASE(listeners_hear_every_document_until_they_leave, fixture) {
  std::vector<std::string> heard;
  const auto listen = [&](const std::string& name) {
    return shared.audience->add([&heard, name](const engine_event& news) {
      if (const auto* status = std::get_if<sync_status_ptr>(&news))
        heard.push_back(name + " " + (*status)->project.slug);
    });
  };
  const auto one = listen("one");
  listen("two");
  add("/src/a");
  BOOST_TEST(heard == (std::vector<std::string>{"one a", "two a"}));
  shared.audience->remove(one);
  heard.clear();
  add("/src/b");
  BOOST_TEST(heard == std::vector<std::string>{"two b"});
}

BOOST_FIXTURE_TEST_CASE(listeners_hear_of_projects_that_come_and_go, fixture) {
  std::vector<std::string> heard;
  shared.audience->add([&heard](const engine_event& news) {
    if (const auto* line = std::get_if<project_info>(&news))
      heard.push_back("added " + line->id.slug);
    if (const auto* gone = std::get_if<project_removed>(&news))
      heard.push_back("removed " + gone->project.slug);
  });
  add("/src/a");
  must<project_info>(registry, remove_project{{"a"}});
  BOOST_TEST(heard == (std::vector<std::string>{"added a", "removed a"}));
}

BOOST_FIXTURE_TEST_CASE(a_listener_that_throws_costs_nobody_else_anything, fixture) {
  int heard = 0;
  for (const bool bad : {true, false})
    shared.audience->add([&heard, bad](const engine_event&) {
      if (bad)
        throw std::runtime_error{"a host's mistake"};
      ++heard;
    });
  BOOST_TEST(add("/src/a") == "a");
  BOOST_TEST(heard > 0);
}

BOOST_FIXTURE_TEST_CASE(a_removal_that_was_stored_and_not_told_is_told_after_a_restart, fixture) {
  std::vector<std::string> gone;
  shared.audience->add([&gone](const engine_event& news) {
    if (const auto* removed = std::get_if<project_removed>(&news))
      gone.push_back(removed->project.slug);
  });
  add("/src/a");
  add("/src/b");
  kill(registry);
  BOOST_REQUIRE(!store->apply({delete_project{{"a"}}}));
  start();
  load();
  BOOST_TEST(gone == std::vector<std::string>{"a"});
  BOOST_TEST(!shared.statuses->find({"a"}));
  BOOST_TEST(scheduler->untracked == std::vector<std::string>{"a"});
}

BOOST_FIXTURE_TEST_CASE(after_a_restart_it_knows_nothing_before_it_has_loaded, fixture) {
  std::vector<std::string> heard;
  shared.audience->add([&heard](const engine_event& news) {
    if (const auto* status = std::get_if<sync_status_ptr>(&news))
      heard.push_back((*status)->project.slug);
  });
  add("/src/a");
  kill(registry);
  start();
  // Neither that there is no such project, nor that its name is free.
  const auto is_unknown = [](const auto& answer) { return code(answer) == ec::shutting_down; };
  BOOST_TEST(is_unknown(ask<project_info>(registry, project_id{"a"})));
  BOOST_TEST(is_unknown(ask<status_answer>(registry, status_request{{"a"}})));
  BOOST_TEST(is_unknown(ask<fetch_report_ptr>(registry, fetch_request{{"a"}})));
  BOOST_TEST(is_unknown(ask<project_info>(registry, remove_project{{"a"}})));
  BOOST_TEST(
      is_unknown(ask<project_info>(registry, set_activity{{"a"}, project_activity::suspended})));
  BOOST_TEST(is_unknown(ask<project_page>(registry, list_projects{})));
  BOOST_TEST(is_unknown(try_add("/other/a")));
  BOOST_TEST(!shared.condition->projects_known());
  heard.clear();
  load();
  BOOST_TEST(shared.condition->projects_known());
  BOOST_TEST(slugs() == "a ");
  // Whoever has followed before hears on.
  BOOST_TEST(heard.size() > 0u);
  BOOST_TEST(add("/other/a") != "a");
}

BOOST_FIXTURE_TEST_CASE(a_project_that_fails_is_started_again_when_somebody_asks, fixture) {
  add("/src/a");
  kill(caf::actor_cast<caf::strong_actor_ptr>(pool->last_asker));
  const auto info = must<project_info>(registry, project_id{"a"});
  BOOST_TEST((info.state == project_state::error));
  must<status_answer>(registry, status_request{{"a"}});
  BOOST_TEST((must<project_info>(registry, project_id{"a"}).state == project_state::fresh));
  // Long after its start, one failure is mended at once.
  advance(2min, 10s);
  const auto before = pool->locates;
  kill(caf::actor_cast<caf::strong_actor_ptr>(pool->last_asker));
  BOOST_TEST(pool->locates == before + 1);
  BOOST_TEST((must<project_info>(registry, project_id{"a"}).state == project_state::fresh));
}

BOOST_FIXTURE_TEST_CASE(a_project_that_has_failed_is_suspended_like_any_other, fixture) {
  add("/src/a");
  kill(caf::actor_cast<caf::strong_actor_ptr>(pool->last_asker));
  scheduler->untracked.clear();
  must<project_info>(registry, set_activity{{"a"}, project_activity::suspended});
  BOOST_TEST(scheduler->untracked == std::vector<std::string>{"a"});
}

BOOST_FIXTURE_TEST_CASE(projects_that_could_not_be_loaded_are_loaded_later, fixture) {
  const auto script = std::make_shared<test::store_script>();
  shared.others->set<database_writer_actor>(spawn<test::scripted_store>(script));
  script->state.projects.push_back({{"linux"}, "/src/linux", nullptr, {}});
  script->load_refusal = make_error(ec::io, "the disk does not answer");
  kill(registry);
  start();
  BOOST_TEST((code(ask<std::uint64_t>(registry, load_atom::value)) == ec::io));
  BOOST_TEST((code(ask<project_page>(registry, list_projects{})) == ec::shutting_down));
  script->load_refusal = {};
  advance(2s);
  BOOST_TEST(slugs() == "linux ");
}

BOOST_AUTO_TEST_SUITE_END()

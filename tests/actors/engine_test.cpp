#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <tests/support/git_servers.hpp>
#include <tests/support/sandbox.hpp>

#include <actors/engine.hpp>
#include <actors/project/status_board.hpp>

BOOST_AUTO_TEST_SUITE(engine)

using namespace headway;
using namespace std::chrono_literals;

namespace {

/// A remote and a clone of it, and an engine in memory that knows the clone.
struct fixture {
  fixture() {
    remote = box.init("remote.git", {"--bare"});
    work = box.init("work");
    box.commit(work, "one");
    box.git(work, {"remote", "add", "origin", remote.string()});
    box.git(work, {"push", "-q", "origin", "main"});
    box.git(box.root(), {"clone", "-q", remote.string(), "clone"});
    clone = box / "clone";
  }

  static engine_config settings() {
    engine_config config;
    config.fetch.background = fetch_config::background_mode::off;
    config.fetch.allowed_schemes = known_schemes;
    config.seed = 1;
    return config;
  }

  static branch_status branch(const status_answer& answer, const std::string& name) {
    const auto& rows = answer.status->branches;
    const auto it = std::ranges::find(rows, name, &branch_status::name);
    BOOST_REQUIRE(it != rows.end());
    return *it;
  }

  test::sandbox box;
  std::filesystem::path remote;
  std::filesystem::path work;
  std::filesystem::path clone;
};

template <class T>
T must(caf::expected<T> answer) {
  BOOST_REQUIRE_MESSAGE(answer, (answer ? "" : describe(answer.error())));
  return std::move(*answer);
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_fresh_clone_is_in_sync, fixture) {
  headway::engine engine{settings()};
  BOOST_REQUIRE(!engine.start());
  const auto project = must(engine.add(clone.string()));
  BOOST_TEST(project.id.slug == "clone");
  const auto row = branch(must(engine.sync_status(project.id)), "main");
  BOOST_TEST((row.state == branch_state::in_sync));
  BOOST_TEST(row.upstream == "origin/main");
  BOOST_TEST(row.ahead.value() == 0);
  BOOST_TEST(row.behind.value() == 0);
  BOOST_TEST(row.head);
  BOOST_TEST(engine.stop());
}

BOOST_FIXTURE_TEST_CASE(every_commit_is_seen_by_the_next_request, fixture) {
  headway::engine engine{settings()};
  BOOST_REQUIRE(!engine.start());
  const auto project = must(engine.add(clone.string()));
  for (std::uint64_t ahead = 1; ahead <= 20; ++ahead) {
    const auto tip = box.commit(clone, "local");
    const auto row = branch(must(engine.sync_status(project.id)), "main");
    BOOST_TEST(row.ahead.value() == ahead);
    BOOST_TEST(row.local_oid->hex() == tip);
  }
}

BOOST_FIXTURE_TEST_CASE(what_a_slot_shows_as_true_is_on_disk, fixture) {
  headway::engine engine{settings()};
  BOOST_REQUIRE(!engine.start());
  const auto project = must(engine.add(clone.string()));
  must(engine.sync_status(project.id));
  const auto slot = engine.slot_of(project.id);
  BOOST_REQUIRE(slot);
  BOOST_TEST(!engine.slot_of({"unknown"}));
  int from_memory = 0;
  for (int round = 0; round < 30; ++round) {
    const auto tip = box.commit(clone, "local");
    // Asked for again and again, as by a page: first it may not be known, then it is.
    for (int i = 0; i < 50; ++i) {
      const auto shown = slot->shown();
      if (!shown || !slot->is_true(*shown, std::chrono::steady_clock::now())) {
        must(engine.sync_status(project.id));
        continue;
      }
      ++from_memory;
      const auto& rows = shown->status->branches;
      const auto row = std::ranges::find(rows, "main", &branch_status::name);
      BOOST_REQUIRE(row->local_oid->hex() == tip);
    }
  }
  BOOST_TEST(from_memory > 0);
  std::filesystem::rename(clone, box / "elsewhere");
  const auto shown = slot->shown();
  BOOST_TEST((!shown || !slot->is_true(*shown, std::chrono::steady_clock::now())));
  must(engine.remove(project.id));
  BOOST_TEST(slot->is_closed());
}

BOOST_FIXTURE_TEST_CASE(a_fetch_brings_what_was_pushed, fixture) {
  headway::engine engine{settings()};
  BOOST_REQUIRE(!engine.start());
  const auto project = must(engine.add(clone.string()));
  must(engine.sync_status(project.id));
  box.commit(work, "two");
  box.commit(work, "three");
  box.git(work, {"push", "-q", "origin", "main"});
  const auto ticket = must(engine.fetch(project.id));
  const auto report = must(engine.fetch_result(ticket->id, 60s));
  BOOST_TEST((report->stage == fetch_stage::done));
  BOOST_REQUIRE(report->remotes.size() == 1);
  BOOST_TEST((report->remotes[0].outcome == fetch_outcome::updated), report->remotes[0].error);
  const auto answer = must(engine.sync_status(project.id));
  BOOST_TEST(branch(answer, "main").behind.value() == 2);
  BOOST_TEST((answer.status->state == project_state::fresh), answer.status->reason);
  BOOST_TEST((engine.fetch_result(fetch_id{4711}, 0s).error() != caf::error{}));
}

BOOST_FIXTURE_TEST_CASE(an_id_of_a_fetch_that_is_not_stored_means_no_other_after_a_restart,
                        fixture) {
  const auto id_of_a_fetch = [this] {
    headway::engine engine{settings()};
    BOOST_REQUIRE(!engine.start());
    const auto project = must(engine.add(clone.string()));
    return must(engine.fetch_result(must(engine.fetch(project.id))->id, 60s))->id.value;
  };
  const auto before = std::chrono::duration_cast<std::chrono::milliseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  const auto first = id_of_a_fetch();
  BOOST_TEST(first > std::uint64_t(before));
  // Nothing is stored without a directory, and the next node counts on all the same.
  BOOST_TEST(id_of_a_fetch() > first);
}

BOOST_FIXTURE_TEST_CASE(a_thousand_requests_at_once_are_all_answered, fixture) {
  headway::engine engine{settings()};
  BOOST_REQUIRE(!engine.start());
  const auto project = must(engine.add(clone.string()));
  std::mutex mutex;
  std::condition_variable changed;
  int answered = 0;
  int good = 0;
  for (int i = 0; i < 1000; ++i)
    engine.async_sync_status(project.id, [&](caf::expected<status_answer> answer) {
      const std::lock_guard guard{mutex};
      ++answered;
      good += answer && answer->status->branches.size() == 1;
      changed.notify_all();
    });
  std::unique_lock lock{mutex};
  changed.wait_for(lock, 60s, [&] { return answered == 1000; });
  BOOST_TEST(good == 1000);
}

BOOST_FIXTURE_TEST_CASE(subscribers_hear_of_changes_until_they_leave, fixture) {
  headway::engine engine{settings()};
  BOOST_REQUIRE(!engine.start());
  const auto project = must(engine.add(clone.string()));
  std::mutex mutex;
  std::condition_variable changed;
  std::set<std::uint64_t> seen;
  auto subscription = engine.subscribe([&](const sync_status_ptr& status) {
    const std::lock_guard guard{mutex};
    for (const auto& row : status->branches)
      seen.insert(row.ahead.value_or(99));
    changed.notify_all();
  });
  box.commit(clone, "local");
  must(engine.sync_status(project.id));
  {
    std::unique_lock lock{mutex};
    BOOST_TEST(changed.wait_for(lock, 30s, [&] { return seen.contains(1); }));
  }
  subscription.reset();
  box.commit(clone, "unheard");
  must(engine.sync_status(project.id));
  BOOST_TEST(engine.stop());
  BOOST_TEST(!seen.contains(2));
}

BOOST_FIXTURE_TEST_CASE(subscribers_hear_what_a_person_does_though_nobody_asks, fixture) {
  for (const auto mode :
       {projects_config::watch_mode::inotify, projects_config::watch_mode::sweep}) {
    auto config = settings();
    config.projects.watch = mode;
    config.projects.sweep_interval = 10ms;
    headway::engine engine{config};
    BOOST_REQUIRE(!engine.start());
    const auto path = box.init("watched-" + std::to_string(static_cast<int>(mode)));
    box.commit(path, "first");
    const auto project = must(engine.add(path.string()));
    must(engine.sync_status(project.id));
    std::mutex mutex;
    std::condition_variable changed;
    std::set<std::string> seen;
    const auto subscription = engine.subscribe([&](const sync_status_ptr& status) {
      const std::lock_guard guard{mutex};
      for (const auto& row : status->branches)
        seen.insert(row.name);
      changed.notify_all();
    });
    for (const std::string name : {"one", "two/below"}) {
      box.git(path, {"branch", name});
      std::unique_lock lock{mutex};
      BOOST_TEST(changed.wait_for(lock, 30s, [&] { return seen.contains(name); }), name);
    }
    BOOST_TEST(engine.stop());
  }
}

BOOST_FIXTURE_TEST_CASE(branches_are_tracked_by_pattern_without_any_upstream, fixture) {
  auto config = settings();
  config.fetch.track = {"release/*"};
  headway::engine engine{config};
  BOOST_REQUIRE(!engine.start());
  box.git(clone, {"checkout", "-q", "--detach"});
  box.git(clone, {"branch", "-q", "-D", "main"});
  box.git(clone, {"symbolic-ref", "--delete", "refs/remotes/origin/HEAD"});
  const auto project = must(engine.add(clone.string()));
  must(engine.sync_status(project.id));
  const auto fetch = [&] {
    return must(engine.fetch_result(must(engine.fetch(project.id))->id, 60s))->remotes.at(0);
  };
  const auto listed = [&](const std::filesystem::path& at, const std::string& prefix) {
    return box.git(at, {"for-each-ref", "--format=%(objectname) %(refname:lstrip=-2)", prefix});
  };
  BOOST_TEST((fetch().outcome == fetch_outcome::unchanged));
  box.git(work, {"push", "-q", "origin", "main:release/1", "main:release/2", "main:release/3"});
  box.git(work, {"push", "-q", "origin", "main:other"});
  const auto brought = fetch();
  BOOST_TEST((brought.outcome == fetch_outcome::updated), brought.error);
  BOOST_TEST(brought.updates.size() == 3u);
  box.git(work, {"push", "-q", "origin", ":release/2"});
  must(engine.sync_status(project.id));
  const auto pruned = fetch();
  BOOST_TEST((pruned.outcome == fetch_outcome::updated), pruned.error);
  BOOST_TEST(listed(clone, "refs/remotes/origin/release") == listed(remote, "refs/heads/release"));
  const auto status = must(engine.sync_status(project.id)).status;
  BOOST_TEST((status->state == project_state::fresh), status->reason);
  BOOST_TEST((status->remotes.at(0).last_fetch.has_value()));
  BOOST_TEST(engine.stop());
}

BOOST_FIXTURE_TEST_CASE(followers_hear_of_projects_documents_fetches_and_removals, fixture) {
  headway::engine engine{settings()};
  BOOST_REQUIRE(!engine.start());
  std::mutex mutex;
  std::condition_variable changed;
  std::set<std::size_t> kinds;
  const auto following = engine.follow([&](const engine_event& news) {
    const std::lock_guard guard{mutex};
    kinds.insert(news.index());
    changed.notify_all();
  });
  const auto project = must(engine.add(clone.string()));
  must(engine.sync_status(project.id));
  BOOST_TEST(must(engine.list()).projects.front().summary.value().head == "main");
  must(engine.fetch_result(must(engine.fetch(project.id))->id, 30s));
  must(engine.remove(project.id));
  std::unique_lock lock{mutex};
  BOOST_TEST(changed.wait_for(lock, 30s,
                              [&] { return kinds.size() == std::variant_size_v<engine_event>; }));
}

BOOST_FIXTURE_TEST_CASE(who_follows_and_who_asks_outlive_a_registry_that_fails, fixture) {
  headway::engine engine{settings()};
  BOOST_REQUIRE(!engine.start());
  const auto project = must(engine.add(clone.string())).id;
  must(engine.sync_status(project));
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t added_again = 0;
  bool is_removed = false;
  const auto following = engine.follow([&](const engine_event& news) {
    const std::lock_guard guard{mutex};
    added_again += std::holds_alternative<project_info>(news);
    is_removed |= std::holds_alternative<project_removed>(news);
    changed.notify_all();
  });
  caf::anon_send_exit(engine.handles().registry, caf::exit_reason::kill);
  {
    std::unique_lock lock{mutex};
    BOOST_REQUIRE(changed.wait_for(lock, 30s, [&] { return added_again > 0; }));
  }
  // The store has answered by then: what is told comes from there.
  BOOST_TEST(must(engine.add(work.string())).id.slug == "work");
  BOOST_TEST(!engine.readiness());
  must(engine.remove(project));
  std::unique_lock lock{mutex};
  BOOST_REQUIRE(changed.wait_for(lock, 30s, [&] { return is_removed; }));
}

BOOST_FIXTURE_TEST_CASE(a_restart_brings_back_projects_and_their_last_status, fixture) {
  auto config = settings();
  config.database.directory = (box / "state").string();
  project_id id;
  {
    headway::engine engine{config};
    BOOST_REQUIRE(!engine.start());
    id = must(engine.add(clone.string())).id;
    box.commit(clone, "local");
    must(engine.sync_status(id));
    BOOST_TEST(engine.stop());
  }
  headway::engine engine{config};
  BOOST_REQUIRE(!engine.start());
  const auto page = must(engine.list());
  BOOST_REQUIRE(page.projects.size() == 1);
  BOOST_TEST(page.projects[0].path == clone.string());
  BOOST_TEST(branch(must(engine.sync_status(id)), "main").ahead.value() == 1);
  const auto again = engine.add(clone.string());
  BOOST_TEST((code_of(again.error()) == ec::already_exists));
}

BOOST_FIXTURE_TEST_CASE(a_removed_project_keeps_its_name_for_itself, fixture) {
  headway::engine engine{settings()};
  BOOST_REQUIRE(!engine.start());
  const auto id = must(engine.add(clone.string())).id;
  must(engine.remove(id));
  BOOST_TEST((code_of(engine.sync_status(id).error()) == ec::not_found));
  std::filesystem::create_directory(box / "other");
  box.git(box / "other", {"clone", "-q", remote.string(), "clone"});
  BOOST_TEST(must(engine.add((box / "other" / "clone").string())).id.slug == "clone-2");
  BOOST_TEST(must(engine.add(clone.string())).id.slug == "clone");
}

BOOST_FIXTURE_TEST_CASE(a_repository_that_goes_and_comes_back_is_told_as_such, fixture) {
  headway::engine engine{settings()};
  BOOST_REQUIRE(!engine.start());
  const auto id = must(engine.add(clone.string())).id;
  must(engine.sync_status(id));
  std::filesystem::rename(clone, box / "elsewhere");
  const auto gone = must(engine.sync_status(id));
  BOOST_TEST((gone.status->state == project_state::missing), gone.status->reason);
  BOOST_TEST(gone.status->branches.empty());
  std::filesystem::rename(box / "elsewhere", clone);
  BOOST_TEST((branch(must(engine.sync_status(id)), "main").state == branch_state::in_sync));
}

BOOST_FIXTURE_TEST_CASE(two_engines_live_in_one_process_and_one_in_a_hosts_system, fixture) {
  caf::actor_system_config host_config;
  headway::engine::configure(host_config);
  caf::actor_system host{host_config};
  headway::engine inside{settings(), host};
  headway::engine own{settings()};
  BOOST_REQUIRE(!inside.start());
  BOOST_REQUIRE(!own.start());
  for (auto* engine : {&inside, &own}) {
    const auto id = must(engine->add(clone.string())).id;
    BOOST_TEST((branch(must(engine->sync_status(id)), "main").state == branch_state::in_sync));
  }
  BOOST_TEST(inside.stop());
  BOOST_TEST(own.stop());
}

BOOST_FIXTURE_TEST_CASE(callbacks_are_called_also_after_the_stop, fixture) {
  headway::engine engine{settings()};
  BOOST_REQUIRE(!engine.start());
  BOOST_TEST(engine.stop());
  int called = 0;
  engine.async_list({}, [&](caf::expected<project_page> page) {
    ++called;
    BOOST_TEST((code_of(page.error()) == ec::shutting_down));
  });
  BOOST_TEST(called == 1);
  BOOST_TEST((code_of(engine.readiness()) == ec::shutting_down));
}

BOOST_FIXTURE_TEST_CASE(the_schedule_of_a_project_is_explained, fixture) {
  headway::engine engine{settings()};
  BOOST_REQUIRE(!engine.start());
  const auto project = must(engine.add(clone.string()));
  const auto wait_for = [](auto& slot) {
    auto future = slot.get_future();
    BOOST_REQUIRE((future.wait_for(20s) == std::future_status::ready));
    return future.get();
  };
  must(engine.fetch_result(must(engine.fetch(project.id))->id, 20s));
  std::promise<caf::expected<project_schedule_ptr>> found;
  engine.async_schedule(project.id, [&](auto answer) { found.set_value(std::move(answer)); });
  const auto schedule = must(wait_for(found));
  BOOST_REQUIRE(schedule->remotes.size() == 1u);
  BOOST_TEST(schedule->remotes[0].step == "not_scheduled");
  BOOST_TEST(schedule->remotes[0].last_success.has_value());
  std::promise<caf::expected<project_schedule_ptr>> unknown;
  engine.async_schedule({"none"}, [&](auto answer) { unknown.set_value(std::move(answer)); });
  BOOST_TEST((code_of(wait_for(unknown).error()) == ec::not_found));
  std::promise<caf::expected<scheduler_state_ptr>> whole;
  engine.async_scheduler([&](auto answer) { whole.set_value(std::move(answer)); });
  BOOST_TEST(must(wait_for(whole))->remotes == 1u);
}

// The deadline of a fetch is two minutes, so that only the cancelling can have ended it.
void check_cancels(fixture& all, const std::string& url, test::fault_server& hole) {
  all.box.git(all.clone, {"config", "remote.origin.url", url});
  headway::engine engine{fixture::settings()};
  BOOST_REQUIRE(!engine.start());
  const auto project = must(engine.add(all.clone.string()));
  must(engine.sync_status(project.id));
  const auto ticket = must(engine.fetch(project.id));
  BOOST_REQUIRE(hole.wait_for_stall());
  const auto report = must(engine.cancel(ticket->id));
  BOOST_REQUIRE((report->stage == fetch_stage::done));
  BOOST_TEST((report->remotes.at(0).outcome == fetch_outcome::cancelled), report->remotes[0].error);
  BOOST_TEST(engine.stop());
}

BOOST_FIXTURE_TEST_CASE(a_look_into_a_black_hole_is_cancelled, fixture) {
  const auto hole = test::fault_server::silent();
  check_cancels(*this, hole->url("/x.git"), *hole);
}

BOOST_FIXTURE_TEST_CASE(a_git_that_hangs_in_a_black_hole_is_cancelled, fixture) {
  const auto hole = test::fault_server::silent();
  box.git(clone, {"config", "http.cookieFile", "none"});  // Only git knows what to do with it.
  check_cancels(*this, hole->url("/x.git"), *hole);
}

BOOST_FIXTURE_TEST_CASE(a_transfer_that_stalls_is_cancelled, fixture) {
  if (!test::http_server::available()) {
    BOOST_TEST_MESSAGE("skipped: needs lighttpd with mod_openssl");
    BOOST_TEST(true);
    return;
  }
  const test::http_server server{box, box.root()};
  const auto stalling = test::fault_server::stalling(server.port(), 500'000);
  const auto noise =
      test::run_program({"head", "-c", std::to_string(2 << 20), "/dev/urandom"}, box.root());
  box.write(work / "large", noise.output);
  box.git(work, {"add", "large"});
  box.commit(work, "two");
  box.git(work, {"push", "-q", "origin", "main"});
  check_cancels(*this, stalling->url("remote.git"), *stalling);
  BOOST_TEST(box.git(clone, {"rev-list", "--count", "origin/main"}) == "1");
}

BOOST_AUTO_TEST_SUITE_END()

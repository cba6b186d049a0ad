#include <algorithm>
#include <csignal>
#include <mutex>
#include <sstream>
#include <stdexcept>

#include <boost/test/unit_test.hpp>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sys/resource.h>
#include <tests/support/caf_fixture.hpp>
#include <tests/support/sandbox.hpp>

#include <actors/database/database_writer.hpp>
#include <storage/db/connection.hpp>
#include <storage/db/store.hpp>

BOOST_AUTO_TEST_SUITE(database_writer)

using namespace headway;
using namespace std::chrono_literals;

namespace {

put_project project(const std::string& slug) {
  return {{slug}, "/srv/" + slug};
}

put_status document(const std::string& slug, std::size_t branches, std::uint64_t ahead = 0) {
  auto status = std::make_shared<sync_status>();
  status->project.slug = slug;
  status->as_of = wall_time{1'700'000'000s};
  for (std::size_t i = 0; i < branches; ++i)
    status->branches.push_back({.name = "b" + std::to_string(i), .ahead = ahead});
  return {std::move(status)};
}

put_fetch fetch(std::uint64_t id) {
  auto report = std::make_shared<fetch_report>();
  report->id.value = id;
  report->project.slug = "a";
  report->requested = wall_time{1'600'000'000s};
  return {std::move(report)};
}

/// As on a full disk: no file of this process may grow beyond `bytes`.
class full_disk {
 public:
  explicit full_disk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit low{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &low);
  }
  ~full_disk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_DFL);
  }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;

 private:
  rlimit before_{};
};

using codes = std::vector<ec>;

struct fixture : test::caf_fixture {
  fixture() {
    auto opened = db::store::open({.directory = (box / "state").string()});
    BOOST_REQUIRE(opened);
    store = std::move(*opened);
    start();
  }

  ~fixture() {
    writer = nullptr;
    end();
  }

  void start() {
    writer = spawn<headway::database_writer>(store, settings);
    run();
  }

  template <class Write>
  std::vector<test::answer<caf::ok_atom>> write_together(const std::vector<Write>& writes) {
    return ask_together<caf::ok_atom>(writer, writes);
  }

  template <class Write>
  codes codes_of(const std::vector<Write>& writes) {
    codes result;
    for (const auto& answer : write_together(writes))
      result.push_back(code(answer));
    return result;
  }

  template <class Write>
  void must_write(const Write& one) {
    must<caf::ok_atom>(writer, one);
  }

  stored_state_ptr state() { return must<stored_state_ptr>(writer, load_atom::value); }

  template <class Write>
  ec write(const Write& one) {
    return code(ask<caf::ok_atom>(writer, one));
  }

  static std::vector<put_project> projects(int count) {
    std::vector<put_project> result;
    for (int i = 0; i < count; ++i)
      result.push_back({{"p" + std::to_string(i)}, "/src/p" + std::to_string(i)});
    return result;
  }

  static put_remote remote(const std::string& project, const std::string& name) {
    put_remote result;
    result.project = {project};
    result.state.remote = name;
    return result;
  }

  std::size_t known() { return must<stored_state_ptr>(writer, load_atom::value)->projects.size(); }

  test::sandbox box;
  database_config settings;
  std::shared_ptr<db::store> store;
  database_writer_actor writer;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_gathered_is_one_commit, fixture) {
  const auto before = store->stats().commits;
  for (const auto& answer : write_together(projects(100)))
    BOOST_TEST((code(answer) == ec::none));
  BOOST_TEST(store->stats().commits == before + 1);
  BOOST_TEST(known() == 100u);
}

BOOST_FIXTURE_TEST_CASE(a_write_is_acknowledged_after_its_commit, fixture) {
  const auto before = store->stats().commits;
  const auto answers = write_together(projects(10));
  for (const auto& answer : answers)
    BOOST_TEST((code(answer) == ec::none));
  BOOST_TEST(store->stats().commits > before);
  // A process that is killed right now has lost nothing: the log holds it.
  store.reset();
  kill(writer);
  auto again = db::store::open({.directory = (box / "state").string()});
  BOOST_REQUIRE(again);
  BOOST_TEST((*again)->load()->projects.size() == 10u);
}

BOOST_FIXTURE_TEST_CASE(a_bad_write_fails_alone, fixture) {
  auto writes = projects(10);
  writes[4].path = writes[3].path;
  const auto answers = write_together(writes);
  for (std::size_t i = 0; i < answers.size(); ++i)
    BOOST_TEST((code(answers[i]) == (i == 4 ? ec::already_exists : ec::none)));
  BOOST_TEST(known() == 9u);
  BOOST_TEST(!shared.condition->store_error());
}

BOOST_FIXTURE_TEST_CASE(a_refused_write_says_nothing_about_the_store, fixture) {
  BOOST_TEST((write(put_project{{"a"}, "/src/a"}) == ec::none));
  BOOST_TEST((write(put_project{{"b"}, "/src/a"}) == ec::already_exists));
  BOOST_TEST(!shared.condition->store_error());
}

BOOST_FIXTURE_TEST_CASE(writes_of_one_key_coalesce_and_the_last_wins, fixture) {
  BOOST_TEST((write(put_project{{"a"}, "/src/a"}) == ec::none));
  std::vector<put_remote> writes;
  for (unsigned i = 1; i <= 50; ++i) {
    writes.push_back(remote("a", "origin"));
    writes.back().state.failures = i;
  }
  for (const auto& answer : write_together(writes))
    BOOST_TEST((code(answer) == ec::none));
  BOOST_TEST(must<store_stats>(writer, stats_atom::value).coalesced == 49u);
  const auto state = must<stored_state_ptr>(writer, load_atom::value);
  BOOST_REQUIRE(state->projects[0].remotes.size() == 1u);
  BOOST_TEST(state->projects[0].remotes[0].failures == 50u);
}

BOOST_FIXTURE_TEST_CASE(a_full_queue_refuses_derived_rows_and_takes_what_people_ask_for, fixture) {
  kill(writer);
  settings.queue_limit = 10;
  start();
  BOOST_TEST((write(put_project{{"a"}, "/src/a"}) == ec::none));
  std::vector<put_remote> writes;
  for (int i = 0; i < 50; ++i)
    writes.push_back(remote("a", "r" + std::to_string(i)));
  std::size_t refused = 0;
  for (const auto& answer : write_together(writes))
    refused += code(answer) == ec::overloaded;
  BOOST_TEST(refused > 0u);
  BOOST_TEST(refused < 50u);
  for (const auto& answer : write_together(projects(50)))
    BOOST_TEST((code(answer) == ec::none));
  const std::vector<set_activity> activities(20, {{"p1"}, project_activity::suspended});
  BOOST_TEST((codes_of(activities) == codes(20, ec::none)));
  const std::vector<delete_project> removals(20, {{"p2"}});
  BOOST_TEST((codes_of(removals) == codes(20, ec::none)));
  BOOST_TEST(known() == 50u);
}

BOOST_FIXTURE_TEST_CASE(a_fetch_is_found_as_soon_as_it_was_sent, fixture) {
  fetch_report report;
  report.id = {7};
  report.project = {"a"};
  report.stage = fetch_stage::done;
  report.finished = wall();
  write(put_project{{"a"}, "/src/a"});
  caf::anon_send(writer, put_fetch{std::make_shared<const fetch_report>(report)});
  BOOST_TEST((must<fetch_report_ptr>(writer, find_fetch{{7}})->project.slug == "a"));
  BOOST_TEST((code(ask<fetch_report_ptr>(writer, find_fetch{{8}})) == ec::not_found));
}

BOOST_FIXTURE_TEST_CASE(old_history_goes_when_asked, fixture) {
  fetch_report report;
  report.id = {7};
  report.project = {"a"};
  report.stage = fetch_stage::done;
  report.finished = wall_time{1s};
  report.requested = wall_time{1s};
  write(put_project{{"a"}, "/src/a"});
  BOOST_TEST((write(put_fetch{std::make_shared<const fetch_report>(report)}) == ec::none));
  tell(writer, retire_atom::value);
  BOOST_TEST((code(ask<fetch_report_ptr>(writer, find_fetch{{7}})) == ec::not_found));
}

BOOST_FIXTURE_TEST_CASE(what_was_gathered_is_committed_at_the_stop_and_all_are_answered, fixture) {
  std::vector<test::answer<caf::ok_atom>> answers;
  for (const auto& project : projects(20))
    answers.push_back(ask_later<caf::ok_atom>(writer, project));
  caf::anon_send_exit(writer, caf::exit_reason::user_shutdown);
  run();
  std::size_t acknowledged = 0;
  for (const auto& answer : answers)
    acknowledged += code(answer) == ec::none;
  BOOST_TEST(store->load()->projects.size() == acknowledged);
}

BOOST_FIXTURE_TEST_CASE(the_reader_sees_what_was_acknowledged, fixture) {
  fetch_report report;
  report.id = {7};
  report.project = {"a"};
  report.stage = fetch_stage::done;
  report.finished = wall();
  write(put_project{{"a"}, "/src/a"});
  write(put_fetch{std::make_shared<const fetch_report>(report)});
  auto opened = db::reader::open(store->file());
  BOOST_REQUIRE(opened);
  const database_reader_actor reader =
      spawn<database_reader>(std::shared_ptr<db::reader>{std::move(*opened)});
  BOOST_TEST((must<fetch_report_ptr>(reader, find_fetch{{7}})->id.value == 7u));
}

BOOST_FIXTURE_TEST_CASE(a_document_that_is_replaced_is_answered_by_the_same_commit, fixture) {
  must_write(project("a"));
  const std::vector<put_status> writes{document("a", 3, 1), document("a", 3, 2),
                                       document("a", 3, 3)};
  BOOST_TEST((codes_of(writes) == codes(3, ec::none)));
  BOOST_TEST(store->stats().commits == 2u);
  BOOST_TEST(store->stats().coalesced == 2u);
  BOOST_TEST(state()->projects.at(0).last_status->branches.at(0).ahead.value() == 3u);
}

BOOST_FIXTURE_TEST_CASE(what_was_asked_first_is_seen_by_who_loads, fixture) {
  const auto written = ask_later<caf::ok_atom>(writer, project("a"));
  const auto loaded = ask_later<stored_state_ptr>(writer, load_atom::value);
  run();
  BOOST_TEST((code(written) == ec::none));
  BOOST_TEST(value(loaded)->projects.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_full_queue_says_how_long_to_wait, fixture) {
  kill(writer);
  settings.queue_limit = 10;
  start();
  must_write(project("a"));
  std::vector<put_status> writes;
  for (std::uint64_t i = 0; i < 50; ++i)
    writes.push_back(document("a", 1, i));
  const auto answers = ask_together<caf::ok_atom>(writer, writes);
  const auto refused =
      std::ranges::count_if(answers, [](const auto& one) { return code(one) == ec::overloaded; });
  BOOST_TEST(refused == 40);
  BOOST_TEST(detail_of(answers.at(0)->value().error()) ==
             "too many writes wait for the database; try again in 100 ms");
  // A newer document of the project was behind those that were refused.
  BOOST_TEST((code(answers.back()) == ec::none));
  BOOST_TEST(state()->projects.at(0).last_status->branches.at(0).ahead.value() == 49u);
}

BOOST_FIXTURE_TEST_CASE(a_batch_has_a_bounded_size, fixture) {
  std::vector<put_project> projects;
  std::vector<put_status> documents;
  for (int i = 0; i < 4; ++i) {
    projects.push_back(project("p" + std::to_string(i)));
    documents.push_back(document(projects.back().project.slug, 8'000));
  }
  codes_of(projects);
  BOOST_TEST((codes_of(documents) == codes(4, ec::none)));
  BOOST_TEST(store->stats().commits == 3u);
  BOOST_TEST(store->stats().wal_bytes < (32u << 20));
  std::vector<put_fetch> many;
  for (std::uint64_t id = 1; id <= 2'000; ++id)
    many.push_back(fetch(id));
  BOOST_TEST((codes_of(many) == codes(2'000, ec::none)));
  BOOST_TEST(store->stats().commits == 5u);
}

BOOST_FIXTURE_TEST_CASE(a_store_that_fails_is_told_to_each_asker_and_works_again_after, fixture) {
  must_write(project("a"));
  std::vector<put_fetch> writes;
  for (std::uint64_t id = 1; id <= 5; ++id)
    writes.push_back(fetch(id));
  {
    const full_disk disk{1'000};
    BOOST_TEST((codes_of(writes) == codes(5, ec::disk_full)));
    BOOST_TEST((codes_of(std::vector{project("b"), project("c")}) == codes(2, ec::disk_full)));
    BOOST_TEST((code_of(shared.condition->store_error()) == ec::disk_full));
  }
  BOOST_TEST(state()->projects.size() == 1u);
  BOOST_TEST((code(ask<fetch_report_ptr>(writer, find_fetch{{1}})) == ec::not_found));
  BOOST_TEST((codes_of(writes) == codes(5, ec::none)));
  BOOST_TEST(!shared.condition->store_error());
}

BOOST_FIXTURE_TEST_CASE(an_idle_node_notices_that_the_disk_has_room_again, fixture) {
  {
    const full_disk disk{1'000};
    BOOST_TEST((codes_of(std::vector{fetch(1)}) == codes{ec::disk_full}));
  }
  BOOST_TEST((code_of(shared.condition->store_error()) == ec::disk_full));
  tell(writer, retire_atom::value);
  BOOST_TEST(!shared.condition->store_error());
}

BOOST_FIXTURE_TEST_CASE(upkeep_goes_on_until_all_is_done, fixture) {
  std::vector<put_fetch> old;
  for (std::uint64_t id = 1; id <= 1'000; ++id)
    old.push_back(fetch(id));
  codes_of(old);
  const auto before = store->stats().commits;
  tell(writer, retire_atom::value);
  BOOST_TEST((code(ask<fetch_report_ptr>(writer, find_fetch{{1'000}})) == ec::not_found));
  BOOST_TEST(store->stats().commits == before);
}

BOOST_FIXTURE_TEST_CASE(writes_get_their_turn_between_the_steps_of_the_upkeep, fixture) {
  std::vector<put_fetch> old;
  for (std::uint64_t id = 1; id <= 3'000; ++id)
    old.push_back(fetch(id));
  codes_of(old);
  const auto written = ask_later<caf::ok_atom>(writer, project("a"));
  caf::anon_send(writer, retire_atom::value);
  const auto before = store->stats().commits;
  while (store->stats().commits == before)
    BOOST_REQUIRE(step());
  // Some of the history is still to go.
  BOOST_TEST((store->find_fetch({3'000}) ? true : false));
  run();
  BOOST_TEST((code(written) == ec::none));
  BOOST_TEST(!store->find_fetch({3'000}));
}

BOOST_FIXTURE_TEST_CASE(a_write_that_waits_for_its_tick_is_committed_at_the_stop, fixture) {
  const auto first = ask_later<caf::ok_atom>(writer, project("a"));
  // The writer has the question, and is to end before the tick that would commit it.
  BOOST_REQUIRE(step());
  caf::anon_send_exit(writer, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST((code(first) == ec::none));
  BOOST_TEST(store->load()->projects.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_write_after_the_stop_is_answered, fixture) {
  caf::anon_send_exit(writer, caf::exit_reason::user_shutdown);
  const auto late = ask<caf::ok_atom>(writer, project("a"));
  BOOST_TEST((code(late) == ec::shutting_down));
  BOOST_TEST(store->load()->projects.empty());
}

BOOST_FIXTURE_TEST_CASE(a_failed_commit_of_a_stop_is_answered_too, fixture) {
  const auto first = ask_later<caf::ok_atom>(writer, project("a"));
  BOOST_REQUIRE(step());
  const full_disk disk{1'000};
  caf::anon_send_exit(writer, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST((code(first) == ec::disk_full));
}

BOOST_FIXTURE_TEST_CASE(a_document_without_content_is_refused_and_costs_no_other, fixture) {
  must_write(project("a"));
  const std::vector<put_status> writes{document("a", 1, 1), put_status{}};
  BOOST_TEST((codes_of(writes) == codes{ec::none, ec::invalid_argument}));
  BOOST_TEST(state()->projects.at(0).last_status->branches.at(0).ahead.value() == 1u);
  BOOST_TEST(!shared.condition->store_error());
}

BOOST_FIXTURE_TEST_CASE(a_store_in_memory_keeps_no_documents, fixture) {
  kill(writer);
  auto opened = db::store::open({});
  BOOST_REQUIRE(opened);
  store = std::move(*opened);
  start();
  must_write(project("a"));
  must_write(document("a", 1, 1));
  BOOST_REQUIRE(state()->projects.size() == 1u);
  BOOST_TEST(!state()->projects.at(0).last_status);
}

BOOST_FIXTURE_TEST_CASE(the_history_is_answered_by_writer_and_reader_alike, fixture) {
  must_write(project("a"));
  must_write(fetch(1));
  auto opened = db::reader::open(store->file());
  BOOST_REQUIRE(opened);
  const database_reader_actor reader =
      spawn<database_reader>(std::shared_ptr<db::reader>{std::move(*opened)});
  const find_fetches all{.project = {"a"}};
  BOOST_TEST(must<fetch_reports_ptr>(writer, all)->size() == 1u);
  BOOST_TEST(must<fetch_reports_ptr>(reader, all)->size() == 1u);
  BOOST_TEST((code(ask<fetch_report_ptr>(reader, find_fetch{{8}})) == ec::not_found));
}

BOOST_FIXTURE_TEST_CASE(a_store_that_has_lost_a_table_is_told_of, fixture) {
  must_write(project("a"));
  {
    auto other = db::connection::open_read_write(store->file());
    BOOST_REQUIRE(other);
    BOOST_REQUIRE(!(*other)->execute("DROP TABLE fetch_history"));
  }
  BOOST_TEST((code(ask<stored_state_ptr>(writer, load_atom::value)) == ec::none));
  BOOST_TEST((code(ask<fetch_reports_ptr>(writer, find_fetches{.project = {"a"}})) != ec::none));
  BOOST_TEST(!shared.condition->store_error());
  tell(writer, retire_atom::value);
  BOOST_TEST(bool{shared.condition->store_error()});
  {
    auto other = db::connection::open_read_write(store->file());
    BOOST_REQUIRE(other);
    BOOST_REQUIRE(!(*other)->execute("DROP TABLE project_remote_sync"));
  }
  BOOST_TEST((code(ask<stored_state_ptr>(writer, load_atom::value)) != ec::none));
}

BOOST_FIXTURE_TEST_CASE(a_reader_that_stays_is_told_of_once, fixture) {
  std::ostringstream said;
  shared.log->sinks().push_back(std::make_shared<spdlog::sinks::ostream_sink_mt>(said));
  kill(writer);
  start();
  must_write(project("a"));
  auto other = db::connection::open_read_only(store->file());
  BOOST_REQUIRE(other);
  BOOST_REQUIRE(!(*other)->execute("BEGIN"));
  BOOST_REQUIRE((*other)->integer("SELECT count(*) FROM projects"));
  const auto complaints = [&] {
    const auto text = said.str();
    std::size_t count = 0;
    for (auto at = text.find("another program stays"); at != std::string::npos;
         at = text.find("another program stays", at + 1))
      ++count;
    return count;
  };
  std::uint64_t id = 0;
  const auto write_some = [&] {
    std::vector<put_fetch> some;
    while (some.size() < 1'000)
      some.push_back(fetch(++id));
    return codes_of(some);
  };
  for (int round = 0; round < 1'000 && complaints() == 0; ++round)
    write_some();
  BOOST_TEST(complaints() == 1u, store->stats().wal_bytes);
  write_some();
  BOOST_TEST(complaints() == 1u);
}

namespace {

/// A log that fails once.
class failing_sink : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg&) override {
    if (std::exchange(whole_, false))
      throw std::runtime_error{"as scripted"};
  }
  void flush_() override {}

 private:
  bool whole_ = true;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_exception_in_the_last_commit_ends_the_writer_and_not_the_process,
                        fixture) {
  shared.log->sinks().push_back(std::make_shared<failing_sink>());
  shared.log->set_error_handler([](const std::string& why) { throw std::runtime_error{why}; });
  kill(writer);
  start();
  const auto first = ask_later<caf::ok_atom>(writer, project("a"));
  BOOST_REQUIRE(step());
  const full_disk disk{1'000};
  caf::anon_send_exit(writer, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST((code(first) != ec::none));
}

BOOST_AUTO_TEST_SUITE_END()

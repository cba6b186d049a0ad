#include <boost/test/unit_test.hpp>
#include <tests/support/caf_fixture.hpp>
#include <tests/support/sandbox.hpp>

#include <actors/database/database_writer.hpp>
#include <storage/db/store.hpp>

BOOST_AUTO_TEST_SUITE(database_writer)

using namespace headway;
using namespace std::chrono_literals;

namespace {

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

BOOST_AUTO_TEST_SUITE_END()

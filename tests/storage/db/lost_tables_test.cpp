/// Another program has taken away or changed what a statement needs: whoever asked is told, nothing
/// else is lost.
#include <sqlite3.h>
#include <tests/storage/db/fixture.hpp>

#include <storage/db/connection.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

struct lost_tables_fixture : store_fixture {
  lost_tables_fixture() { reset(); }

  /// A store that knows project "a" with one branch and one fetch.
  void reset() {
    writer.reset();
    std::filesystem::remove_all(directory);
    writer = open();
    must(writer->apply({project("a"), status_of("a", {branch("x", 1, 0)}), fetch(1, "a")}));
  }

  void damage(const std::string& sql) const {
    must(must(connection::open_read_write(file))->execute(sql.c_str()));
  }

  /// By a program that may do what ours may not.
  void damage_schema(const char* sql) const {
    sqlite3* other = nullptr;
    BOOST_REQUIRE(sqlite3_open(file.c_str(), &other) == SQLITE_OK);
    BOOST_TEST(sqlite3_exec(other, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(other);
  }

  std::unique_ptr<store> writer;
};

constexpr const char* refuse_updates =
    "CREATE TRIGGER refuse BEFORE UPDATE OF state ON projects BEGIN "
    "SELECT RAISE(ABORT, 'as scripted'); END";
constexpr const char* refuse_branches =
    "CREATE TRIGGER refuse BEFORE INSERT ON branch_sync_status BEGIN "
    "SELECT RAISE(ABORT, 'as scripted'); END";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lost_tables, lost_tables_fixture)

BOOST_AUTO_TEST_CASE(each_write_tells_of_the_table_that_it_misses) {
  const put_remote remote{{"a"}, {.remote = "origin"}};
  const set_activity activity{{"a"}, project_activity::suspended};
  const delete_project removal{{"a"}};
  const auto document = status_of("a", {branch("x", 2, 0), branch("y", 0, 0)});
  const std::vector<std::pair<std::string, std::vector<db::write>>> all{
      {"projects", {project("b"), removal, activity, document, remote}},
      {"branch_sync_status", {removal, document}},
      {"gone_branches", {removal, document}},
      {"project_remote_sync", {removal, remote}},
      {"fetch_history", {removal, fetch(2, "a")}}};
  for (const auto& [table, writes] : all)
    for (const auto& one : writes) {
      reset();
      damage("DROP TABLE " + table);
      const auto told = words(writer->apply({one}));
      BOOST_TEST(contains(told, table), table << " is lost: " << told);
      BOOST_TEST(contains(told, file), told);
      BOOST_TEST(writer->stats().failures == 1u);
    }
}

BOOST_AUTO_TEST_CASE(a_row_that_is_refused_takes_its_whole_batch_along) {
  for (const auto* trigger : {refuse_updates, refuse_branches}) {
    reset();
    damage(trigger);
    const auto told =
        words(writer->apply({fetch(2, "a"), status_of("a", {branch("y", 0, 0)}, 2'000'000)}));
    BOOST_TEST(contains(told, "as scripted"), told);
    BOOST_TEST(!writer->find_fetch({2}));
    damage("DROP TRIGGER refuse");
    must(writer->apply({status_of("a", {branch("y", 0, 0)}, 2'000'000)}));
    BOOST_TEST(must(writer->load()).projects.at(0).last_status->branches.at(0).name == "y");
  }
}

BOOST_AUTO_TEST_CASE(a_start_tells_of_the_table_that_it_misses) {
  for (const std::string table : {"projects", "branch_sync_status", "project_remote_sync"}) {
    reset();
    damage("DROP TABLE " + table);
    const auto told = words(writer->load());
    BOOST_TEST(contains(told, table), table << " is lost: " << told);
  }
}

BOOST_AUTO_TEST_CASE(removed_projects_that_cannot_be_read_are_told_of_at_the_start) {
  must(writer->apply({project("b"), delete_project{{"b"}}}));
  damage(
      "ALTER TABLE projects RENAME TO whole; CREATE VIEW projects AS SELECT id, slug, "
      "CASE WHEN retired_at IS NULL THEN path ELSE abs(-9223372036854775807 - 1) END AS path, "
      "retired_at, state, reason, as_of, detached_head, shallow, suspended FROM whole");
  const auto told = words(writer->load());
  BOOST_TEST(contains(told, "integer overflow"), told);
}

BOOST_AUTO_TEST_CASE(upkeep_tells_of_the_table_that_it_misses) {
  for (const std::string table : {"fetch_history", "gone_branches"}) {
    reset();
    must(writer->apply({status_of("a", {})}));
    damage("DROP TABLE " + table);
    std::string told;
    for (int step = 0; step < 10 && told.empty(); ++step)
      told = words(writer->keep_up(at(1'900'000'000'000), {}));
    BOOST_TEST(contains(told, table), table << " is lost: " << told);
  }
}

BOOST_AUTO_TEST_CASE(a_start_tells_that_it_cannot_know_the_last_fetch) {
  damage_schema(
      "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'sqlite_sequence'; "
      "PRAGMA schema_version = 4711");
  BOOST_TEST(!words(writer->load()).empty());
}

BOOST_AUTO_TEST_CASE(a_schema_that_cannot_be_read_is_told_of_at_each_write) {
  damage_schema(
      "CREATE TABLE another (x); PRAGMA writable_schema = ON; "
      "UPDATE sqlite_schema SET sql = 'CREATE nonsense' WHERE name = 'another'; "
      "PRAGMA schema_version = 4711");
  for (int i = 0; i < 3; ++i) {
    const auto told = words(writer->apply({project("b")}));
    BOOST_TEST(contains(told, "corrupt"), told);
  }
}

BOOST_AUTO_TEST_CASE(rows_without_their_project_are_passed_over_at_the_start) {
  must(writer->apply({project("b"), put_remote{{"b"}, {.remote = "origin"}}}));
  damage(
      "INSERT INTO project_remote_sync SELECT 4711, remote, url, last_success, last_change, "
      "outcome, code, error, next_due, failures, usual_ms FROM project_remote_sync; "
      "UPDATE projects SET state = NULL; "
      "INSERT INTO branch_sync_status SELECT 4711, branch, remote, head, upstream, local_oid, "
      "remote_oid, ahead, behind, state, reason, needs_pull, needs_push FROM branch_sync_status");
  const auto state = must(writer->load());
  BOOST_REQUIRE(state.projects.size() == 2u);
  BOOST_TEST(!state.projects[0].last_status);
  BOOST_TEST(state.projects[0].remotes.empty());
  BOOST_TEST(state.projects[1].remotes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(sizes_that_cannot_be_looked_at_are_told_of) {
  std::vector<branch_status> many;
  for (int i = 0; i < 50'000; ++i)
    many.push_back(branch("b" + std::to_string(i), 0, 0));
  must(writer->apply({status_of("a", std::move(many))}));
  damage("DROP TABLE project_remote_sync");
  std::string told;
  for (int step = 0; step < 100 && told.empty(); ++step)
    told = words(writer->keep_up(at(0), {}));
  BOOST_TEST(contains(told, "project_remote_sync"), told);
}

BOOST_AUTO_TEST_CASE(free_pages_that_are_few_for_the_size_of_the_file_stay) {
  damage(
      "CREATE TABLE filler (x); INSERT INTO filler VALUES (zeroblob(4000000)); "
      "CREATE TABLE gap (x); INSERT INTO gap VALUES (zeroblob(400000)); DROP TABLE gap");
  for (int step = 0; step < 100; ++step)
    must(writer->keep_up(at(0), {}));
  BOOST_TEST(must(must(connection::open_read_only(file))->integer("PRAGMA freelist_count")) > 64);
}

BOOST_AUTO_TEST_SUITE_END()

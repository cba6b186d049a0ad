#include <algorithm>

#include <tests/storage/db/fixture.hpp>

#include <storage/db/branch_status_table.hpp>
#include <storage/db/database_file.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

struct table_fixture {
  table_fixture() {
    must(projects.put({"a"}, "/srv/a", at(0)));
    must(projects.put({"b"}, "/srv/b", at(0)));
    key = *must(projects.find({"a"}));
  }

  caf::expected<std::size_t> replace(project_key project, const std::vector<branch_status>& rows,
                                     wall_time now = at(1'000)) {
    auto written = branches.replace(project, rows, now, gone);
    must(branches.flush());
    branches.committed();
    return written;
  }

  std::vector<branch_status> stored() {
    std::vector<branch_status> rows;
    must(branches.load([&](project_key, branch_status&& x) { rows.push_back(std::move(x)); }));
    return rows;
  }

  std::string query_plan(const char* query) {
    const auto sql = std::string{"EXPLAIN QUERY PLAN "} + query;
    std::string lines;
    must(statement{*db, sql.c_str()}.each([&](const row& r) { lines += r.text(3) + "\n"; }));
    return lines;
  }

  std::int64_t total_changes() { return must(db->integer("SELECT total_changes()")); }

  std::unique_ptr<connection> db = must(db::open_in_memory(1 << 20));
  project_table projects{*db};
  branch_status_table branches{*db, 1};
  gone_branch_table gone{*db};
  project_key key = 0;
};

std::vector<branch_status> twenty() {
  std::vector<branch_status> rows;
  for (int i = 10; i < 30; ++i)
    rows.push_back(branch("topic/" + std::to_string(i), static_cast<std::uint64_t>(i % 3), 0));
  return rows;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(branch_status_table, table_fixture)

BOOST_AUTO_TEST_CASE(an_unchanged_document_writes_no_row) {
  BOOST_TEST(must(replace(key, twenty())) == 20u);
  const auto before = total_changes();
  BOOST_TEST(must(replace(key, twenty())) == 0u);
  BOOST_TEST(total_changes() == before);
}

BOOST_AUTO_TEST_CASE(only_changed_new_and_vanished_branches_are_written) {
  auto rows = twenty();
  must(replace(key, rows));
  rows[3].ahead = 17;
  rows.erase(rows.begin() + 5);
  rows.push_back(branch("zz", 0, 1));
  const auto before = total_changes();
  BOOST_TEST(must(replace(key, rows)) == 3u);
  // One more, which remembers the branch that is gone.
  BOOST_TEST(total_changes() == before + 4);
  BOOST_TEST((stored() == rows));
}

BOOST_AUTO_TEST_CASE(rows_of_several_documents_share_statements) {
  auto some = twenty();
  some.resize(13);
  auto others = twenty();
  must(branches.replace(key, some, at(0), gone));
  must(branches.replace(key + 1, others, at(0), gone));
  must(branches.flush());
  branches.committed();
  BOOST_TEST((stored() == [&] {
    auto all = some;
    all.insert(all.end(), others.begin(), others.end());
    return all;
  }()));
}

BOOST_AUTO_TEST_CASE(what_was_rolled_back_is_written_when_it_comes_again) {
  auto rows = twenty();
  must(replace(key, rows));
  rows[0].ahead = 99;
  {
    transaction work{*db};
    must(work.begin());
    must(branches.replace(key, rows, at(0), gone));
    must(branches.flush());
  }
  branches.rolled_back();
  BOOST_TEST((stored() == twenty()));
  BOOST_TEST(must(replace(key, rows)) == 1u);
  BOOST_TEST((stored() == rows));
  // The same before anything of it has reached the database.
  rows[1].behind = 98;
  must(branches.replace(key, rows, at(0), gone));
  branches.rolled_back();
  BOOST_TEST(must(replace(key, rows)) == 1u);
  BOOST_TEST((stored() == rows));
}

BOOST_AUTO_TEST_CASE(rows_that_wait_go_with_their_project) {
  auto rows = twenty();
  must(branches.replace(key, rows, at(0), gone));
  must(branches.erase(key));
  must(branches.flush());
  BOOST_TEST(stored().empty());
  BOOST_TEST(must(replace(key, rows)) == 20u);
}

BOOST_AUTO_TEST_CASE(what_is_needed_stays_right_however_often_a_branch_turns) {
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> turns{
      {0, 0}, {0, 3}, {0, 4}, {2, 4}, {3, 0}, {4, 0}, {0, 0}, {1, 1}, {0, 1}};
  for (const auto& [ahead, behind] : turns) {
    auto rows = twenty();
    for (auto& x : rows)
      x = branch(x.name, ahead, behind);
    must(replace(key, rows));
    BOOST_TEST(must(branches.needing_pull()).size() == (behind > 0 ? 1u : 0u));
    BOOST_TEST(must(branches.needing_push()).size() == (ahead > 0 ? 1u : 0u));
    BOOST_TEST(must(db->text("PRAGMA integrity_check")) == "ok");
    BOOST_TEST((stored() == rows));
  }
}

BOOST_AUTO_TEST_CASE(a_branch_that_gets_another_remote_has_one_row) {
  must(replace(key, {branch("main", 0, 0)}));
  auto moved = branch("main", 0, 0);
  moved.remote = "fork";
  must(replace(key, {moved}));
  BOOST_TEST((stored() == std::vector{moved}));
}

BOOST_AUTO_TEST_CASE(a_branch_that_is_gone_is_remembered_until_it_comes_back) {
  must(replace(key, twenty()));
  auto rows = twenty();
  const auto lost = rows[7];
  rows.erase(rows.begin() + 7);
  must(replace(key, rows, at(2'000)));
  const gone_branch expected{lost.name, lost.upstream, lost.local_oid, at(2'000)};
  BOOST_TEST((must(gone.of({"a"})) == std::vector{expected}));
  must(replace(key, rows, at(3'000)));
  BOOST_TEST((must(gone.of({"a"})) == std::vector{expected}));
  BOOST_TEST(must(gone.of({"b"})).empty());
  must(replace(key, twenty(), at(4'000)));
  BOOST_TEST(must(gone.of({"a"})).empty());
  must(replace(key, {}, at(5'000)));
  BOOST_TEST(must(gone.of({"a"})).size() == 20u);
}

BOOST_AUTO_TEST_CASE(a_branch_that_changes_its_remote_is_not_gone) {
  must(replace(key, {branch("main", 0, 0)}));
  auto moved = branch("main", 0, 0);
  moved.remote = "fork";
  must(replace(key, {moved}));
  BOOST_TEST(must(gone.of({"a"})).empty());
}

BOOST_AUTO_TEST_CASE(any_number_of_rows_is_written_in_few_statements) {
  for (const int count : {1, 19, 20, 21, 39, 40, 41, 65}) {
    std::vector<branch_status> rows;
    for (int i = 0; i < count; ++i)
      rows.push_back(branch("b" + std::to_string(100 + i), static_cast<std::uint64_t>(count), 0));
    BOOST_TEST(must(replace(key, rows)) >= static_cast<std::size_t>(count));
    BOOST_TEST((stored() == rows), count << " rows");
  }
}

BOOST_AUTO_TEST_CASE(names_are_bytes) {
  const std::vector<std::string> names{"\xff\xfe/\x80", "a'; DROP TABLE projects; --",
                                       "f\xc3\xbc\xc3\x9f", std::string("nul\0inside", 10),
                                       std::string(255, 'x')};
  std::vector<branch_status> rows;
  for (const auto& name : names)
    rows.push_back(branch(name, 1, 1));
  must(replace(key, rows));
  auto sorted = rows;
  std::sort(sorted.begin(), sorted.end(), [](auto& a, auto& b) { return a.name < b.name; });
  BOOST_TEST((stored() == sorted));
  BOOST_TEST(must(replace(key, rows)) == 0u);
}

BOOST_AUTO_TEST_CASE(every_state_and_every_missing_value_comes_back) {
  std::vector<branch_status> rows;
  for (int i = 0; i <= static_cast<int>(branch_state::unknown); ++i)
    rows.push_back({.name = "b" + std::to_string(i),
                    .head = i == 2,
                    .state = static_cast<branch_state>(i),
                    .reason = i == 7 ? "object missing" : ""});
  rows[1].local_oid = oid{};
  rows[2].ahead = 0;
  rows[3].behind = 9'000'000'000;
  must(replace(key, rows));
  BOOST_TEST((stored() == rows));
}

BOOST_AUTO_TEST_CASE(projects_to_pull_and_to_push_are_found_once_each) {
  must(replace(key, {branch("x", 0, 2), branch("y", 0, 1), branch("z", 0, 0)}));
  const auto b = *must(projects.find({"b"}));
  must(replace(b, {branch("x", 1, 0), branch("y", 3, 4)}));
  BOOST_TEST((must(branches.needing_pull()) == std::vector<project_id>{{"a"}, {"b"}}));
  BOOST_TEST((must(branches.needing_push()) == std::vector<project_id>{{"b"}}));
  must(replace(key, {branch("x", 0, 0)}));
  BOOST_TEST((must(branches.needing_pull()) == std::vector<project_id>{{"b"}}));
}

BOOST_AUTO_TEST_CASE(the_partial_indexes_answer_with_and_without_statistics) {
  for (const char* statistics : {"SELECT 1", "ANALYZE"}) {
    for (int i = 0; i < 50; ++i) {
      const project_id id{"p" + std::to_string(i)};
      must(projects.put(id, "/srv/" + id.slug, at(0)));
      must(replace(*must(projects.find(id)), twenty()));
    }
    must(db->execute(statistics));
    BOOST_TEST(contains(query_plan(needing_pull_query), "branches_to_pull"));
    BOOST_TEST(contains(query_plan(needing_push_query), "branches_to_push"));
  }
}

BOOST_AUTO_TEST_CASE(a_state_that_this_version_does_not_know_reads_as_unknown) {
  must(replace(key, {branch("main", 0, 0)}));
  must(db->execute("UPDATE branch_sync_status SET state = 'sideways'"));
  BOOST_TEST((stored().at(0).state == branch_state::unknown));
}

BOOST_AUTO_TEST_SUITE_END()

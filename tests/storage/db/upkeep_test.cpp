/// What keeps the database small and quick over the years.
#include <deque>

#include <tests/storage/db/fixture.hpp>

#include <storage/db/database_file.hpp>
#include <storage/db/statement.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

constexpr std::int64_t day = 24ll * 60 * 60 * 1000;

struct upkeep_fixture : store_fixture {
  /// Steps until all is done; how many.
  static int keep_up(db::store& writer, wall_time now) {
    int steps = 1;
    while (must(writer.keep_up(now)) == db::upkeep::unfinished)
      BOOST_REQUIRE(++steps < 100'000);
    return steps;
  }

  std::int64_t number(const char* sql) const {
    return must(must(open_for_reading(file))->integer(sql));
  }

  std::vector<gone_branch> gone(const std::string& slug) const {
    return must(must(reader::open(file))->gone_branches({slug}));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(upkeep, upkeep_fixture)

BOOST_AUTO_TEST_CASE(history_beyond_its_retention_goes_in_small_steps) {
  auto writer = open();
  std::vector<db::write> batch;
  for (std::uint64_t id = 1; id <= 2500; ++id)
    batch.push_back(fetch(id, "a", id <= 2300 ? 10 * day : 60 * day));
  must(writer->apply(batch));
  const auto now = at(70 * day);
  BOOST_TEST((must(writer->keep_up(now)) == db::upkeep::unfinished));
  BOOST_TEST(number("SELECT count(*) FROM fetch_history") == 2492);
  keep_up(*writer, now);
  BOOST_TEST(contains(words(writer->find_fetch({2300})), "not_found"));
  BOOST_TEST(must(writer->find_fetch({2301})).remotes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(steps_are_larger_after_short_ones_and_smaller_after_long_ones) {
  using namespace std::chrono_literals;
  auto writer = open();
  std::vector<db::write> batch;
  for (std::uint64_t id = 1; id <= 300; ++id)
    batch.push_back(fetch(id, "a", 10 * day));
  must(writer->apply(batch));
  auto gone_after = [&, before = std::int64_t{300}](std::chrono::nanoseconds took) mutable {
    must(writer->keep_up(at(70 * day), took));
    const auto left = number("SELECT count(*) FROM fetch_history");
    return std::exchange(before, left) - left;
  };
  BOOST_TEST(gone_after(0ns) == 8);
  BOOST_TEST(gone_after(10us) == 16);
  BOOST_TEST(gone_after(10us) == 32);
  BOOST_TEST(gone_after(1ms) == 32);
  BOOST_TEST(gone_after(20ms) == 16);
  // Who does not look at the clock gets the same again.
  BOOST_TEST(gone_after(0ns) == 16);
}

BOOST_AUTO_TEST_CASE(gone_branches_stay_for_their_retention) {
  auto writer = must(db::store::open(
      {.directory = directory, .branch_retention = std::chrono::milliseconds{10 * day}}));
  must(writer->apply({project("a"), status_of("a", {branch("x", 0, 0), branch("y", 0, 0)})}));
  must(writer->apply({status_of("a", {branch("y", 0, 0)}, 20 * day)}));
  must(writer->apply({status_of("a", {}, 25 * day)}));
  keep_up(*writer, at(29 * day));
  BOOST_TEST(gone("a").size() == 2u);
  keep_up(*writer, at(31 * day));
  BOOST_REQUIRE(gone("a").size() == 1u);
  BOOST_TEST(gone("a").at(0).name == "y");
  BOOST_TEST((gone("a").at(0).gone_at == at(25 * day)));
  keep_up(*writer, at(36 * day));
  BOOST_TEST(gone("a").empty());
}

BOOST_AUTO_TEST_CASE(a_removed_project_leaves_no_gone_branches) {
  auto writer = open();
  must(writer->apply({project("a"), status_of("a", {branch("x", 0, 0)})}));
  must(writer->apply({status_of("a", {})}));
  BOOST_TEST(gone("a").size() == 1u);
  must(writer->apply({delete_project{{"a"}}}));
  BOOST_TEST(number("SELECT count(*) FROM gone_branches") == 0);
}

BOOST_AUTO_TEST_CASE(pages_that_became_free_go_back_to_the_file_system) {
  std::uint64_t id = 0;
  auto writer = open();
  for (int i = 0; i < 20; ++i) {
    std::vector<db::write> batch;
    while (batch.size() < 1'000)
      batch.push_back(fetch(++id, "a"));
    must(writer->apply(batch));
  }
  writer.reset();
  const auto before = std::filesystem::file_size(file);
  BOOST_TEST(before > 2'000'000u);
  writer = open();
  BOOST_TEST(keep_up(*writer, at(1'900'000'000'000)) > 100);
  writer.reset();
  BOOST_TEST(std::filesystem::file_size(file) < before / 5);
}

BOOST_AUTO_TEST_CASE(a_few_free_pages_are_kept_for_the_next_rows) {
  auto writer = open();
  std::vector<db::write> batch;
  for (std::uint64_t id = 1; id <= 300; ++id)
    batch.push_back(fetch(id, "a"));
  must(writer->apply(batch));
  keep_up(*writer, at(1'900'000'000'000));
  BOOST_TEST(number("PRAGMA freelist_count") > 0);
}

BOOST_AUTO_TEST_CASE(sizes_are_looked_at_after_many_changes) {
  auto writer = open();
  const auto rows_known = [&] {
    return number(
        "SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = 'branch_sync_status'");
  };
  must(writer->apply({project("a"), status_of("a", {branch("x", 0, 0)})}));
  keep_up(*writer, at(0));
  for (int i = 0; i < 15; ++i) {
    const auto slug = "p" + std::to_string(i);
    std::vector<branch_status> branches;
    for (int j = 0; j < 4'000; ++j)
      branches.push_back(branch("b" + std::to_string(j), 1, 0));
    must(writer->apply({project(slug), status_of(slug, branches)}));
  }
  BOOST_TEST(rows_known() < 100);
  keep_up(*writer, at(1));
  BOOST_TEST(rows_known() > 30'000);
}

BOOST_AUTO_TEST_CASE(a_year_of_branches_coming_and_going_leaves_the_file_as_small_as_a_fresh_copy) {
  constexpr std::size_t projects = 100;
  constexpr std::size_t branches_each = 20;
  constexpr int days = 365;
  constexpr std::size_t moves_a_day = 50;

  std::uint64_t names = 0;
  const auto next = [&] { return branch("topic/" + std::to_string(++names), 1, 2); };
  std::vector<std::deque<branch_status>> living(projects);
  auto writer = open();
  for (std::size_t i = 0; i < projects; ++i) {
    while (living[i].size() < branches_each)
      living[i].push_back(next());
    must(writer->apply({project("p" + std::to_string(i))}));
  }
  std::uint64_t fetches = 0;
  for (int today = 0; today < days; ++today) {
    for (std::size_t move = 0; move < moves_a_day; ++move) {
      const auto i = (move * 7 + static_cast<std::size_t>(today) * 13) % projects;
      living[i].pop_front();
      living[i].push_back(next());
      const auto slug = "p" + std::to_string(i);
      must(writer->apply({status_of(slug, {living[i].begin(), living[i].end()}, today * day)}));
    }
    std::vector<db::write> batch;
    for (std::size_t i = 0; i < projects; ++i)
      batch.push_back(fetch(++fetches, "p" + std::to_string(i), today * day));
    must(writer->apply(batch));
    keep_up(*writer, at(today * day));
  }
  BOOST_TEST(number("SELECT count(*) FROM fetch_history") <= 3'200);
  BOOST_TEST(number("SELECT count(*) FROM gone_branches") <= 1'600);
  writer.reset();
  const auto copy = directory + "/copy.db";
  must(statement{*must(connection::open_read_only(file)), "VACUUM INTO ?1"}.run(copy));
  const auto size = std::filesystem::file_size(file);
  const auto fresh = std::filesystem::file_size(copy);
  BOOST_TEST_MESSAGE("after a year: " << size << " bytes, a fresh copy: " << fresh);
  BOOST_TEST(size * 2 <= fresh * 3);
  BOOST_TEST(must(must(open_for_reading(file))->text("PRAGMA integrity_check")) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()

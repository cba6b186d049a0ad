#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include <tests/storage/db/fixture.hpp>

#include <storage/db/database_file.hpp>
#include <storage/db/statement.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

using projects = std::vector<project_id>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reader, store_fixture)

BOOST_AUTO_TEST_CASE(it_sees_what_was_committed_at_once) {
  auto writer = open();
  auto side = must(db::reader::open(writer->file()));
  BOOST_TEST(must(side->needing_pull()).empty());
  must(writer->apply({project("a"), project("b"), status_of("a", {branch("main", 0, 3)}),
                      status_of("b", {branch("main", 1, 0)}), fetch(9, "a")}));
  BOOST_TEST((must(side->needing_pull()) == projects{{"a"}}));
  BOOST_TEST((must(side->needing_push()) == projects{{"b"}}));
  BOOST_TEST(must(side->find_fetch({9})).project.slug == "a");
  BOOST_TEST(contains(words(side->find_fetch({10})), "not_found"));
  must(writer->apply({delete_project{{"a"}}}));
  BOOST_TEST(must(side->needing_pull()).empty());
}

BOOST_AUTO_TEST_CASE(it_cannot_write) {
  auto writer = open();
  const auto side = must(open_for_reading(file));
  for (const char* sql : {"DELETE FROM projects", "CREATE TABLE t (x)", "PRAGMA user_version = 9"})
    BOOST_TEST(contains(words(side->execute(sql)), "read_only"), sql);
}

BOOST_AUTO_TEST_CASE(one_that_stays_in_its_transaction_stops_no_write_and_no_checkpoint_attempt) {
  auto writer = open();
  must(writer->apply({project("a")}));
  const auto side = must(open_for_reading(file));
  must(side->execute("BEGIN"));
  BOOST_TEST(must(side->integer("SELECT count(*) FROM fetch_history")) == 0);
  std::uint64_t id = 0;
  while (writer->stats().wal_pages < 4500)
    must(writer->apply({fetch(++id, "a"), fetch(++id, "a"), fetch(++id, "a")}));
  writer->checkpoint_if_worthwhile();
  BOOST_TEST(must(side->integer("SELECT count(*) FROM fetch_history")) == 0);
  must(side->execute("COMMIT"));
  BOOST_TEST(must(side->integer("SELECT count(*) FROM fetch_history")) ==
             static_cast<std::int64_t>(id));
  writer->checkpoint_if_worthwhile();
  BOOST_TEST(writer->stats().wal_pages == 0u);
  BOOST_TEST(writer->stats().failures == 0u);
}

BOOST_AUTO_TEST_CASE(one_that_stays_never_makes_the_log_longer_than_64_mib) {
  auto writer = open();
  must(writer->apply({project("a")}));
  const auto side = must(open_for_reading(file));
  must(side->execute("BEGIN"));
  BOOST_TEST(must(side->integer("SELECT count(*) FROM fetch_history")) == 0);
  std::vector<db::write> batch;
  std::uint64_t id = 0;
  std::string refused;
  while (refused.empty()) {
    batch.clear();
    for (int i = 0; i < 500; ++i)
      batch.push_back(fetch(++id, "a"));
    refused = words(writer->apply(batch));
    BOOST_REQUIRE(std::filesystem::file_size(file + "-wal") <= (64u << 20));
  }
  BOOST_TEST(contains(refused, "overloaded"), refused);
  BOOST_TEST(contains(refused, file), refused);
  BOOST_TEST(contains(refused, "another program"), refused);
  BOOST_TEST(writer->stats().wal_held);
  BOOST_TEST(writer->stats().wal_bytes > (40u << 20));
  // What a person asks for has a reserve.
  for (int i = 0; i < 20; ++i)
    must(writer->apply({project("p" + std::to_string(i))}));
  BOOST_TEST(std::filesystem::file_size(file + "-wal") <= (64u << 20));
  BOOST_TEST(contains(words(writer->keep_up(at(0))), "overloaded"));
  BOOST_TEST(must(side->integer("SELECT count(*) FROM projects")) == 1);
  must(side->execute("COMMIT"));
  must(writer->apply(batch));
  BOOST_TEST(!writer->stats().wal_held);
  BOOST_TEST(writer->stats().wal_bytes < (16u << 20));
}

BOOST_AUTO_TEST_CASE(readers_that_overlap_without_a_gap_do_not_fill_the_log) {
  auto writer = open();
  must(writer->apply({project("a")}));
  std::atomic<bool> enough = false;
  std::thread readers{[&] {
    // One of the two is in a transaction at any time.
    const std::array sides{open_for_reading(file), open_for_reading(file)};
    for (std::size_t n = 0; !enough; ++n) {
      const auto& side = *sides[n % 2];
      side->execute("BEGIN");
      side->integer("SELECT count(*) FROM projects");
      (*sides[(n + 1) % 2])->execute("COMMIT");
    }
  }};
  std::uint64_t longest = 0;
  std::uint64_t refused = 0;
  for (std::uint64_t n = 1; n <= 500; ++n) {
    std::vector<db::write> batch;
    for (std::uint64_t i = 0; i < 500; ++i)
      batch.push_back(fetch(n % 10 * 1'000 + i, "a"));
    refused += writer->apply(batch) ? 1 : 0;
    longest = std::max(longest, writer->stats().wal_bytes);
  }
  enough = true;
  readers.join();
  BOOST_TEST(refused == 0u);
  BOOST_TEST(longest < (48u << 20));
}

BOOST_AUTO_TEST_CASE(a_question_that_takes_too_long_is_given_up) {
  auto writer = open();
  std::vector<branch_status> branches;
  for (int i = 0; i < 3'000; ++i)
    branches.push_back(branch("b" + std::to_string(i), 0, 1));
  must(writer->apply({project("a"), status_of("a", branches)}));
  auto hasty = must(db::reader::open(file, std::chrono::milliseconds{0}));
  const auto given_up = words(hasty->needing_pull());
  BOOST_TEST(contains(given_up, "deadline_exceeded"), given_up);
  BOOST_TEST(contains(given_up, file), given_up);
  BOOST_TEST(must(must(db::reader::open(file))->needing_pull()).size() == 1u);
  // It holds nothing open.
  writer.reset();
  BOOST_TEST(std::filesystem::file_size(file + "-wal") == 0u);
}

BOOST_AUTO_TEST_CASE(one_that_outlives_the_writer_sees_the_next_one) {
  auto writer = open();
  must(writer->apply({project("a")}));
  auto side = must(db::reader::open(file));
  BOOST_TEST(must(side->needing_pull()).empty());
  writer.reset();
  writer = open();
  must(writer->apply({status_of("a", {branch("main", 0, 3)})}));
  BOOST_TEST((must(side->needing_pull()) == projects{{"a"}}));
}

BOOST_AUTO_TEST_CASE(it_reads_while_the_writer_writes) {
  auto writer = open();
  must(writer->apply({project("a")}));
  auto side = must(db::reader::open(file));
  for (std::uint64_t n = 1; n <= 300; ++n) {
    must(writer->apply({fetch(n, "a"), status_of("a", {branch("main", 0, n % 2)})}));
    BOOST_TEST(must(side->find_fetch({n})).id.value == n);
    BOOST_TEST(must(side->needing_pull()).size() == n % 2);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_named_and_not_made) {
  std::filesystem::create_directories(directory);
  const auto refused = words(db::reader::open(file));
  BOOST_TEST(contains(refused, "not_found"));
  BOOST_TEST(contains(refused, file));
  BOOST_TEST(!std::filesystem::exists(file));
  BOOST_TEST(contains(words(db::reader::open("")), "not_found"));
}

BOOST_AUTO_TEST_SUITE_END()

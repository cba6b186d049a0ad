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

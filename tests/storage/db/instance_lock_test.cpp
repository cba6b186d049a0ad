#include <csignal>

#include <sys/stat.h>
#include <tests/storage/db/fixture.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

BOOST_FIXTURE_TEST_SUITE(instance_lock, store_fixture)

BOOST_AUTO_TEST_CASE(the_directory_is_made_for_its_owner_alone) {
  const auto nested = (box / "state/headway").string();
  const auto lock = must(db::instance_lock::acquire(nested));
  struct stat found {};
  BOOST_REQUIRE(::stat(nested.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 0777) == 0700u);
}

BOOST_AUTO_TEST_CASE(a_second_holder_is_told_who_the_first_is) {
  const auto lock = must(db::instance_lock::acquire(directory));
  const auto refused = words(db::instance_lock::acquire(directory));
  BOOST_TEST(contains(refused, "in_use"));
  BOOST_TEST(contains(refused, directory));
  BOOST_TEST(contains(refused, "process " + std::to_string(::getpid()) + ")"));
}

BOOST_AUTO_TEST_CASE(another_process_is_refused_and_told_our_id) {
  const auto lock = must(db::instance_lock::acquire(directory));
  const auto refused = in_child([&] { return words(db::instance_lock::acquire(directory)); });
  BOOST_TEST(contains(refused, "in_use"));
  BOOST_TEST(contains(refused, "process " + std::to_string(::getpid()) + ")"));
}

BOOST_AUTO_TEST_CASE(a_released_directory_can_be_taken_again) {
  must(db::instance_lock::acquire(directory)).reset();
  BOOST_TEST(words(db::instance_lock::acquire(directory)) == "");
}

BOOST_AUTO_TEST_CASE(a_process_that_died_holds_nothing) {
  const auto child = ::fork();
  if (child == 0) {
    auto held = db::instance_lock::acquire(directory);
    if (held)
      ::raise(SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(WIFSIGNALED(status));
  BOOST_TEST(words(db::instance_lock::acquire(directory)) == "");
}

BOOST_AUTO_TEST_CASE(what_a_node_that_died_has_left_running_is_waited_for) {
  int until_closed[2];
  BOOST_REQUIRE(::pipe(until_closed) == 0);
  const auto child = ::fork();
  if (child == 0) {
    auto held = db::instance_lock::acquire(directory);
    if (held && ::fork() == 0) {
      // As a child that was about to become git when its node was killed.
      char nothing = 0;
      ::close(until_closed[1]);
      static_cast<void>(!::read(until_closed[0], &nothing, 1));
      ::_exit(0);
    }
    ::_exit(held ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(status == 0);
  ::close(until_closed[1]);
  BOOST_TEST(words(db::instance_lock::acquire(directory)) == "");
  ::close(until_closed[0]);
}

BOOST_AUTO_TEST_CASE(programs_that_are_started_do_not_inherit_it) {
  const auto lock = must(db::instance_lock::acquire(directory));
  const auto listed = headway::test::run_program({"ls", "-l", "/proc/self/fd"}, box.root());
  BOOST_TEST(!contains(listed.output, directory));
}

BOOST_AUTO_TEST_CASE(a_file_in_the_place_of_the_directory_is_named) {
  box.write(directory, "not a directory");
  const auto refused = words(db::instance_lock::acquire(directory));
  BOOST_TEST(contains(refused, "io: "));
  BOOST_TEST(contains(refused, directory));
}

BOOST_AUTO_TEST_CASE(a_link_in_the_place_of_the_lock_is_not_followed) {
  std::filesystem::create_directories(directory);
  std::filesystem::create_symlink(box / "elsewhere", directory + "/lock");
  BOOST_TEST(words(db::instance_lock::acquire(directory)) != "");
  BOOST_TEST(!std::filesystem::exists(box / "elsewhere"));
}

BOOST_AUTO_TEST_SUITE_END()

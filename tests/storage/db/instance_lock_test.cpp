#include <csignal>
#include <utility>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <tests/storage/db/fixture.hpp>
#include <unistd.h>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

/// A child that was about to become git when its node, which held the directory, was killed.
class left_running {
 public:
  explicit left_running(const std::string& directory) {
    // For end() to wait for it although its parent is another.
    BOOST_REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    BOOST_REQUIRE(::pipe(ends_) == 0);
    node_ = ::fork();
    if (node_ == 0) {
      const auto held = instance_lock::acquire(directory);
      const auto child = held ? ::fork() : -1;
      if (child == 0) {
        char nothing = 0;
        ::close(ends_[1]);
        static_cast<void>(!::read(ends_[0], &nothing, 1));
      }
      ::_exit(child < 0 ? 1 : 0);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(node_, &status, 0) == node_);
    BOOST_REQUIRE(status == 0);
  }
  ~left_running() {
    end();
    ::close(ends_[0]);
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  }
  left_running(const left_running&) = delete;
  left_running& operator=(const left_running&) = delete;

  pid_t node() const noexcept { return node_; }

  void end() noexcept {
    if (ends_[1] < 0)
      return;
    ::close(std::exchange(ends_[1], -1));
    ::waitpid(-1, nullptr, 0);
  }

 private:
  int ends_[2];
  pid_t node_ = 0;
};

}  // namespace

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
  left_running orphan{directory};
  int pauses = 0;
  const auto pause = [&] {
    if (++pauses == 3)
      orphan.end();
  };
  BOOST_TEST(words(db::instance_lock::acquire(directory, pause)) == "");
  BOOST_TEST(pauses == 3);
}

BOOST_AUTO_TEST_CASE(what_stays_of_a_node_that_died_is_not_waited_for_for_ever) {
  left_running orphan{directory};
  int pauses = 0;
  const auto refused = words(db::instance_lock::acquire(directory, [&] { ++pauses; }));
  BOOST_TEST(contains(refused, "in_use"));
  BOOST_TEST(contains(refused, "process " + std::to_string(orphan.node()) + ")"));
  BOOST_TEST(pauses == db::instance_lock::tries - 1);
}

BOOST_AUTO_TEST_CASE(a_node_that_runs_is_not_waited_for) {
  const auto lock = must(db::instance_lock::acquire(directory));
  int pauses = 0;
  BOOST_TEST(contains(words(db::instance_lock::acquire(directory, [&] { ++pauses; })), "in_use"));
  BOOST_TEST(pauses == 0);
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

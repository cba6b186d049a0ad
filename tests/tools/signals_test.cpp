#include <boost/test/unit_test.hpp>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tools/process/signals.hpp>

namespace headway::test {

using namespace tools;

namespace {

using namespace std::chrono_literals;

/// The exit status of a child that runs `body`: signal masks and handlers are the process's own.
template <class Body>
int in_child(Body body) {
  const auto child = ::fork();
  if (child == 0)
    ::_exit(body());
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signals)

BOOST_AUTO_TEST_CASE(a_watched_signal_waits_to_be_asked_for) {
  BOOST_TEST(in_child([] {
               const signal_inbox inbox{SIGTERM, SIGHUP};
               ::raise(SIGHUP);
               return inbox.wait() == SIGHUP && !inbox.wait(0ms) ? 7 : 1;
             }) == 7);
}

BOOST_AUTO_TEST_CASE(a_wait_ends_without_a_signal_too) {
  BOOST_TEST(in_child([] {
               const signal_inbox inbox{SIGTERM};
               return inbox.wait(1ms) ? 1 : 7;
             }) == 7);
}

BOOST_AUTO_TEST_CASE(a_fatal_signal_ends_the_process_at_once) {
  BOOST_TEST(in_child([] {
               const signal_inbox inbox{SIGINT, SIGTERM};
               inbox.make_fatal();
               ::raise(SIGTERM);
               return 1;
             }) == status_after(SIGTERM));
}

BOOST_AUTO_TEST_CASE(a_signal_that_came_before_is_fatal_then) {
  BOOST_TEST(in_child([] {
               const signal_inbox inbox{SIGINT, SIGTERM};
               ::raise(SIGINT);
               inbox.make_fatal();
               return 1;
             }) == status_after(SIGINT));
}

BOOST_AUTO_TEST_CASE(watching_can_begin_again) {
  BOOST_TEST(in_child([] {
               const signal_inbox inbox{SIGINT, SIGTERM};
               inbox.make_fatal();
               inbox.watch_again();
               ::raise(SIGTERM);
               return inbox.wait() == SIGTERM ? 7 : 1;
             }) == 7);
}

BOOST_AUTO_TEST_CASE(a_broken_pipe_is_no_signal) {
  BOOST_TEST(in_child([] {
               const signal_inbox inbox{SIGTERM};
               ::raise(SIGPIPE);
               return 7;
             }) == 7);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

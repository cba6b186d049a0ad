#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <tests/support/sandbox.hpp>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/git/child_process.hpp>

using namespace headway;
using namespace headway::git;
using namespace std::chrono_literals;
using ending = child_result::ending;

namespace {

child_command shell(const std::string& script) {
  child_command command;
  command.argv = {"sh", "-c", script};
  return command;
}

child_result must_run(const child_command& command, const cancellation& cancel) {
  auto result = run(command, cancel);
  BOOST_REQUIRE_MESSAGE(result, (result ? "" : describe(result.error())));
  return *result;
}

child_result must_run(const child_command& command) {
  const cancellation never;
  return must_run(command, never);
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

bool have_children() {
  return ::waitpid(-1, nullptr, WNOHANG | __WALL) != -1;
}

std::chrono::milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               start);
}

bool alive(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

// A killed grandchild is on its way out when its pipe has closed, and a zombie until init collects
// it.
bool dies(pid_t pid) {
  BOOST_REQUIRE(pid > 0);
  const int event = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (event < 0)
    return errno == ESRCH;
  pollfd ended{event, POLLIN, 0};
  const bool dead = ::poll(&ended, 1, 5000) > 0;
  ::close(event);
  return dead;
}

// A named pipe that the child opens when it has come far enough.
class milestone {
 public:
  explicit milestone(const test::sandbox& box) : path_{(box / "milestone").string()} {
    BOOST_REQUIRE_EQUAL(::mkfifo(path_.c_str(), 0600), 0);
  }
  const std::string& path() const { return path_; }
  void wait() const {
    std::ifstream stream{path_};
    std::string line;
    std::getline(stream, line);
  }

 private:
  std::string path_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(child_process)

BOOST_AUTO_TEST_CASE(reports_output_errors_and_status) {
  const auto result = must_run(shell("echo out; echo err >&2; exit 3"));
  BOOST_TEST(static_cast<int>(result.how) == static_cast<int>(ending::exited));
  BOOST_TEST(result.status == 3);
  BOOST_TEST(result.output == "out\n");
  BOOST_TEST(result.errors == "err\n");
}

BOOST_AUTO_TEST_CASE(reports_the_signal_that_ended_the_child) {
  const auto result = must_run(shell("kill -SEGV $$"));
  BOOST_TEST(static_cast<int>(result.how) == static_cast<int>(ending::signalled));
  BOOST_TEST(result.status == SIGSEGV);
}

BOOST_AUTO_TEST_CASE(takes_large_output_on_both_pipes) {
  auto command = shell("yes out | head -c 3000000 & yes err | head -c 3000000 >&2; wait");
  command.max_errors = 4'000'000;
  const auto result = must_run(command);
  BOOST_TEST(result.status == 0);
  BOOST_TEST(result.output.size() == 3'000'000u);
  BOOST_TEST(result.errors.size() == 3'000'000u);
}

BOOST_AUTO_TEST_CASE(keeps_the_end_of_stderr_from_the_start_of_a_line) {
  auto command = shell("for i in $(seq 1 2000); do echo line $i; done >&2");
  command.max_errors = 1000;
  const auto result = must_run(command);
  BOOST_TEST(result.errors.size() <= 1000u);
  BOOST_TEST(result.errors.size() > 900u);
  BOOST_TEST(result.errors.starts_with("line "));
  BOOST_TEST(result.errors.ends_with("line 2000\n"));
}

BOOST_AUTO_TEST_CASE(keeps_nothing_of_a_line_that_was_cut) {
  auto command = shell("head -c 100000 /dev/zero | tr '\\0' x >&2");
  command.max_errors = 1000;
  BOOST_TEST(must_run(command).errors == "");
}

BOOST_AUTO_TEST_CASE(feeds_input_and_then_its_end) {
  auto command = shell("wc -c");
  command.input = std::string(1'000'000, 'x');
  BOOST_TEST(std::atoi(must_run(command).output.c_str()) == 1'000'000);
}

BOOST_AUTO_TEST_CASE(survives_a_child_that_does_not_read_its_input) {
  auto command = shell("exit 0");
  command.input = std::string(1'000'000, 'x');
  BOOST_TEST(must_run(command).status == 0);
}

BOOST_AUTO_TEST_CASE(stdin_is_empty_without_input) {
  BOOST_TEST(must_run(shell("cat; echo end")).output == "end\n");
}

BOOST_AUTO_TEST_CASE(there_is_no_terminal_to_ask_on) {
  const auto result =
      must_run(shell("test -t 0 || test -t 1 || test -t 2 || echo none; (: </dev/tty) 2>/dev/null"
                     " && echo controlling; true"));
  BOOST_TEST(result.output == "none\n");
}

BOOST_AUTO_TEST_CASE(leads_a_session_and_a_group_of_its_own) {
  const auto result = must_run(shell("cut -d' ' -f1,5,6 /proc/$$/stat"));
  std::istringstream numbers{result.output};
  long pid = 0;
  long group = 0;
  long session = 0;
  numbers >> pid >> group >> session;
  BOOST_TEST(group == pid);
  BOOST_TEST(session == pid);
}

BOOST_AUTO_TEST_CASE(in_the_background_it_and_its_children_let_others_go_first) {
  // A child may have begun before it is made to, so it waits for that.
  std::string script = "until test $(nice) -ge 10; do :; done; ";
  // Who is not root may do this only a few times in a second.
  if (::geteuid() == 0 && ::access("/proc/self/autogroup", R_OK) == 0)
    script += "until grep -q 'nice 1[0-9]' /proc/self/autogroup; do :; done; ";
  auto command = shell(script + "echo end");
  command.deadline = 20s;
  command.priority = git::child_priority::background;
  BOOST_TEST(must_run(command).output == "end\n");
}

BOOST_AUTO_TEST_CASE(gives_default_signals_and_an_empty_mask) {
  sigset_t blocked;
  sigset_t old;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &old);
  const auto previous = std::signal(SIGPIPE, SIG_IGN);
  const auto result =
      must_run(shell("sed -n 's/^Sig[BI].*\\(........\\)$/\\1/p' /proc/self/status"));
  std::signal(SIGPIPE, previous);
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  // 32 and 33 are the C library's own: posix_spawn leaves them ignored, and nobody can send them
  // usefully.
  BOOST_TEST(result.output == "00000000\n80000000\n");
}

BOOST_AUTO_TEST_CASE(hands_down_no_descriptor) {
  const int leaky = ::open("/dev/null", O_RDONLY);
  const auto result = must_run(shell("ls /proc/$$/fd"));
  ::close(leaky);
  BOOST_TEST(result.output == "0\n1\n2\n");
}

BOOST_AUTO_TEST_CASE(sets_and_unsets_the_environment) {
  ::setenv("HEADWAY_TEST_A", "inherited", 1);
  ::setenv("HEADWAY_TEST_B", "inherited", 1);
  ::setenv("HEADWAY_TEST_C", "inherited", 1);
  auto command = shell(
      "echo $HEADWAY_TEST_A ${HEADWAY_TEST_B-unset} $HEADWAY_TEST_C "
      "${HEADWAY_TEST_D-unset}");
  command.environment = {{"HEADWAY_TEST_A", "ours"}, {"HEADWAY_TEST_D", ""}};
  command.unset = {"HEADWAY_TEST_B"};
  BOOST_TEST(must_run(command).output == "ours unset inherited\n");
}

BOOST_AUTO_TEST_CASE(runs_in_the_directory) {
  const test::sandbox box;
  auto command = shell("pwd -P");
  command.directory = box.root().string();
  BOOST_TEST(must_run(command).output == box.root().string() + "\n");
}

BOOST_AUTO_TEST_CASE(a_missing_program_is_an_error_that_names_it) {
  const cancellation never;
  child_command command;
  command.argv = {"headway-no-such-program"};
  const auto result = run(command, never);
  BOOST_REQUIRE(!result);
  BOOST_TEST(static_cast<int>(code_of(result.error())) == static_cast<int>(ec::io));
  BOOST_TEST(detail_of(result.error()).find("headway-no-such-program") != std::string::npos);
  BOOST_TEST(!have_children());
}

BOOST_AUTO_TEST_CASE(a_missing_directory_is_an_error_that_names_it) {
  const cancellation never;
  auto command = shell("true");
  command.directory = "/no/such/directory";
  const auto result = run(command, never);
  BOOST_REQUIRE(!result);
  BOOST_TEST(detail_of(result.error()).find("/no/such/directory") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_empty_command_is_an_error) {
  const cancellation never;
  BOOST_TEST(!run(child_command{}, never));
}

BOOST_AUTO_TEST_CASE(too_much_output_ends_the_child) {
  auto command = shell("yes");
  command.max_output = 100'000;
  const auto result = must_run(command);
  BOOST_TEST(static_cast<int>(result.how) == static_cast<int>(ending::output_too_large));
  BOOST_TEST(result.output.size() == 100'000u);
}

BOOST_AUTO_TEST_CASE(the_deadline_ends_the_child) {
  auto command = shell("echo begun; sleep 60");
  command.deadline = 100ms;
  const auto start = std::chrono::steady_clock::now();
  const auto result = must_run(command);
  BOOST_TEST(static_cast<int>(result.how) == static_cast<int>(ending::timed_out));
  BOOST_TEST(result.output == "begun\n");
  BOOST_TEST((since(start) < 5s));
}

BOOST_AUTO_TEST_CASE(a_deadline_that_has_passed_starts_nothing) {
  const test::sandbox box;
  auto command = shell("touch " + (box / "started").string());
  command.deadline = 0ms;
  const auto result = must_run(command);
  BOOST_TEST(static_cast<int>(result.how) == static_cast<int>(ending::timed_out));
  BOOST_TEST(!std::filesystem::exists(box / "started"));
}

BOOST_AUTO_TEST_CASE(a_child_that_ignores_sigterm_is_killed_after_the_grace) {
  auto command = shell("trap '' TERM; while :; do sleep 1; done");
  command.deadline = 100ms;
  command.kill_grace = 300ms;
  const auto start = std::chrono::steady_clock::now();
  const auto result = must_run(command);
  BOOST_TEST(static_cast<int>(result.how) == static_cast<int>(ending::timed_out));
  BOOST_TEST(result.status == SIGKILL);
  BOOST_TEST((since(start) >= 400ms));
  BOOST_TEST((since(start) < 5s));
}

BOOST_AUTO_TEST_CASE(a_child_may_tidy_up_within_the_grace) {
  auto command = shell("trap 'echo tidied; exit 7' TERM; echo begun; while :; do sleep 0.01; done");
  command.deadline = 200ms;
  const auto result = must_run(command);
  BOOST_TEST(static_cast<int>(result.how) == static_cast<int>(ending::timed_out));
  BOOST_TEST(result.status == 7);
}

BOOST_AUTO_TEST_CASE(a_grandchild_that_holds_the_pipes_delays_nobody_and_is_killed) {
  const auto start = std::chrono::steady_clock::now();
  const auto result = must_run(shell("sleep 60 & echo $!; exit 5"));
  BOOST_TEST((since(start) < 5s));
  BOOST_TEST(static_cast<int>(result.how) == static_cast<int>(ending::exited));
  BOOST_TEST(result.status == 5);
  BOOST_TEST(dies(std::atoi(result.output.c_str())));
}

BOOST_AUTO_TEST_CASE(a_grandchild_in_a_session_of_its_own_delays_nobody_and_lives_on) {
  const test::sandbox box;
  const milestone begun{box};
  const auto start = std::chrono::steady_clock::now();
  const auto result = must_run(
      shell("setsid sh -c 'echo $$; : >" + begun.path() + "; exec sleep 60' & : <" + begun.path()));
  BOOST_TEST((since(start) < 5s));
  const auto pid = std::atoi(result.output.c_str());
  BOOST_REQUIRE(pid > 0);
  BOOST_TEST(alive(pid));
  ::kill(pid, SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_grandchild_that_lets_go_of_the_pipes_lives_on) {
  const auto result = must_run(shell("sleep 60 >/dev/null 2>&1 & echo $!"));
  const auto pid = std::atoi(result.output.c_str());
  BOOST_REQUIRE(pid > 0);
  BOOST_TEST(alive(pid));
  ::kill(pid, SIGKILL);
}

BOOST_AUTO_TEST_CASE(the_deadline_reaches_grandchildren) {
  auto command = shell("trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo $!; wait");
  command.deadline = 150ms;
  command.kill_grace = 50ms;
  const auto result = must_run(command);
  BOOST_TEST(static_cast<int>(result.how) == static_cast<int>(ending::timed_out));
  BOOST_TEST(dies(std::atoi(result.output.c_str())));
}

BOOST_AUTO_TEST_CASE(cancellation_from_another_thread_ends_a_stubborn_child_within_250_ms) {
  const test::sandbox box;
  const milestone begun{box};
  cancellation cancel;
  std::chrono::steady_clock::time_point asked;
  std::thread other{[&] {
    begun.wait();
    asked = std::chrono::steady_clock::now();
    cancel.request();
    cancel.request();
  }};
  const auto result = must_run(
      shell("trap '' TERM; echo begun >" + begun.path() + "; while :; do sleep 1; done"), cancel);
  const auto took = since(asked);
  other.join();
  BOOST_TEST(static_cast<int>(result.how) == static_cast<int>(ending::cancelled));
  BOOST_TEST_MESSAGE("freed after " << took.count() << " ms");
}

BOOST_AUTO_TEST_CASE(cancellation_shortens_the_grace_of_a_deadline) {
  const test::sandbox box;
  const milestone begun{box};
  cancellation cancel;
  auto command = shell("trap ': >" + begun.path() + "' TERM; while :; do sleep 0.02; done");
  command.deadline = 300ms;
  command.kill_grace = 60s;
  std::thread other{[&] {
    begun.wait();
    cancel.request();
  }};
  const auto start = std::chrono::steady_clock::now();
  const auto result = must_run(command, cancel);
  other.join();
  BOOST_TEST(static_cast<int>(result.how) == static_cast<int>(ending::cancelled));
  BOOST_TEST((since(start) < 10s));
}

BOOST_AUTO_TEST_CASE(what_is_cancelled_beforehand_is_not_started) {
  const test::sandbox box;
  cancellation cancel;
  cancel.request();
  BOOST_TEST(cancel.requested());
  const auto result = must_run(shell("touch " + (box / "started").string()), cancel);
  BOOST_TEST(static_cast<int>(result.how) == static_cast<int>(ending::cancelled));
  BOOST_TEST(!std::filesystem::exists(box / "started"));
}

BOOST_AUTO_TEST_CASE(cancellation_can_be_waited_for) {
  cancellation cancel;
  pollfd event{cancel.descriptor(), POLLIN, 0};
  BOOST_TEST(::poll(&event, 1, 0) == 0);
  cancel.request();
  BOOST_TEST(::poll(&event, 1, 0) == 1);
}

BOOST_AUTO_TEST_CASE(leaks_no_descriptor_and_no_zombie) {
  const auto before = open_descriptors();
  auto impatient = shell("trap '' TERM; while :; do sleep 1; done");
  impatient.deadline = 20ms;
  impatient.kill_grace = 20ms;
  auto verbose = shell("yes");
  verbose.max_output = 10;
  child_command missing;
  missing.argv = {"headway-no-such-program"};
  const cancellation never;
  const auto with_cancellation = open_descriptors();
  for (int round = 0; round < 5; ++round)
    for (const auto& command : {shell("echo x"), impatient, verbose, missing, shell("sleep 9 &")})
      [[maybe_unused]] const auto result = run(command, never);
  BOOST_TEST(with_cancellation == before + 1);
  BOOST_TEST(open_descriptors() == with_cancellation);
  BOOST_TEST(!have_children());
}

BOOST_AUTO_TEST_CASE(works_in_a_process_without_standard_descriptors) {
  const auto pid = ::fork();
  BOOST_REQUIRE(pid >= 0);
  if (pid == 0) {
    for (const int fd : {0, 1, 2})
      ::close(fd);
    auto command = shell("cat; echo err >&2");
    command.input = "in";
    const cancellation never;
    const auto result = run(command, never);
    ::_exit(result && result->output == "in" && result->errors == "err\n" ? 0 : 1);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(many_threads_may_run_children_at_once) {
  std::array<std::thread, 8> threads;
  std::array<int, 8> good{};
  for (std::size_t i = 0; i < threads.size(); ++i)
    threads[i] = std::thread{[i, &good] {
      const cancellation never;
      for (int round = 0; round < 20; ++round) {
        auto command = shell("cat; exit " + std::to_string(i));
        command.input = std::to_string(i);
        const auto result = run(command, never);
        good[i] +=
            result && result->status == static_cast<int>(i) && result->output == std::to_string(i);
      }
    }};
  for (auto& thread : threads)
    thread.join();
  for (const int count : good)
    BOOST_TEST(count == 20);
}

BOOST_AUTO_TEST_SUITE_END()

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/git/child_process.hpp>
#include <storage/git/child_spawn.hpp>

namespace headway::git {

namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;
using ending = child_result::ending;

// Whoever cancels waits for the worker to be free, so the child gets less time than at a deadline.
constexpr milliseconds cancel_grace{120};
// What a grandchild may still write after the child itself has ended.
constexpr milliseconds drain_time{100};
// The end of both pipes proves that a killed group is gone; a grandchild in a session of its own
// holds them open and is not waited for.
constexpr milliseconds burial_time{40};
// Without a pidfd or an eventfd there is nothing to wake the loop.
constexpr milliseconds blind_slice{10};
constexpr milliseconds longest_deadline{std::chrono::hours{24 * 365}};

class supervisor {
 public:
  supervisor(const child_command& command, const cancellation& cancel, spawned_child child,
             child_feed* feed)
      : command_{command}, cancel_{cancel}, child_{std::move(child)}, feed_{feed} {}

  caf::expected<child_result> run();

 private:
  enum class phase { running, asked_to_stop, killed };

  bool ended();
  void wait_until(clock::time_point until);
  bool is_fed() const { return feed_ != nullptr && child_.input.is_open(); }
  void feed();
  void receive(file_descriptor& from);
  void take_output(const char* data, std::size_t size);
  void take_errors(const char* data, std::size_t size);
  void decide();
  void stop(ending why, milliseconds grace);
  void drain(milliseconds patience);
  void close_pipes();
  bool pipes_open() const { return child_.output.is_open() || child_.errors.is_open(); }
  void signal_group(int number) const { ::kill(-child_.pid, number); }
  void reap();
  void trim_errors();

  const child_command& command_;
  const cancellation& cancel_;
  spawned_child child_;
  child_feed* feed_;  ///< Null: stdin was given as a whole.
  child_result result_;
  phase phase_ = phase::running;
  clock::time_point next_step_ =
      clock::now() + std::clamp(command_.deadline, milliseconds{0}, longest_deadline);
  bool errors_cut_ = false;
  bool lost_ = false;
  siginfo_t exit_{};
};

caf::expected<child_result> supervisor::run() {
  while (!ended()) {
    decide();
    wait_until(next_step_);
  }
  // The child is not reaped yet, so its number still belongs to its group and to nobody else.
  if (phase_ == phase::running)
    drain(drain_time);
  if (!lost_ && (phase_ != phase::running || pipes_open())) {
    signal_group(SIGKILL);
    drain(burial_time);
  }
  close_pipes();
  reap();
  trim_errors();
  if (lost_)
    return make_error(ec::io, "the exit status of " + command_.argv.front() +
                                  " was taken by another part of this process");
  return std::move(result_);
}

bool supervisor::ended() {
  exit_ = {};
  while (::waitid(P_PID, static_cast<id_t>(child_.pid), &exit_, WEXITED | WNOHANG | WNOWAIT) != 0) {
    if (errno == EINTR)
      continue;
    lost_ = true;
    return true;
  }
  return exit_.si_pid == child_.pid;
}

void supervisor::wait_until(clock::time_point until) {
  const bool cancellable = phase_ == phase::running || !cancel_.requested();
  const bool gives = is_fed() && !feed_->ready().empty();
  std::array<pollfd, 5> events{{{child_.output.get(), POLLIN, 0},
                                {child_.errors.get(), POLLIN, 0},
                                {child_.exit_event.get(), POLLIN, 0},
                                {cancellable ? cancel_.descriptor() : -1, POLLIN, 0},
                                {gives ? child_.input.get() : -1, POLLOUT, 0}}};
  auto slice = std::chrono::ceil<milliseconds>(until - clock::now());
  slice = std::clamp(slice, milliseconds{0}, milliseconds{60'000});
  if (!child_.exit_event.is_open() || cancel_.descriptor() < 0)
    slice = std::min(slice, blind_slice);
  if (is_fed())
    feed_->wait(events, slice);
  else if (::poll(events.data(), events.size(), static_cast<int>(slice.count())) <= 0)
    return;
  if (events[0].revents != 0)
    receive(child_.output);
  if (events[1].revents != 0)
    receive(child_.errors);
  if (is_fed())
    feed();
}

void supervisor::feed() {
  while (!feed_->ready().empty()) {
    const auto bytes = feed_->ready();
    // A socket, because a child that has closed it must not end this process with SIGPIPE.
    const auto n = ::send(child_.input.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (n < 0)
      return child_.input.reset();
    feed_->given(static_cast<std::size_t>(n));
  }
  if (feed_->ended())
    child_.input.reset();
}

void supervisor::receive(file_descriptor& from) {
  std::array<char, 65536> buffer;
  const auto n = ::read(from.get(), buffer.data(), buffer.size());
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0)
    from.reset();
  else if (&from == &child_.output)
    take_output(buffer.data(), static_cast<std::size_t>(n));
  else
    take_errors(buffer.data(), static_cast<std::size_t>(n));
}

void supervisor::take_output(const char* data, std::size_t size) {
  const auto room = command_.max_output - result_.output.size();
  result_.output.append(data, std::min(size, room));
  if (size <= room)
    return;
  child_.output.reset();
  if (phase_ == phase::running)
    stop(ending::output_too_large, command_.kill_grace);
}

void supervisor::take_errors(const char* data, std::size_t size) {
  auto& errors = result_.errors;
  errors.append(data, size);
  if (errors.size() <= 2 * command_.max_errors)
    return;
  errors.erase(0, errors.size() - command_.max_errors);
  errors_cut_ = true;
}

void supervisor::decide() {
  if (phase_ == phase::killed)
    return;
  const auto now = clock::now();
  if (phase_ == phase::running) {
    if (cancel_.requested())
      stop(ending::cancelled, std::min(command_.kill_grace, cancel_grace));
    else if (now >= next_step_)
      stop(ending::timed_out, command_.kill_grace);
    return;
  }
  // Somebody who cancels does not wait for the longer grace of a deadline.
  if (cancel_.requested() && result_.how != ending::cancelled)
    stop(ending::cancelled, std::min(command_.kill_grace, cancel_grace));
  if (now < next_step_)
    return;
  signal_group(SIGKILL);
  phase_ = phase::killed;
  next_step_ = clock::time_point::max() - std::chrono::hours{1};
}

void supervisor::stop(ending why, milliseconds grace) {
  if (phase_ == phase::running)
    signal_group(SIGTERM);
  child_.input.reset();
  phase_ = phase::asked_to_stop;
  result_.how = why;
  next_step_ = clock::now() + std::clamp(grace, milliseconds{0}, longest_deadline);
}

void supervisor::drain(milliseconds patience) {
  child_.input.reset();
  child_.exit_event.reset();  // It stays readable and would keep poll from waiting.
  const auto until = clock::now() + patience;
  while (pipes_open() && clock::now() < until)
    wait_until(until);
}

void supervisor::close_pipes() {
  child_.output.reset();
  child_.errors.reset();
}

void supervisor::reap() {
  int status = 0;
  while (::waitpid(child_.pid, &status, 0) < 0 && errno == EINTR) {
  }
  result_.status = exit_.si_status;
  if (result_.how == ending::exited && exit_.si_code != CLD_EXITED)
    result_.how = ending::signalled;
}

// The cut is moved to the start of a line: a part of an address would escape redaction.
void supervisor::trim_errors() {
  auto& errors = result_.errors;
  if (errors.size() > command_.max_errors) {
    errors.erase(0, errors.size() - command_.max_errors);
    errors_cut_ = true;
  }
  if (errors_cut_)
    errors.erase(0, std::min(errors.find('\n'), errors.size() - 1) + 1);
}

}  // namespace

cancellation::cancellation() : descriptor_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {}

cancellation::~cancellation() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

void cancellation::request() noexcept {
  requested_.store(true);
  const std::uint64_t one = 1;
  // A full counter is readable already, which is all that is wanted.
  [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

bool cancellation::requested() const noexcept {
  return requested_.load();
}

int cancellation::descriptor() const noexcept {
  return descriptor_;
}

namespace {

caf::expected<child_result> run_fed(const child_command& command, child_feed* feed,
                                    const cancellation& cancel) {
  child_result unstarted;
  if (cancel.requested()) {
    unstarted.how = ending::cancelled;
    return unstarted;
  }
  if (command.deadline <= milliseconds{0}) {
    unstarted.how = ending::timed_out;
    return unstarted;
  }
  auto child = spawn(command, feed == nullptr ? input_kind::whole : input_kind::stream);
  if (!child)
    return child.error();
  return supervisor{command, cancel, std::move(*child), feed}.run();
}

}  // namespace

caf::expected<child_result> run(const child_command& command, const cancellation& cancel) {
  return run_fed(command, nullptr, cancel);
}

caf::expected<child_result> run(const child_command& command, child_feed& feed,
                                const cancellation& cancel) {
  return run_fed(command, &feed, cancel);
}

}  // namespace headway::git

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include <tools/process/signals.hpp>

namespace headway::tools {

namespace {

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const auto signal : signals)
    ::sigaddset(&set, signal);
  return set;
}

extern "C" void end_at_once(int signal) {
  ::_exit(128 + signal);
}

}  // namespace

signal_inbox::signal_inbox(std::initializer_list<int> watched) : watched_(set_of(watched)) {
  ::signal(SIGPIPE, SIG_IGN);
  ::pthread_sigmask(SIG_BLOCK, &watched_, nullptr);
}

int signal_inbox::wait() const {
  int signal = 0;
  while (::sigwait(&watched_, &signal) != 0) {
  }
  return signal;
}

std::optional<int> signal_inbox::wait(std::chrono::milliseconds patience) const {
  using namespace std::chrono;
  const auto end = steady_clock::now() + patience;
  for (;;) {
    const auto left = std::max(nanoseconds{0}, nanoseconds{end - steady_clock::now()});
    const timespec time{static_cast<time_t>(duration_cast<seconds>(left).count()),
                        static_cast<long>((left % seconds{1}).count())};
    const auto signal = ::sigtimedwait(&watched_, nullptr, &time);
    if (signal > 0)
      return signal;
    if (errno != EINTR)
      return std::nullopt;
  }
}

void signal_inbox::make_fatal() const {
  struct sigaction action {};
  action.sa_handler = end_at_once;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  const auto set = set_of({SIGINT, SIGTERM});
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void signal_inbox::watch_again() const {
  ::pthread_sigmask(SIG_BLOCK, &watched_, nullptr);
}

int status_after(int signal) noexcept {
  return 128 + signal;
}

}  // namespace headway::tools

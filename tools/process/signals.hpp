/// Signals as events of the main thread.
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>

#include <signal.h>

namespace headway::tools {

/// Takes the watched signals out of the hands of the kernel. No handler runs and no thread waits:
/// the main thread asks. Ignores SIGPIPE for the whole process, since a reader that went away is an
/// ordinary error of a write. Belongs to the main thread.
class signal_inbox {
 public:
  /// REQUIRES: no other thread exists yet; those that come inherit the blocked signals.
  explicit signal_inbox(std::initializer_list<int> watched);
  signal_inbox(const signal_inbox&) = delete;
  signal_inbox& operator=(const signal_inbox&) = delete;

  /// The next signal, however long it takes.
  int wait() const;
  /// The next signal, if one comes within `patience`.
  std::optional<int> wait(std::chrono::milliseconds patience) const;

  /// From now on SIGINT and SIGTERM end the process at once, with 128 plus their number as exit
  /// status: for work that cannot be interrupted otherwise, and for whoever asks a second time.
  void make_fatal() const;
  /// Takes that back.
  void watch_again() const;

 private:
  sigset_t watched_;
};

/// The exit status by which a shell knows that `signal` ended a program.
int status_after(int signal) noexcept;

}  // namespace headway::tools

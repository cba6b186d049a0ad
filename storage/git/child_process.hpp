/// Running another program so that it can always be stopped: own process group, no terminal,
/// bounded output, deadline, cancellation.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

namespace headway::git {

/// Stops a running child from another thread. Shared between the one who runs and the one who
/// stops.
class cancellation {
 public:
  cancellation();
  ~cancellation();
  cancellation(const cancellation&) = delete;
  cancellation& operator=(const cancellation&) = delete;

  /// Any thread, any number of times; wakes the runner at once.
  void request() noexcept;
  bool requested() const noexcept;
  /// Becomes readable when requested. Owned by this object.
  int descriptor() const noexcept;

 private:
  int descriptor_ = -1;
  std::atomic<bool> requested_{false};
};

struct child_command {
  std::vector<std::string> argv;  ///< argv[0] is looked up in PATH. Never holds a secret.
  std::string directory;          ///< Working directory; empty: inherited.
  std::vector<std::pair<std::string, std::string>> environment;  ///< Added to the inherited one.
  std::vector<std::string> unset;                                ///< Names taken out of it.
  std::string input;
  std::chrono::milliseconds deadline{60'000};
  std::chrono::milliseconds kill_grace{10'000};
  std::size_t max_output = 64ull << 20;  ///< More on stdout ends the child with an error.
  /// The end of stderr is kept, from the start of a line, so that no part of an address escapes
  /// redaction.
  std::size_t max_errors = 64ull << 10;
};

struct child_result {
  enum class ending { exited, signalled, timed_out, cancelled, output_too_large };
  ending how = ending::exited;
  int status = 0;  ///< Exit status, or the signal.
  std::string output;
  std::string errors;  ///< As written; redact before showing.
};

/// Runs to the end. Blocks. At the deadline: SIGTERM to the process group, `kill_grace`, SIGKILL;
/// at cancellation the grace is at most 200 ms, because somebody waits for the worker. The pipes
/// are closed on this side, so that a grandchild that holds them delays nobody; it is killed when
/// it is still in the group (one that made a session of its own, such as ssh's ControlPersist
/// master, lives on). stdin is `input` and then its end, or /dev/null; there is no controlling
/// terminal, so nothing can prompt. The child is always reaped; only a child in an uninterruptible
/// kernel wait (a dead NFS server) holds the caller up after SIGKILL. Errors: `io` when the program
/// cannot be started.
caf::expected<child_result> run(const child_command& command, const cancellation& cancel);

}  // namespace headway::git

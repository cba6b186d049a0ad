/// Running another program so that it can always be stopped: own process group, no terminal,
/// bounded output, deadline, cancellation.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

struct pollfd;

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

/// Whom a child leaves processor and disk to. `background`: to whoever else wants them.
enum class child_priority : std::uint8_t { usual, background };

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
  std::uint64_t max_file = 0;  ///< No file may become larger by it or its children; 0: no limit.
  child_priority priority = child_priority::usual;  ///< Of its children too.
};

/// What a child reads from its stdin when that comes in while it runs. One thread.
class child_feed {
 public:
  virtual ~child_feed() = default;
  /// Waits as poll(2) does, and lets more come in meanwhile. Entries with a negative descriptor are
  /// passed over.
  virtual void wait(std::span<pollfd> events, std::chrono::milliseconds timeout) = 0;
  /// What can be given to the child now.
  virtual std::string_view ready() const = 0;
  /// So much of it has been given.
  virtual void given(std::size_t count) = 0;
  /// Nothing will come any more.
  virtual bool ended() const = 0;
};

struct child_result {
  enum class ending { exited, signalled, timed_out, cancelled, output_too_large };
  ending how = ending::exited;
  int status = 0;  ///< Exit status, or the signal.
  std::string output;
  std::string errors;  ///< As written; redact before showing.
};

/// Runs to the end. Blocks. At the deadline: SIGTERM to the process group, `kill_grace`, SIGKILL;
/// at cancellation the grace is at most 120 ms, because somebody waits for the worker. The pipes
/// are closed on this side, so that a grandchild that holds them delays nobody; it is killed when
/// it is still in the group (one that made a session of its own, such as ssh's ControlPersist
/// master, lives on). stdin is `input` and then its end, or /dev/null; there is no controlling
/// terminal, so nothing can prompt. The child is always reaped; only a child in an uninterruptible
/// kernel wait (a dead NFS server) holds the caller up after SIGKILL. Errors: `io` when the program
/// cannot be started.
caf::expected<child_result> run(const child_command& command, const cancellation& cancel);

/// The same with stdin from `feed`; `command.input` is not used. A feed that ends too early is the
/// caller's to know: the child only sees the end of its input.
caf::expected<child_result> run(const child_command& command, child_feed& feed,
                                const cancellation& cancel);

}  // namespace headway::git

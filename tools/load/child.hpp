/// Programs that the harness runs: to their end, or beside it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace headway::load {

struct run_result {
  int status = 0;  ///< Exit status; 128 + signal when killed.
  std::string output;
  std::string errors;
};

/// Runs a program to its end, in an environment that knows nothing of the person's configuration of
/// git. Blocks. Throws `std::runtime_error` when it cannot be started.
run_result run(const std::vector<std::string>& argv, const std::string& input = {});

/// Output less its final newline; throws with the program's words when it fails.
std::string output_of(const std::vector<std::string>& argv, const std::string& input = {});

/// A program in a process group of its own. Not thread-safe.
class child {
 public:
  /// What it prints goes to the end of `log`. Throws when it cannot be started.
  child(const std::vector<std::string>& argv,
        const std::vector<std::pair<std::string, std::string>>& environment,
        const std::filesystem::path& log);
  /// Stops it, and everything that it started.
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  pid_t pid() const noexcept { return pid_; }
  bool runs();
  void signal(int number) const;
  /// SIGTERM, and SIGKILL to the group after `patience`. Answers whether it ended by itself.
  bool stop(std::chrono::milliseconds patience);
  /// SIGKILL to the program alone, as the kernel does when memory runs out; waits for it.
  void kill();

 private:
  bool ended_within(std::chrono::milliseconds patience);
  pid_t pid_ = -1;
  int exit_event_ = -1;
};

/// Processes that it has started and not waited for, the youngest last.
std::vector<pid_t> children_of(pid_t parent);

/// Whether a port of loopback accepts connections before `patience` is over or `process` ends.
bool await_port(const std::string& address, std::uint16_t port, child& process,
                std::chrono::milliseconds patience);

/// A port that nobody listens on right now.
std::uint16_t free_port();

/// The last lines of a file, for messages.
std::string end_of(const std::filesystem::path& file);

}  // namespace headway::load

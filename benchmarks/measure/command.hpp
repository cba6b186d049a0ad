/// Running a program and what that cost.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace headway::measure {

struct command {
  std::vector<std::string> argv;
  std::filesystem::path directory{};  ///< Where it runs; empty: here.
  /// Added to the environment of this process.
  std::vector<std::pair<std::string, std::string>> environment{};
  std::filesystem::path input{};  ///< Its standard input; empty: /dev/null.
};

struct command_cost {
  int status = 0;  ///< Exit status; 128 + signal when killed.
  std::string output;
  std::string errors;
  std::chrono::nanoseconds wall{};  ///< From before it was started until it was waited for.
  std::chrono::nanoseconds cpu{};   ///< With its own children, as far as it waited for them.
  std::uint64_t peak_resident_bytes = 0;
};

/// Runs the program to its end.
///
/// A small launcher stands between, because Linux counts the memory of whoever forked a process
/// into that process's peak: without it every program would seem as large as the benchmark. Throws
/// `std::runtime_error` when the launcher cannot run; a program that cannot be started has status
/// 127.
command_cost run(const command& what);

/// Output of a command that must succeed, less its final newline; throws with its words otherwise.
std::string output_of(const command& what);

}  // namespace headway::measure

/// The command line of `sqlite_concurrency`.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace headway::sqlite_concurrency {

struct options {
  std::filesystem::path directory;    ///< On the disk that is measured.
  std::vector<std::string> sections;  ///< Empty: all.
  std::size_t rounds = 5;
  std::size_t projects = 10'000;
  std::size_t submitters = 10;
  std::chrono::milliseconds each{1'000};  ///< For each contender in each round.
  std::filesystem::path json;

  bool wants(const std::string& section) const;
};

/// What was asked for, or the status to end with after --help or a mistake.
std::variant<options, int> parse(int argc, const char* const* argv);

}  // namespace headway::sqlite_concurrency

/// The command line of `repo_open_latency`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace headway::repo_open_latency {

struct options {
  std::filesystem::path cache;  ///< Where made-up repositories are kept.
  std::vector<std::uint32_t> commits{500, 10'000, 100'000};
  std::vector<std::size_t> users{1, 10, 50};
  std::size_t rounds = 5;
  std::size_t cold_samples = 10;
  std::size_t hard_disk_samples = 5;
  std::chrono::milliseconds each{500};  ///< For each contender in each round.
  std::filesystem::path json;
};

/// What was asked for, or the status to end with after --help or a mistake.
std::variant<options, int> parse(int argc, const char* const* argv);

}  // namespace headway::repo_open_latency

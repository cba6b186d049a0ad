/// The command line of `graph_queries`.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <benchmarks/history/kernel_history.hpp>

namespace headway::graph_queries {

struct options {
  std::vector<std::filesystem::path> repositories;
  /// Of a made-up history, where it is kept; unless repositories are named.
  std::filesystem::path cache;
  history::kernel_plan plan;
  std::vector<std::string> sections;  ///< Empty: all.
  std::string newest_git;             ///< Empty: there is none.
  std::string headway;                ///< Empty: no whole process is measured.
  std::size_t rounds = 5;
  std::size_t pairs = 200;  ///< For each distance.
  std::size_t whole_branches = 1'000;
  std::size_t checked_pairs = 0;  ///< Compare so many pairs with git, and measure nothing.
  std::filesystem::path json;
  std::filesystem::path plot;

  bool wants(const std::string& section) const;
};

/// What was asked for, or the status to end with after --help or a mistake.
std::variant<options, int> parse(int argc, const char* const* argv);

}  // namespace headway::graph_queries

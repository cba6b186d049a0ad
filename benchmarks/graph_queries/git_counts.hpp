/// Counting by git, a process each time.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <benchmarks/measure/command.hpp>

#include <messages/graph.hpp>

namespace headway::graph_queries {

struct counted {
  ahead_behind counts;
  measure::command_cost cost;
};

struct counted_branches {
  std::map<std::string, ahead_behind> counts;  ///< By the branch's name.
  measure::command_cost cost;
};

/// Some git. All throw with git's words when it fails.
class git_counts {
 public:
  explicit git_counts(std::string program) : program_{std::move(program)} {}

  /// "2.39.5"
  std::string version() const;

  /// `rev-list --left-right --count`, one pair.
  counted rev_list(const std::filesystem::path& repository, const tip_pair& pair) const;

  /// `for-each-ref %(upstream:track)`: all branches with their upstreams, a walk each.
  counted_branches track(const std::filesystem::path& repository) const;

  /// `for-each-ref %(ahead-behind:BASE)`: all branches with one base, one walk. Git 2.41 or newer.
  counted_branches ahead_behind_of(const std::filesystem::path& repository,
                                   const std::string& base) const;

 private:
  measure::command_cost run(const std::filesystem::path& repository,
                            std::vector<std::string> arguments) const;

  std::string program_;
};

/// Of what git writes for %(upstream:track,nobracket): "", "ahead 3", "ahead 3, behind 4".
ahead_behind parse_track(const std::string& text);

}  // namespace headway::graph_queries

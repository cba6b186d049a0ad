/// Whether all who were asked say the same.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <benchmarks/graph_queries/subject.hpp>
#include <benchmarks/measure/report.hpp>

namespace headway::graph_queries {

/// Counterparts that stop by dates, and are known to be wrong where clocks were: `rev-list` and
/// `%(upstream:track)` without a commit-graph of version 2, and libgit2. Others are never wrong.
enum class counterpart : std::uint8_t { exact, dated };

class verdicts {
 public:
  /// A difference is judged by the two sets of ancestors themselves, from git's list of commits.
  void compare(const std::string& who, counterpart kind, const subject& of, const tip_pair& pair,
               const ahead_behind& ours, const ahead_behind& theirs);

  /// Ours was wrong, or an exact counterpart differed.
  bool failed() const noexcept { return failed_; }

  /// A row for each counterpart, with the first pair that it got wrong.
  void add_to(measure::report& report) const;

 private:
  struct account {
    std::uint64_t compared = 0;
    std::uint64_t wrong = 0;
    std::string example;
  };

  std::map<std::string, account> accounts_;
  std::uint64_t ours_wrong_ = 0;
  bool failed_ = false;
};

}  // namespace headway::graph_queries

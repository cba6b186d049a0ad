/// A made-up history with the shape of that of Linux, as large as one likes, from a seed.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

namespace headway::history {

struct kernel_plan {
  std::uint32_t commits = 1'300'000;  ///< On the main branch; side lines come on top, some 15 %.
  std::uint64_t seed = 1;
  std::uint32_t branches = 200;  ///< Each with an upstream, 0 to 1,000,000 commits apart.
  /// Of the commits have a date before that of a parent.
  double skewed = 0.01;
};

/// What was written.
struct kernel_figures {
  std::uint32_t commits = 0;
  std::uint32_t merges = 0;
  std::uint32_t octopuses = 0;
};

/// Writes the history as a stream for `git fast-import`. The same plan gives the same stream, and
/// so the same ids.
///
/// One trunk, "main", in release cycles. During a cycle up to 110 lines of work grow from recent
/// points of the trunk, of lines of patches and merged topics, some of them octopuses; then the
/// trunk merges them all, and fixes for seven weeks. Every sixth line is never begun anew: it lives
/// beside the trunk, and merges it from time to time. Beside all that grow "stable/N" branches,
/// which nobody merges, and "integration", which merges everything and is merged by nobody. The
/// tree is the same everywhere, so that the repository consists of commits.
///
/// Branch "bN" has "origin/bN" as upstream; `write_branch_settings` tells Git so. Distances between
/// the two go through 0, 1, 10, …, 1,000,000, scaled down with a smaller `commits`; "bN" has 0 to
/// 1,000 commits of its own.
kernel_figures write_kernel_history(const kernel_plan& plan, std::ostream& out);

/// Lines for the repository's configuration: the upstream of each branch.
void write_branch_settings(const kernel_plan& plan, std::ostream& out);

}  // namespace headway::history

/// Random histories for the tests of this folder: as numbers, and as commits of a real repository.
#pragma once

#include <cstdint>
#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <tests/support/sandbox.hpp>

#include <messages/graph.hpp>
#include <messages/ids.hpp>
#include <storage/graph/commit_graph.hpp>

namespace headway::test {

enum class shape { linear, branching, criss_cross, octopus, many_roots };
enum class dates { rising, equal, skewed };

/// Commit `i` has parents below `i`.
struct history {
  std::vector<std::vector<std::uint32_t>> parents;
  std::vector<long long> dates;

  std::uint32_t size() const { return static_cast<std::uint32_t>(parents.size()); }
};

history random_history(std::uint64_t seed, shape form, dates times, std::uint32_t size);

/// Commits that are nobody's parent.
std::vector<std::uint32_t> heads(const history& plan);

/// By commit: its ancestors, itself included.
std::vector<std::vector<bool>> ancestries(const history& plan);
ahead_behind difference(const std::vector<bool>& local, const std::vector<bool>& upstream);

/// Writes all commits to the repository; a branch "head-<i>" for each head. Answers the ids.
std::vector<oid> import(const sandbox& box, const std::filesystem::path& repository,
                        const history& plan);

/// Ids for a history that is in no repository.
std::vector<oid> invented_ids(std::uint32_t size);

/// Reads parents from the plan and counts how often it was asked; `missing_object` for the commits
/// in `lost`.
struct plan_reader {
  const history& plan;
  const std::vector<oid>& ids;
  std::set<oid> lost{};
  std::uint64_t reads = 0;

  graph::parent_reader function();
};

/// All ancestors of a commit as real git lists them, commit-graph files switched off.
std::set<oid> rev_list(const sandbox& box, const std::filesystem::path& repository, const oid& tip);

/// The definition: sizes of the two differences of the sets that `rev_list` gives.
ahead_behind difference(const std::set<oid>& local, const std::set<oid>& upstream);

/// Loads the files of a repository's own object directory.
graph::commit_graph_ptr load_graph(const std::filesystem::path& repository,
                                   ancestry_overrides overrides = {});

std::string to_text(const ahead_behind& counts);
std::string to_text(const pair_count& count);

}  // namespace headway::test

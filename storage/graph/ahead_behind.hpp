/// Counting ahead and behind on a commit graph.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <messages/graph.hpp>
#include <storage/graph/commit_graph.hpp>

namespace headway::graph {

/// Most commits that the walk for one pair may visit; 0: no limit. A snapshot with an index needs
/// no walk and no budget.
struct walk_budget {
  std::uint64_t commits = 0;
};

/// Sizes of the two differences of the ancestry sets of each pair, exact whatever the commit dates
/// say, with an index or without. Equal tips are 0/0 even when the graph does not contain them. A
/// tip that it does not contain, or a walk over its budget, gives a reason instead. With an index,
/// pairs of the same upstream are cheapest next to each other. Any thread; the graph is shared, the
/// scratch memory is the caller's thread's own.
std::vector<pair_count> count(const commit_graph& graph, std::span<const tip_pair> pairs,
                              walk_budget budget = {});

}  // namespace headway::graph

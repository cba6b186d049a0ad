#include <storage/graph/ahead_behind.hpp>
#include <storage/graph/bounded_walk.hpp>
#include <storage/graph/commit_graph_state.hpp>

namespace headway::graph {

namespace {

pair_count unknown(std::string reason) {
  return {std::nullopt, std::move(reason)};
}

std::string absent(const oid& tip) {
  return "commit " + tip.hex() + " or one of its ancestors is not in the object database";
}

}  // namespace

std::vector<pair_count> count(const commit_graph& graph, std::span<const tip_pair> pairs,
                              walk_budget budget) {
  // Kept between calls: a fresh one would have to clear a byte for every commit of the graph.
  static thread_local bounded_walk walk;
  const auto runs = graph.state().runs();
  const auto one = [&](const tip_pair& pair) {
    if (pair.local == pair.upstream)
      return pair_count{ahead_behind{}, {}};
    const auto local = graph.find(pair.local);
    if (!local)
      return unknown(absent(pair.local));
    const auto upstream = graph.find(pair.upstream);
    if (!upstream)
      return unknown(absent(pair.upstream));
    if (const auto counts = walk.count(runs, *local, *upstream, budget.commits))
      return pair_count{counts, {}};
    return unknown("more than " + std::to_string(budget.commits) +
                   " commits would have to be visited");
  };
  std::vector<pair_count> counts;
  counts.reserve(pairs.size());
  for (const auto& pair : pairs)
    counts.push_back(one(pair));
  return counts;
}

}  // namespace headway::graph

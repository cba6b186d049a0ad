#include <storage/graph/ahead_behind.hpp>
#include <storage/graph/bounded_walk.hpp>
#include <storage/graph/chain_query.hpp>
#include <storage/graph/commit_graph_state.hpp>

namespace headway::graph {

namespace {

pair_count unknown(std::string reason) {
  return {std::nullopt, std::move(reason)};
}

std::string absent(const oid& tip) {
  return "commit " + tip.hex() + " or one of its ancestors is not in the object database";
}

/// Counts on one snapshot: from its index if it has one, else by walking.
class counter {
 public:
  counter(const commit_graph& graph, walk_budget budget)
      : graph_{graph.state()}, budget_{budget.commits}, scratch_{scratch_of_this_thread()} {
    scratch_.query.forget();
    if (!graph_.index)
      runs_ = graph_.runs();
  }

  pair_count answer(const tip_pair& pair) {
    if (pair.local == pair.upstream)
      return {ahead_behind{}, {}};
    const auto local = graph_.find(pair.local);
    if (!local)
      return unknown(absent(pair.local));
    const auto upstream = graph_.find(pair.upstream);
    if (!upstream)
      return unknown(absent(pair.upstream));
    if (graph_.index)
      return {scratch_.query.count(*graph_.index, *local, *upstream), {}};
    if (const auto counts = scratch_.walk.count(runs_, *local, *upstream, budget_))
      return {counts, {}};
    return unknown("more than " + std::to_string(budget_) + " commits would have to be visited");
  }

 private:
  struct scratch {
    bounded_walk walk;
    chain_query query;
  };

  /// Kept between calls: a fresh one would have to clear a byte for every commit of the graph.
  static scratch& scratch_of_this_thread() {
    static thread_local scratch mine;
    return mine;
  }

  const commit_graph::impl& graph_;
  std::uint64_t budget_;
  scratch& scratch_;
  std::vector<const parent_list*> runs_;
};

}  // namespace

std::vector<pair_count> count(const commit_graph& graph, std::span<const tip_pair> pairs,
                              walk_budget budget) {
  counter counts{graph, budget};
  std::vector<pair_count> answers;
  answers.reserve(pairs.size());
  for (const auto& pair : pairs)
    answers.push_back(counts.answer(pair));
  return answers;
}

}  // namespace headway::graph

#include <algorithm>
#include <optional>

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

  /// Together, so that the memory which the look-ups of one pair wait for comes while those of the
  /// others wait too: one by one, pairs of a large graph that was not asked lately take twice as
  /// long.
  void answer(std::span<const tip_pair> group, std::vector<pair_count>& answers) {
    if (group.size() > 1)
      fetch_ids(group);
    found_.clear();
    for (std::size_t i = 0; i < group.size(); ++i) {
      const bool same_upstream = i > 0 && group[i].upstream == group[i - 1].upstream;
      found_.push_back({graph_.find(group[i].local),
                        same_upstream ? found_.back().upstream : graph_.find(group[i].upstream)});
    }
    if (group.size() > 1 && graph_.index)
      fetch_chains();
    for (std::size_t i = 0; i < group.size(); ++i)
      answers.push_back(answer(group[i], found_[i]));
  }

  static constexpr std::size_t largest_group = 32;

 private:
  struct found_pair {
    std::optional<std::uint32_t> local;
    std::optional<std::uint32_t> upstream;
  };

  void fetch_ids(std::span<const tip_pair> group) const {
    const auto* const ids = graph_.file_ids();
    if (ids == nullptr)
      return;
    for (const auto& pair : group) {
      ids->fetch_first(pair.local);
      ids->fetch_first(pair.upstream);
    }
    for (const auto& pair : group) {
      ids->fetch_next(pair.local);
      ids->fetch_next(pair.upstream);
    }
  }

  void fetch_chains() const {
    const auto& index = *graph_.index;
    for (const auto& pair : found_)
      if (pair.local)
        index.fetch_place(*pair.local);
    for (const auto& pair : found_)
      if (pair.local)
        index.fetch_chain(index.place(*pair.local).chain);
    for (const auto& pair : found_)
      if (pair.local)
        index.fetch_lists(index.place(*pair.local).chain);
  }

  pair_count answer(const tip_pair& pair, const found_pair& found) {
    if (pair.local == pair.upstream)
      return {ahead_behind{}, {}};
    if (!found.local)
      return unknown(absent(pair.local));
    if (!found.upstream)
      return unknown(absent(pair.upstream));
    if (graph_.index)
      return {scratch_.query.count(*graph_.index, *found.local, *found.upstream), {}};
    if (const auto counts = scratch_.walk.count(runs_, *found.local, *found.upstream, budget_))
      return {counts, {}};
    return unknown("more than " + std::to_string(budget_) + " commits would have to be visited");
  }

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
  std::vector<found_pair> found_;
};

}  // namespace

std::vector<pair_count> count(const commit_graph& graph, std::span<const tip_pair> pairs,
                              walk_budget budget) {
  counter counts{graph, budget};
  std::vector<pair_count> answers;
  answers.reserve(pairs.size());
  for (; !pairs.empty(); pairs = pairs.subspan(std::min(pairs.size(), counter::largest_group)))
    counts.answer(pairs.first(std::min(pairs.size(), counter::largest_group)), answers);
  return answers;
}

}  // namespace headway::graph

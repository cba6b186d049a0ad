#include <algorithm>
#include <utility>
#include <vector>

#include <storage/graph/chain_builder.hpp>

namespace headway::graph {

namespace {

/// A segment while it is being built.
struct chain_lists {
  std::uint32_t first_commit = 0;
  std::uint32_t first_chain = 0;
  std::vector<chain_place> places;
  std::vector<chain_segment::chain> chains;
  std::vector<chain_segment::merge> merges;
  std::vector<chain_segment::step> heights;
  std::vector<chain_segment::step> joins;
  std::vector<std::uint32_t> covered;
};

template <class... Items>
std::uint64_t bytes_of(const std::vector<Items>&... lists) {
  return ((lists.capacity() * sizeof(Items)) + ...);
}

std::shared_ptr<const chain_segment> as_segment(std::shared_ptr<const chain_lists> lists) {
  auto segment = std::make_shared<chain_segment>();
  segment->first_commit = lists->first_commit;
  segment->first_chain = lists->first_chain;
  segment->places = lists->places;
  segment->chains = lists->chains;
  segment->merges = lists->merges;
  segment->heights = lists->heights;
  segment->joins = lists->joins;
  segment->covered = lists->covered;
  segment->storage_bytes = bytes_of(lists->places, lists->chains, lists->merges, lists->heights,
                                    lists->joins, lists->covered);
  segment->storage = std::move(lists);
  return segment;
}

/// Dense ids follow topological order, so each pass is one sweep over arrays and needs no stack:
/// downwards to cut chains (children before parents), upwards to sum up (parents before children).
class builder {
 public:
  builder(std::span<const parent_list* const> runs, const chain_index* below)
      : runs_{runs}, below_{below}, lists_{std::make_shared<chain_lists>()} {
    lists_->first_commit = below == nullptr ? 0 : below->size();
    lists_->first_chain = below == nullptr ? 0 : below->chain_count();
    end_ = runs.back()->last() + 1;
    lists_->places.assign(end_ - first(), {chain_segment::no_chain, 0});
  }

  void cut_trunk(std::uint32_t tip);
  void cut_chains();
  void place_upwards();
  void join_trunk();
  std::shared_ptr<const chain_segment> finish();

 private:
  /// A step of some chain, before the lists are sorted by chain.
  struct event {
    std::uint32_t chain;
    chain_segment::step step;
  };
  using list_start = std::uint32_t chain_segment::chain::*;

  std::uint32_t first() const { return lists_->first_commit; }
  chain_place& own_place(std::uint32_t commit) { return lists_->places[commit - first()]; }
  chain_place place(std::uint32_t commit) {
    return commit < first() ? below_->place(commit) : own_place(commit);
  }
  std::uint32_t height(std::uint32_t commit) const {
    return commit < first() ? below_->height(below_->place(commit)) : heights_[commit - first()];
  }
  chain_segment::chain& row(std::uint32_t chain) {
    return lists_->chains[chain - lists_->first_chain];
  }
  bool on_trunk(chain_place place) const { return place.chain == 0 && below_ == nullptr; }

  std::uint32_t new_chain();
  void cut_at(const parent_list& run, std::uint32_t commit);
  void place_commit(const parent_list& run, std::uint32_t commit);
  void join(chain_place parent, std::uint32_t height, std::vector<std::uint32_t>& joined);
  void sort_steps(const std::vector<event>& events, list_start start,
                  std::vector<chain_segment::step>& steps);

  std::span<const parent_list* const> runs_;
  const chain_index* below_;  ///< Null for the lowest segment.
  std::shared_ptr<chain_lists> lists_;
  std::uint32_t end_ = 0;
  std::vector<std::uint32_t> trunk_;       ///< Oldest first.
  std::vector<std::uint32_t> lengths_;     ///< By chain of this segment.
  std::vector<std::uint32_t> lower_ends_;  ///< First parent of the oldest commit, or `none`.
  std::vector<std::uint32_t> next_merge_;  ///< By chain: counts first, then places to fill.
  std::vector<std::uint32_t> heights_;     ///< By commit.
  std::vector<event> height_events_;
  std::vector<event> join_events_;
  std::vector<chain_place> open_;
  std::uint32_t newly_joined_ = 0;
};

std::uint32_t builder::new_chain() {
  lengths_.push_back(0);
  lower_ends_.push_back(parent_list::none);
  next_merge_.push_back(0);
  return lists_->first_chain + static_cast<std::uint32_t>(lengths_.size()) - 1;
}

void builder::cut_trunk(std::uint32_t tip) {
  auto run = runs_.rbegin();
  for (auto commit = tip; commit != parent_list::none; commit = (*run)->first_parent(commit)) {
    trunk_.push_back(commit);
    while (commit < (*run)->first())
      ++run;
  }
  std::reverse(trunk_.begin(), trunk_.end());
  const auto chain = new_chain();
  for (std::uint32_t i = 0; i < trunk_.size(); ++i)
    own_place(trunk_[i]) = {chain, i};
}

void builder::cut_chains() {
  for (auto run = runs_.rbegin(); run != runs_.rend() && (*run)->last() >= first(); ++run) {
    const auto lowest = std::max(first(), (*run)->first());
    for (auto commit = (*run)->last() + 1; commit-- > lowest;)
      cut_at(**run, commit);
  }
}

/// Positions count from the top here: the length of the chain is not known yet.
void builder::cut_at(const parent_list& run, std::uint32_t commit) {
  auto& here = own_place(commit);
  if (on_trunk(here))
    return;
  if (here.chain == chain_segment::no_chain)
    here = {new_chain(), 0};
  const auto chain = here.chain - lists_->first_chain;
  run.for_each_other_parent(commit, [&](std::uint32_t) { ++next_merge_[chain]; });
  const auto parent = run.first_parent(commit);
  if (parent != parent_list::none && parent >= first() &&
      own_place(parent).chain == chain_segment::no_chain) {
    own_place(parent) = {here.chain, here.position + 1};
    return;
  }
  lengths_[chain] = here.position + 1;
  lower_ends_[chain] = parent;
}

void builder::place_upwards() {
  lists_->chains.resize(lengths_.size() + 1);
  std::uint32_t merges = 0;
  for (std::size_t i = 0; i < lengths_.size(); ++i) {
    lists_->chains[i].merges_from = merges;
    merges += std::exchange(next_merge_[i], merges);
  }
  lists_->chains.back().merges_from = merges;
  lists_->merges.resize(merges);
  heights_.resize(end_ - first());
  for (const auto* run : runs_)
    for (auto commit = std::max(first(), run->first()); commit <= run->last(); ++commit)
      place_commit(*run, commit);
  sort_steps(height_events_, &chain_segment::chain::heights_from, lists_->heights);
}

void builder::place_commit(const parent_list& run, std::uint32_t commit) {
  auto& here = own_place(commit);
  auto& reached = heights_[commit - first()];
  if (on_trunk(here)) {
    reached = here.position + 1;
    return;
  }
  const auto chain = here.chain - lists_->first_chain;
  here.position = lengths_[chain] - 1 - here.position;
  const auto parent = run.first_parent(commit);
  reached = parent == parent_list::none ? 0 : height(parent);
  const auto before = here.position == 0 ? 0 : reached;
  if (here.position == 0 && parent != parent_list::none)
    lists_->chains[chain].below = place(parent);
  run.for_each_other_parent(commit, [&](std::uint32_t other) {
    lists_->merges[next_merge_[chain]++] = {here.position, place(other)};
    reached = std::max(reached, height(other));
  });
  if (reached > before)
    height_events_.push_back({here.chain, {here.position, reached}});
}

/// Gives each trunk commit in turn what it is the first to contain.
void builder::join_trunk() {
  std::vector<std::uint32_t> joined(lengths_.size(), 0);
  auto& covered = lists_->covered;
  covered.reserve(trunk_.size() + 1);
  covered.push_back(0);
  auto run = runs_.begin();
  for (std::uint32_t i = 0; i < trunk_.size(); ++i) {
    while (trunk_[i] > (*run)->last())
      ++run;
    newly_joined_ = 1;
    (*run)->for_each_other_parent(trunk_[i],
                                  [&](std::uint32_t other) { open_.push_back(place(other)); });
    while (!open_.empty()) {
      const auto next = open_.back();
      open_.pop_back();
      join(next, i + 1, joined);
    }
    covered.push_back(covered.back() + newly_joined_);
  }
}

void builder::join(chain_place parent, std::uint32_t height, std::vector<std::uint32_t>& joined) {
  const auto before = joined[parent.chain];
  if (parent.chain == 0 || parent.position < before)
    return;
  joined[parent.chain] = parent.position + 1;
  newly_joined_ += parent.position + 1 - before;
  join_events_.push_back({parent.chain, {parent.position + 1, height}});
  const auto* const here = &lists_->chains[parent.chain];
  const auto end = lists_->merges.begin() + here[1].merges_from;
  auto merge = std::lower_bound(
      lists_->merges.begin() + here[0].merges_from, end, before,
      [](const auto& one, std::uint32_t position) { return one.position < position; });
  for (; merge != end && merge->position <= parent.position; ++merge)
    open_.push_back(merge->parent);
  if (before == 0 && here->below.chain != chain_segment::no_chain)
    open_.push_back(here->below);
}

void builder::sort_steps(const std::vector<event>& events, list_start start,
                         std::vector<chain_segment::step>& steps) {
  auto& chains = lists_->chains;
  std::vector<std::uint32_t> next(chains.size(), 0);
  for (const auto& one : events)
    ++next[one.chain - lists_->first_chain];
  std::uint32_t from = 0;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    chains[i].*start = from;
    from += std::exchange(next[i], from);
  }
  steps.resize(events.size());
  for (const auto& one : events)
    steps[next[one.chain - lists_->first_chain]++] = one.step;
}

std::shared_ptr<const chain_segment> builder::finish() {
  sort_steps(join_events_, &chain_segment::chain::joins_from, lists_->joins);
  return as_segment(std::move(lists_));
}

}  // namespace

std::shared_ptr<const chain_segment> build_lowest_segment(std::span<const parent_list* const> runs,
                                                          std::uint32_t trunk_tip) {
  builder lowest{runs, nullptr};
  lowest.cut_trunk(trunk_tip);
  lowest.cut_chains();
  lowest.place_upwards();
  lowest.join_trunk();
  return lowest.finish();
}

std::shared_ptr<const chain_segment> build_segment(const chain_index& below,
                                                   std::span<const parent_list* const> runs) {
  builder upper{runs, &below};
  upper.cut_chains();
  upper.place_upwards();
  return upper.finish();
}

std::uint32_t tip_of_likely_trunk(std::span<const parent_list* const> runs,
                                  std::span<const std::uint32_t> candidates) {
  constexpr std::uint32_t merge_weight = 16;
  std::vector<std::uint32_t> scores;
  scores.reserve(runs.back()->last() + 1);
  for (const auto* run : runs)
    for (auto commit = run->first(); commit <= run->last(); ++commit) {
      const auto parent = run->first_parent(commit);
      const auto below = parent == parent_list::none ? 0 : scores[parent];
      scores.push_back(below + (run->is_merge(commit) ? merge_weight : 1));
    }
  if (!candidates.empty())
    return *std::ranges::max_element(candidates, {},
                                     [&](std::uint32_t commit) { return scores[commit]; });
  return static_cast<std::uint32_t>(std::max_element(scores.begin(), scores.end()) -
                                    scores.begin());
}

}  // namespace headway::graph

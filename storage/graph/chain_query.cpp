#include <algorithm>
#include <bit>
#include <utility>

#include <storage/graph/chain_query.hpp>

namespace headway::graph {

namespace {

// About as many as are looked at while one comes from memory.
constexpr std::size_t lists_ahead = 4;

/// Commits that are ancestors of both. REQUIRES: `low` does not reach higher up the trunk.
std::uint64_t common_ancestors(const chain_index& index, const beyond_trunk& high,
                               const beyond_trunk& low) {
  std::uint64_t common = index.covered(low.height());
  for (const auto& [chain, from, until] : low.intervals())
    common += std::clamp(high.prefix(index, chain), from, until) - from;
  return common;
}

}  // namespace

void beyond_trunk::set(const chain_index& index, std::uint32_t commit) {
  clear();
  const auto place = index.place(commit);
  height_ = index.height(place);
  open(index, place);
  // First come, first served: what waits behind has time to come into the processor's caches.
  for (std::size_t next = 0; next < open_.size(); ++next) {
    if (next + lists_ahead < open_.size())
      index.fetch_lists(open_[next + lists_ahead].chain);
    reach(index, open_[next]);
  }
  open_.clear();
}

void beyond_trunk::open(const chain_index& index, chain_place place) {
  // What is reached of the trunk is below `height_`.
  if (place.chain == 0)
    return;
  index.fetch_chain(place.chain);
  open_.push_back(place);
}

void beyond_trunk::clear() noexcept {
  intervals_.clear();
  size_ = 0;
  if (++epoch_ == 0) {
    std::fill(slots_.begin(), slots_.end(), slot{});
    epoch_ = 1;
  }
}

void beyond_trunk::reach(const chain_index& index, chain_place place) {
  const auto until = place.position + 1;
  const auto& found = slots_[slot_of(place.chain)];
  std::uint32_t before;
  if (found.epoch == epoch_) {
    auto& known = intervals_[found.interval];
    before = known.until;
    known.until = std::max(until, before);
  } else {
    before = index.joined_part(place.chain, height_);
    if (until > before)
      insert({place.chain, before, until});
  }
  if (until <= before)
    return;
  size_ += until - before;
  for (const auto& merge : index.merges(place.chain, before)) {
    if (merge.position >= until)
      break;
    open(index, merge.parent);
  }
  if (before == 0)
    if (const auto below = index.below(place.chain); below.chain != chain_segment::no_chain)
      open(index, below);
}

std::uint32_t beyond_trunk::prefix(const chain_index& index, std::uint32_t chain) const noexcept {
  const auto& found = slots_[slot_of(chain)];
  return found.epoch == epoch_ ? intervals_[found.interval].until
                               : index.joined_part(chain, height_);
}

std::size_t beyond_trunk::slot_of(std::uint32_t chain) const noexcept {
  const auto mask = slots_.size() - 1;
  // Fibonacci hashing: chains that are touched together have neighbouring numbers.
  auto at = (chain * 0x9e3779b97f4a7c15ull) >> (64 - std::countr_zero(slots_.size()));
  while (slots_[at].epoch == epoch_ && intervals_[slots_[at].interval].chain != chain)
    at = (at + 1) & mask;
  return at;
}

void beyond_trunk::insert(const interval& added) {
  if ((intervals_.size() + 1) * 2 > slots_.size())
    grow();
  slots_[slot_of(added.chain)] = {epoch_, static_cast<std::uint32_t>(intervals_.size())};
  intervals_.push_back(added);
}

void beyond_trunk::grow() {
  slots_.assign(slots_.size() * 2, slot{});
  epoch_ = 1;
  for (std::uint32_t i = 0; i < intervals_.size(); ++i)
    slots_[slot_of(intervals_[i].chain)] = {epoch_, i};
}

ahead_behind chain_query::count(const chain_index& index, std::uint32_t local,
                                std::uint32_t upstream) {
  if (std::exchange(local_known_, local) != local)
    local_.set(index, local);
  if (std::exchange(upstream_known_, upstream) != upstream)
    upstream_.set(index, upstream);
  // Of two at the same height, the one with fewer intervals is quicker to go through.
  const bool local_is_low = local_.height() != upstream_.height()
                                ? local_.height() < upstream_.height()
                                : local_.intervals().size() < upstream_.intervals().size();
  const auto common = local_is_low ? common_ancestors(index, upstream_, local_)
                                   : common_ancestors(index, local_, upstream_);
  return {index.covered(local_.height()) + local_.size() - common,
          index.covered(upstream_.height()) + upstream_.size() - common};
}

}  // namespace headway::graph

#include <algorithm>

#include <storage/graph/chain_builder.hpp>
#include <storage/graph/chain_index.hpp>

namespace headway::graph {

std::shared_ptr<const chain_index> chain_index::of(std::shared_ptr<const chain_segment> lowest) {
  auto index = std::make_shared<chain_index>();
  index->size_ = static_cast<std::uint32_t>(lowest->places.size());
  index->segments_.push_back(std::move(lowest));
  return index;
}

std::shared_ptr<const chain_index> chain_index::build(std::span<const parent_list* const> runs,
                                                      std::uint32_t trunk_tip) {
  return of(build_lowest_segment(runs, trunk_tip));
}

std::shared_ptr<const chain_index> chain_index::extend(const chain_index& index,
                                                       std::span<const parent_list* const> runs) {
  auto longer = std::make_shared<chain_index>(index);
  const auto size = runs.back()->last() + 1;
  // Short segments are built anew together with what follows them: a line that grows commit by
  // commit then is a few long chains, not one chain a commit.
  auto& segments = longer->segments_;
  while (segments.size() > 1 && segments.back()->places.size() <= 2 * (size - longer->size_))
    longer->drop_highest_segment();
  segments.push_back(build_segment(*longer, runs));
  longer->size_ = size;
  return longer;
}

void chain_index::drop_highest_segment() noexcept {
  size_ = segments_.back()->first_commit;
  segments_.pop_back();
}

std::uint32_t chain_index::chain_count() const noexcept {
  return segments_.back()->first_chain + segments_.back()->chain_count();
}

std::uint32_t chain_index::extended_by() const noexcept {
  return size_ - static_cast<std::uint32_t>(segments_.front()->places.size());
}

std::uint64_t chain_index::own_bytes() const noexcept {
  auto bytes = std::uint64_t{sizeof *this};
  for (const auto& segment : segments_)
    bytes += segment->own_bytes();
  return bytes;
}

const chain_segment& chain_index::segment_of_commit(std::uint32_t commit) const noexcept {
  auto segment = segments_.rbegin();
  while (commit < (*segment)->first_commit)
    ++segment;
  return **segment;
}

chain_place chain_index::place(std::uint32_t commit) const noexcept {
  const auto& segment = segment_of_commit(commit);
  return segment.places[commit - segment.first_commit];
}

void chain_index::fetch_place(std::uint32_t commit) const noexcept {
  const auto& segment = segment_of_commit(commit);
  __builtin_prefetch(&segment.places[commit - segment.first_commit]);
}

void chain_index::fetch_chain(std::uint32_t chain) const noexcept {
  const auto& segment = segment_of_chain(chain);
  __builtin_prefetch(&segment.chains[chain - segment.first_chain]);
}

void chain_index::fetch_lists(std::uint32_t chain) const noexcept {
  const auto& segment = segment_of_chain(chain);
  const auto& row = segment.chains[chain - segment.first_chain];
  __builtin_prefetch(segment.heights.data() + row.heights_from);
  __builtin_prefetch(segment.joins.data() + row.joins_from);
  __builtin_prefetch(segment.merges.data() + row.merges_from);
}

const chain_segment& chain_index::segment_of_chain(std::uint32_t chain) const noexcept {
  auto segment = segments_.rbegin();
  while (chain < (*segment)->first_chain)
    ++segment;
  return **segment;
}

std::uint32_t chain_index::height(chain_place place) const noexcept {
  if (place.chain == 0)
    return place.position + 1;
  const auto& segment = segment_of_chain(place.chain);
  const auto* const row = &segment.chains[place.chain - segment.first_chain];
  const auto first = segment.heights.begin() + row[0].heights_from;
  const auto after = std::upper_bound(
      first, segment.heights.begin() + row[1].heights_from, place.position,
      [](std::uint32_t position, const auto& step) { return position < step.position; });
  return after == first ? 0 : after[-1].height;
}

std::uint32_t chain_index::joined_part(std::uint32_t chain, std::uint32_t height) const noexcept {
  if (chain == 0)
    return height;
  const auto& lowest = *segments_.front();
  if (chain >= lowest.chain_count())
    return 0;
  const auto* const row = &lowest.chains[chain];
  const auto first = lowest.joins.begin() + row[0].joins_from;
  const auto after =
      std::upper_bound(first, lowest.joins.begin() + row[1].joins_from, height,
                       [](std::uint32_t limit, const auto& step) { return limit < step.height; });
  return after == first ? 0 : after[-1].position;
}

std::span<const chain_segment::merge> chain_index::merges(std::uint32_t chain,
                                                          std::uint32_t from) const noexcept {
  const auto& segment = segment_of_chain(chain);
  const auto* const row = &segment.chains[chain - segment.first_chain];
  const std::span all{segment.merges.data() + row[0].merges_from,
                      segment.merges.data() + row[1].merges_from};
  const auto at = std::lower_bound(
      all.begin(), all.end(), from,
      [](const auto& merge, std::uint32_t position) { return merge.position < position; });
  return all.subspan(static_cast<std::size_t>(at - all.begin()));
}

chain_place chain_index::below(std::uint32_t chain) const noexcept {
  const auto& segment = segment_of_chain(chain);
  return segment.chains[chain - segment.first_chain].below;
}

}  // namespace headway::graph

/// Building the segments of a chain index; private to `chain_index`.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <storage/graph/chain_index.hpp>
#include <storage/graph/parent_list.hpp>

namespace headway::graph {

/// All ids of `runs`, with the first-parent path of `trunk_tip` as chain 0.
std::shared_ptr<const chain_segment> build_lowest_segment(std::span<const parent_list* const> runs,
                                                          std::uint32_t trunk_tip);

/// The ids of `runs` from `below.size()` on.
std::shared_ptr<const chain_segment> build_segment(const chain_index& below,
                                                   std::span<const parent_list* const> runs);

/// Whichever of the `candidates`, or of all commits when there are none, ends the path of first
/// parents that merged most, longer paths first among equals: what others are merged into is the
/// trunk, while the longest path may be a line that merely never rebased.
/// REQUIRES: `runs` cover the ids from 0, and one at least.
std::uint32_t tip_of_likely_trunk(std::span<const parent_list* const> runs,
                                  std::span<const std::uint32_t> candidates);

}  // namespace headway::graph

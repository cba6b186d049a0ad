/// Answers ahead and behind without walking the distance.
///
/// Chains. Every commit belongs to exactly one chain, a path of first parents; chain 0 is the
/// trunk, the first-parent path of the main branch. Write R(x) for x and its ancestors. A commit of
/// a chain contains all that are lower in it, so R(x) is a prefix of every chain.
///
/// The trunk. Write Tr(h) for all that the lowest h trunk commits contain. For each commit x:
///   height(x)  how many trunk commits x contains: Tr(height(x)) is a subset of R(x);
///   joined(x)  the least h with x in Tr(h), or never.
/// Neither decreases along a chain, so a few steps per chain hold them for all its commits, and
/// Tr(h) too is a prefix of every chain, `joined_part(chain, h)` long.
///
/// Counting. R(x) is the disjoint union of Tr(height(x)) and beyond(x), which is one interval per
/// chain that it touches. To find these intervals one follows merges and the lower ends of chains,
/// not commits. Let height(R) <= height(L); then Tr(height(R)) is a subset of R(L), hence
///   common = |Tr(height(R))| + sum over the intervals of beyond(R) of their overlap with R(L),
/// where R(L) is a prefix of the interval's chain; ahead = |R(L)| - common and behind = |R(R)| -
/// common. All of this is exact whatever the trunk; a bad trunk only makes beyond() larger. A pair
/// costs time in proportion to the merges and chains in beyond() of both tips, which is a handful
/// at any distance.
///
/// Size: 8 bytes a commit, and about 50 a chain or merge outside of the trunk: 11 bytes a commit in
/// a history like that of Linux.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <storage/graph/parent_list.hpp>

namespace headway::graph {

struct chain_place {
  std::uint32_t chain;
  std::uint32_t position;  ///< From the oldest commit of the chain.
};

/// Chains of a run of dense ids, as views of arrays in memory or in a mapped file. Immutable.
struct chain_segment {
  static constexpr std::uint32_t no_chain = 0xffffffff;

  struct merge {
    std::uint32_t position;  ///< Of the child.
    chain_place parent;      ///< Any but its first.
  };

  /// From `position` on, or up to it, a value holds; which one is said at the lists below.
  struct step {
    std::uint32_t position;
    std::uint32_t height;
  };

  /// The lists of a chain end where those of the next begin; one entry more than there are chains.
  struct chain {
    chain_place below{no_chain, 0};  ///< First parent of the oldest commit.
    std::uint32_t merges_from = 0;
    std::uint32_t heights_from = 0;
    std::uint32_t joins_from = 0;
  };

  std::uint32_t first_commit = 0;
  std::uint32_t first_chain = 0;
  std::span<const chain_place> places;  ///< By commit.
  std::span<const chain> chains;
  std::span<const merge> merges;  ///< By chain, oldest first; none for the trunk.
  std::span<const step> heights;  ///< `height` from `position` on; 0 before the first step.
  std::span<const step> joins;    ///< The positions below `position` that have joined at `height`.
  std::span<const std::uint32_t> covered;  ///< |Tr(h)|, by h; in the lowest segment only.

  std::shared_ptr<const void> storage;  ///< Holds what the views show.
  std::uint64_t storage_bytes = 0;      ///< Own memory of it; 0 for a mapped file.

  std::uint32_t chain_count() const noexcept {
    return static_cast<std::uint32_t>(chains.size()) - 1;
  }
  std::uint64_t own_bytes() const noexcept { return sizeof *this + storage_bytes; }
};

/// An index over the dense ids below `size()`. Immutable: any thread.
class chain_index {
 public:
  /// Indexes all ids of `runs`; 20 to 50 ns a commit. The trunk is the first-parent path of
  /// `trunk_tip`. REQUIRES: `runs` cover the ids from 0, and `trunk_tip`.
  static std::shared_ptr<const chain_index> build(std::span<const parent_list* const> runs,
                                                  std::uint32_t trunk_tip);

  /// Of one segment from id 0 on, as `lowest()` of another index gave it.
  static std::shared_ptr<const chain_index> of(std::shared_ptr<const chain_segment> lowest);

  /// Adds the ids that `index` does not cover yet, in time proportional to their number (over many
  /// extensions: times its logarithm). The trunk stays where it was: what grows beyond it are
  /// chains, which cost queries a little, so that a new `build` pays after some thousand commits.
  static std::shared_ptr<const chain_index> extend(const chain_index& index,
                                                   std::span<const parent_list* const> runs);

  /// What `build` made, without later extensions.
  const chain_segment& lowest() const noexcept { return *segments_.front(); }

  std::uint32_t size() const noexcept { return size_; }
  /// How many of them were added by `extend`.
  std::uint32_t extended_by() const noexcept;
  std::uint32_t chain_count() const noexcept;
  /// In commits; the height of whatever contains all of the trunk.
  std::uint32_t trunk_length() const noexcept {
    return static_cast<std::uint32_t>(segments_.front()->covered.size()) - 1;
  }
  std::uint64_t own_bytes() const noexcept;

  chain_place place(std::uint32_t commit) const noexcept;
  std::uint32_t height(chain_place place) const noexcept;

  /// Have the memory fetched that counting with a commit reads first, and then, each when that of
  /// the one before has come, what it reads next; they wait for nothing.
  void fetch_place(std::uint32_t commit) const noexcept;
  void fetch_chain(std::uint32_t chain) const noexcept;
  void fetch_lists(std::uint32_t chain) const noexcept;

  /// How many commits of a chain are in Tr(height).
  std::uint32_t joined_part(std::uint32_t chain, std::uint32_t height) const noexcept;
  std::uint32_t covered(std::uint32_t height) const noexcept {
    return segments_.front()->covered[height];
  }
  /// Merges of a chain whose children are at `from` or higher.
  std::span<const chain_segment::merge> merges(std::uint32_t chain,
                                               std::uint32_t from) const noexcept;
  /// `no_chain` when the chain ends in a root.
  chain_place below(std::uint32_t chain) const noexcept;

 private:
  const chain_segment& segment_of_commit(std::uint32_t commit) const noexcept;
  const chain_segment& segment_of_chain(std::uint32_t chain) const noexcept;
  void drop_highest_segment() noexcept;

  std::vector<std::shared_ptr<const chain_segment>> segments_;  ///< Lowest ids first.
  std::uint32_t size_ = 0;
};

}  // namespace headway::graph

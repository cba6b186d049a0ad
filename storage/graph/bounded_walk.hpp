/// Ahead and behind of one pair by walking from both tips.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <messages/graph.hpp>
#include <storage/graph/parent_list.hpp>
#include <storage/graph/rank_queue.hpp>

namespace headway::graph {

/// Paints commits "reached from local", "reached from upstream" or both, greatest dense id first.
///
/// A dense id is greater than those of all its ancestors, so a commit is taken from the queue only
/// after every commit that could still paint it: its paint is final, and it can be counted.
/// Ancestors of a commit with both paints have both paints; so once every queued commit has both,
/// no further one can be counted, and the walk stops. No date is looked at, which is why clocks
/// cannot make it wrong (Git's `rev-list` stops by date and can be).
///
/// Scratch memory: 1.2 bytes a commit of the greatest graph seen. One thread at a time.
class bounded_walk {
 public:
  /// Nothing when more than `budget` commits would be visited; 0: no limit.
  /// REQUIRES: `runs` cover all ids up to the tips, lowest first.
  std::optional<ahead_behind> count(std::span<const parent_list* const> runs, std::uint32_t local,
                                    std::uint32_t upstream, std::uint64_t budget);

 private:
  enum paint : std::uint8_t { from_local = 1, from_upstream = 2, from_both = 3 };

  void put(std::uint32_t commit, std::uint8_t added) noexcept;
  std::uint8_t take() noexcept;
  void clear() noexcept;

  std::vector<std::uint8_t> paints_;  ///< 0 except for queued commits.
  rank_queue queue_;
  std::uint32_t current_ = 0;  ///< No queued commit is greater.
  std::uint64_t queued_ = 0;
  std::uint64_t undecided_ = 0;  ///< Queued commits with one paint.
};

}  // namespace headway::graph

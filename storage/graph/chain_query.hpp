/// Ahead and behind of one pair from a chain index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <messages/graph.hpp>
#include <storage/graph/chain_index.hpp>

namespace headway::graph {

/// beyond(x) of a commit, as `chain_index.hpp` defines it: one interval for each chain it touches.
/// One thread at a time; holds memory in proportion to the largest set it ever held.
class beyond_trunk {
 public:
  struct interval {
    std::uint32_t chain;
    std::uint32_t from;  ///< Where Tr(height) ends.
    std::uint32_t until;
  };

  void set(const chain_index& index, std::uint32_t commit);

  std::uint32_t height() const noexcept { return height_; }
  std::uint64_t size() const noexcept { return size_; }  ///< In commits.
  const std::vector<interval>& intervals() const noexcept { return intervals_; }

  /// How many of the chain's commits are ancestors of the commit.
  std::uint32_t prefix(const chain_index& index, std::uint32_t chain) const noexcept;

 private:
  /// Of a hash table from chain to interval; one whose epoch has passed is free.
  struct slot {
    std::uint16_t epoch = 0;
    std::uint32_t interval = 0;
  };

  void clear() noexcept;
  void open(const chain_index& index, chain_place place);
  void reach(const chain_index& index, chain_place place);
  std::size_t slot_of(std::uint32_t chain) const noexcept;
  void insert(const interval& added);
  void grow();

  std::vector<interval> intervals_;
  std::vector<slot> slots_ = std::vector<slot>(64);
  std::vector<chain_place> open_;  ///< Queue of what is to be reached.
  std::uint16_t epoch_ = 0;
  std::uint32_t height_ = 0;
  std::uint64_t size_ = 0;
};

/// Answers pairs; keeps what it knows of the last pair's tips, so that pairs with a common base
/// cost half.
class chain_query {
 public:
  /// REQUIRES: no other index was asked since `forget`, and it covers both commits.
  ahead_behind count(const chain_index& index, std::uint32_t local, std::uint32_t upstream);
  void forget() noexcept { local_known_ = upstream_known_ = parent_list::none; }

 private:
  beyond_trunk local_;
  beyond_trunk upstream_;
  std::uint32_t local_known_ = parent_list::none;
  std::uint32_t upstream_known_ = parent_list::none;
};

}  // namespace headway::graph

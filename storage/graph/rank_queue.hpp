/// A set of dense ids that gives back the greatest.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace headway::graph {

/// A bitmap with three bitmaps of non-zero words above it: insertion sets at most four bits,
/// extraction counts leading zeros on the way down. A binary heap costs ten times as much per
/// element. Elements come out nearly in sequence, so that the common step stays within one word.
/// Not thread-safe; holds up to 2^31 ids.
class rank_queue {
 public:
  /// Room for ids below `size`. REQUIRES: empty.
  void reserve(std::uint32_t size) {
    for (auto& level : levels_) {
      size = size / 64 + 1;
      // Two threads' queues may be neighbours in memory; their topmost words, which every step
      // touches, must not share a cache line.
      if (level.size() < size + 2 * padding)
        level.assign(size + 2 * padding, 0);
    }
  }

  void insert(std::uint32_t id) noexcept {
    for (auto& level : levels_) {
      auto& word = level[padding + id / 64];
      const bool was_empty = word == 0;
      word |= std::uint64_t{1} << id % 64;
      if (!was_empty)
        return;
      id /= 64;
    }
  }

  /// REQUIRES: not empty, and no element is greater than `bound`.
  std::uint32_t extract_greatest(std::uint32_t bound) noexcept {
    auto& word = levels_[0][padding + bound / 64];
    // More than one bit: the levels above stay as they are.
    if ((word & (word - 1)) != 0) {
      const auto id = bound / 64 * 64 + highest(word);
      word &= ~(std::uint64_t{1} << id % 64);
      return id;
    }
    return extract_from_top();
  }

  std::uint64_t own_bytes() const noexcept {
    std::uint64_t bytes = 0;
    for (const auto& level : levels_)
      bytes += 8 * level.capacity();
    return bytes;
  }

 private:
  static constexpr std::uint32_t padding = 8;

  static std::uint32_t highest(std::uint64_t word) noexcept {
    return 63 - static_cast<std::uint32_t>(std::countl_zero(word));
  }

  std::uint32_t extract_from_top() noexcept {
    const auto& top = levels_.back();
    auto id = static_cast<std::uint32_t>(top.size() - 2 * padding - 1);
    while (top[padding + id] == 0)
      --id;
    for (auto level = levels_.size(); level-- > 0;)
      id = id * 64 + highest(levels_[level][padding + id]);
    auto rest = id;
    for (auto& level : levels_) {
      auto& word = level[padding + rest / 64];
      word &= ~(std::uint64_t{1} << rest % 64);
      if (word != 0)
        break;
      rest /= 64;
    }
    return id;
  }

  std::array<std::vector<std::uint64_t>, 4> levels_;
};

}  // namespace headway::graph

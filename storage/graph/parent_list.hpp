/// Parents of a run of commits, in five bytes a commit.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace headway::graph {

/// Parents of the commits with dense ids `first()` to `last()`. Most commits have at most one
/// parent, so that one is in an array of its own; a bitmap with running counts finds the rest of
/// the others. Immutable after construction: any thread.
class parent_list {
 public:
  static constexpr std::uint32_t none = 0x7fffffff;  ///< Also one more than the greatest dense id.

  struct edge {
    std::uint32_t child;
    std::uint32_t parent;
  };

  parent_list() = default;

  /// `first_parents` by child, `none` for a root. `other_parents` is grouped by child, the children
  /// in any order, their parents in Git's.
  parent_list(std::uint32_t first, std::vector<std::uint32_t> first_parents,
              std::span<const edge> other_parents);

  /// The run that `lower` and, right after it, `upper` cover.
  static parent_list join(const parent_list& lower, const parent_list& upper);

  std::uint32_t first() const noexcept { return first_; }
  std::uint32_t last() const noexcept { return first_ + size() - 1; }
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(first_parents_.size()); }
  std::uint64_t own_bytes() const noexcept;

  /// Or `none`.
  std::uint32_t first_parent(std::uint32_t commit) const noexcept {
    return first_parents_[commit - first_] & ~flag;
  }

  bool is_merge(std::uint32_t commit) const noexcept {
    return (first_parents_[commit - first_] & flag) != 0;
  }

  /// Every parent but the first, in Git's order.
  template <class Visitor>
  void for_each_other_parent(std::uint32_t commit, Visitor&& visit) const {
    const auto row = commit - first_;
    if ((first_parents_[row] & flag) == 0)
      return;
    const auto second = second_parents_[merges_before(row)];
    if ((second & flag) == 0)
      return visit(second);
    for (auto i = second & ~flag;; ++i) {
      visit(octopus_parents_[i] & ~flag);
      if ((octopus_parents_[i] & flag) != 0)
        return;
    }
  }

  template <class Visitor>
  void for_each_parent(std::uint32_t commit, Visitor&& visit) const {
    if (const auto parent = first_parent(commit); parent != none)
      visit(parent);
    for_each_other_parent(commit, visit);
  }

 private:
  /// On a first parent: there are others. On a second: it is an index into `octopus_parents_`.
  /// There: the last of its commit.
  static constexpr std::uint32_t flag = 0x80000000;

  std::uint32_t merges_before(std::uint32_t row) const noexcept {
    const auto word = merges_[row / 64] & ((std::uint64_t{1} << row % 64) - 1);
    return merges_before_word_[row / 64] + static_cast<std::uint32_t>(std::popcount(word));
  }

  void count_merges();
  void set_other_parents(std::span<const edge> group);
  void append_edges(std::vector<edge>& edges) const;

  std::uint32_t first_ = 0;
  std::vector<std::uint32_t> first_parents_;
  std::vector<std::uint64_t> merges_;
  std::vector<std::uint32_t> merges_before_word_;
  std::vector<std::uint32_t> second_parents_;
  std::vector<std::uint32_t> octopus_parents_;
};

}  // namespace headway::graph

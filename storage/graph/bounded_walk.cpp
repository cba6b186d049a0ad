#include <algorithm>

#include <storage/graph/bounded_walk.hpp>

namespace headway::graph {

std::optional<ahead_behind> bounded_walk::count(std::span<const parent_list* const> runs,
                                                std::uint32_t local, std::uint32_t upstream,
                                                std::uint64_t budget) {
  ahead_behind counts;
  if (local == upstream)
    return counts;
  const auto size = runs.back()->last() + 1;
  if (paints_.size() < size) {
    paints_.resize(size, 0);
    queue_.reserve(size);
  }
  current_ = std::max(local, upstream);
  put(local, from_local);
  put(upstream, from_upstream);
  auto run = runs.rbegin();
  for (std::uint64_t visited = 0; undecided_ > 0; ++visited) {
    if (budget != 0 && visited == budget) {
      clear();
      return std::nullopt;
    }
    const auto painted = take();
    counts.ahead += painted == from_local ? 1 : 0;
    counts.behind += painted == from_upstream ? 1 : 0;
    while (current_ < (*run)->first())
      ++run;
    (*run)->for_each_parent(current_, [&](std::uint32_t parent) { put(parent, painted); });
  }
  clear();
  return counts;
}

inline void bounded_walk::put(std::uint32_t commit, std::uint8_t added) noexcept {
  auto& painted = paints_[commit];
  const auto before = painted;
  const auto after = static_cast<std::uint8_t>(before | added);
  if (after == before)
    return;
  painted = after;
  if (before == 0) {
    queue_.insert(commit);
    ++queued_;
    undecided_ += after != from_both ? 1 : 0;
  } else {
    --undecided_;  // It had one paint and has the other now.
  }
}

inline std::uint8_t bounded_walk::take() noexcept {
  current_ = queue_.extract_greatest(current_);
  --queued_;
  // Every child was taken before, so nothing asks for this paint again.
  const auto painted = paints_[current_];
  paints_[current_] = 0;
  undecided_ -= painted != from_both ? 1 : 0;
  return painted;
}

void bounded_walk::clear() noexcept {
  while (queued_ > 0)
    take();
}

}  // namespace headway::graph

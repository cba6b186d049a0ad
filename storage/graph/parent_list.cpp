#include <utility>

#include <storage/graph/parent_list.hpp>

namespace headway::graph {

parent_list::parent_list(std::uint32_t first, std::vector<std::uint32_t> first_parents,
                         std::span<const edge> other_parents)
    : first_{first}, first_parents_{std::move(first_parents)} {
  for (const auto& [child, parent] : other_parents)
    first_parents_[child - first_] |= flag;
  count_merges();
  for (std::size_t from = 0; from < other_parents.size();) {
    auto until = from + 1;
    while (until < other_parents.size() && other_parents[until].child == other_parents[from].child)
      ++until;
    set_other_parents(other_parents.subspan(from, until - from));
    from = until;
  }
  octopus_parents_.shrink_to_fit();
}

void parent_list::count_merges() {
  merges_.assign((first_parents_.size() + 63) / 64, 0);
  for (std::size_t row = 0; row < first_parents_.size(); ++row)
    merges_[row / 64] |= std::uint64_t{first_parents_[row] >> 31} << row % 64;
  merges_before_word_.reserve(merges_.size());
  std::uint32_t before = 0;
  for (const auto word : merges_) {
    merges_before_word_.push_back(before);
    before += static_cast<std::uint32_t>(std::popcount(word));
  }
  second_parents_.resize(before);
}

void parent_list::set_other_parents(std::span<const edge> group) {
  auto& second = second_parents_[merges_before(group.front().child - first_)];
  if (group.size() == 1) {
    second = group.front().parent;
    return;
  }
  second = static_cast<std::uint32_t>(octopus_parents_.size()) | flag;
  for (const auto& [child, parent] : group)
    octopus_parents_.push_back(parent);
  octopus_parents_.back() |= flag;
}

parent_list parent_list::join(const parent_list& lower, const parent_list& upper) {
  std::vector<std::uint32_t> first_parents;
  first_parents.reserve(lower.first_parents_.size() + upper.first_parents_.size());
  std::vector<edge> edges;
  for (const auto* part : {&lower, &upper}) {
    for (const auto parent : part->first_parents_)
      first_parents.push_back(parent & ~flag);
    part->append_edges(edges);
  }
  return {lower.first_, std::move(first_parents), edges};
}

void parent_list::append_edges(std::vector<edge>& edges) const {
  for (std::uint32_t commit = first_; commit - first_ < size(); ++commit)
    for_each_other_parent(commit, [&](std::uint32_t parent) { edges.push_back({commit, parent}); });
}

std::uint64_t parent_list::own_bytes() const noexcept {
  return 4 * (first_parents_.capacity() + merges_before_word_.capacity() +
              second_parents_.capacity() + octopus_parents_.capacity()) +
         8 * merges_.capacity();
}

}  // namespace headway::graph

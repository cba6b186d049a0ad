#include <numeric>
#include <utility>

#include <storage/graph/ranked_files.hpp>

namespace headway::graph {

namespace {

std::vector<std::uint32_t> rank_by_level(const std::vector<std::uint32_t>& levels) {
  // Levels are exact, so none exceeds the number of commits.
  std::vector<std::uint32_t> start(levels.size() + 2, 0);
  for (const auto level : levels)
    ++start[level + 1];
  std::partial_sum(start.begin(), start.end(), start.begin());
  std::vector<std::uint32_t> ranks(levels.size());
  for (std::size_t position = 0; position < levels.size(); ++position)
    ranks[position] = start[levels[position]]++;
  return ranks;
}

parent_list rank_parents(const graph_rows& rows, const std::vector<std::uint32_t>& ranks) {
  std::vector<std::uint32_t> first_parents(ranks.size());
  for (std::size_t position = 0; position < ranks.size(); ++position) {
    const auto parent = rows.first_parents[position];
    first_parents[ranks[position]] =
        parent == graph_rows::no_parent ? parent_list::none : ranks[parent];
  }
  std::vector<parent_list::edge> edges;
  edges.reserve(rows.other_parents.size());
  for (const auto& [child, parent] : rows.other_parents)
    edges.push_back({ranks[child], ranks[parent]});
  return {0, std::move(first_parents), edges};
}

}  // namespace

ranked_files::ranked_files(commit_graph_chain chain)
    : ids_{std::move(chain.layers)},
      dense_ids_{rank_by_level(chain.rows.levels)},
      parents_{rank_parents(chain.rows, dense_ids_)} {}

std::optional<std::uint32_t> ranked_files::find(const oid& commit) const noexcept {
  const auto position = ids_.find(commit);
  return position ? std::optional{dense_ids_[*position]} : std::nullopt;
}

std::uint64_t ranked_files::own_bytes() const noexcept {
  return parents_.own_bytes() + 4 * dense_ids_.capacity() + ids_.own_bytes();
}

}  // namespace headway::graph

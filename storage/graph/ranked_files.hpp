/// The commits of commit-graph files under dense ids.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <messages/ids.hpp>
#include <storage/graph/commit_graph_chain.hpp>
#include <storage/graph/id_layers.hpp>
#include <storage/graph/parent_list.hpp>

namespace headway::graph {

/// Renumbers the commits by topological level (never by date: dates lie), so that every parent has
/// a smaller dense id than its children and commits that a walk visits one after the other lie side
/// by side. Immutable after construction: any thread.
class ranked_files {
 public:
  explicit ranked_files(commit_graph_chain chain);

  std::optional<std::uint32_t> find(const oid& commit) const noexcept;
  const parent_list& parents() const noexcept { return parents_; }
  const id_layers& ids() const noexcept { return ids_; }

  /// Dense id of the commit at a graph position.
  std::uint32_t dense_id(std::uint32_t position) const noexcept { return dense_ids_[position]; }

  std::uint64_t own_bytes() const noexcept;
  std::uint64_t mapped_bytes() const noexcept { return ids_.mapped_bytes(); }

 private:
  id_layers ids_;
  std::vector<std::uint32_t> dense_ids_;  ///< By position.
  parent_list parents_;
};

}  // namespace headway::graph

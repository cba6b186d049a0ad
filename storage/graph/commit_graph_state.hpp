/// The parts of a snapshot; private to this folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <storage/graph/chain_index.hpp>
#include <storage/graph/commit_graph.hpp>
#include <storage/graph/commit_graph_chain.hpp>
#include <storage/graph/id_layers.hpp>
#include <storage/graph/oid_table.hpp>
#include <storage/graph/parent_list.hpp>
#include <storage/graph/parent_rules.hpp>
#include <storage/graph/ranked_files.hpp>

namespace headway::graph {

/// What all snapshots of one `load` share.
struct graph_origin {
  graph_source source;
  parent_rules rules;
  std::vector<file_identity> files_seen;
  std::string note;
  /// How many commits the kept index covers, as far as this process knows.
  mutable std::atomic<std::uint32_t> kept{0};

  graph_origin(graph_source from, parent_rules ancestry, std::vector<file_identity> seen,
               std::string reason)
      : source{std::move(from)},
        rules{std::move(ancestry)},
        files_seen{std::move(seen)},
        note{std::move(reason)} {}
};

/// Commits that came from objects. The number of an id in `ids` plus `parents.first()` is its dense
/// id.
struct graph_layer {
  oid_table ids;
  parent_list parents;
};

/// Dense ids count through the files first, then through the layers. Layers are shared between
/// snapshots and never change.
///
/// Of the commits of files there is either everything (`files`; every parent has a smaller dense id
/// than its children), or only their ids (`kept_ids`; a dense id is a graph position), when the
/// index that a former process kept answers all that is asked.
struct commit_graph::impl {
  std::shared_ptr<const graph_origin> origin;
  std::shared_ptr<const ranked_files> files;  ///< Null when none are used.
  std::shared_ptr<const id_layers> kept_ids;  ///< Null, or instead of `files`.
  std::vector<std::shared_ptr<const graph_layer>> layers;
  std::uint32_t size = 0;
  std::shared_ptr<const chain_index> index;  ///< Null, or over all of the above.

  std::optional<std::uint32_t> find(const oid& commit) const noexcept;

  /// Of the commits of files: null when there are none.
  const id_layers* file_ids() const noexcept { return files ? &files->ids() : kept_ids.get(); }

  /// Every run of parents, lowest ids first; together they cover all of them, but those of
  /// `kept_ids`.
  std::vector<const parent_list*> runs() const;
};

}  // namespace headway::graph

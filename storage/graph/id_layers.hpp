/// The commits of commit-graph files by graph position.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <messages/ids.hpp>
#include <storage/graph/commit_graph_file.hpp>

namespace headway::graph {

/// Positions count through the layers, lowest first, each in the order of its ids: as in Git.
/// Immutable after construction: any thread.
class id_layers {
 public:
  /// REQUIRES: the layers hold no commit twice.
  explicit id_layers(std::vector<commit_graph_file> layers);

  std::optional<std::uint32_t> find(const oid& commit) const noexcept;

  /// See `commit_graph_file`.
  void fetch_first(const oid& commit) const noexcept;
  void fetch_next(const oid& commit) const noexcept;

  /// REQUIRES: `position < size()`.
  const oid& id(std::uint32_t position) const noexcept;

  std::uint32_t size() const noexcept { return size_; }
  const std::vector<commit_graph_file>& layers() const noexcept { return layers_; }

  std::uint64_t own_bytes() const noexcept;
  std::uint64_t mapped_bytes() const noexcept;

 private:
  std::vector<commit_graph_file> layers_;
  std::vector<std::uint32_t> layers_from_;  ///< Position of the first commit of each layer.
  std::uint32_t size_ = 0;
};

}  // namespace headway::graph

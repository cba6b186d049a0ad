/// Reader of one file in Git's commit-graph format (gitformat-commit-graph(5)).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include <messages/ids.hpp>
#include <storage/graph/mapped_file.hpp>

namespace headway::graph {

/// What the files say about ancestry, by graph position: the commits of the lowest layer first,
/// each layer in the order of its ids.
struct graph_rows {
  static constexpr std::uint32_t no_parent = 0xffffffff;

  struct edge {
    std::uint32_t child;
    std::uint32_t parent;
  };

  std::vector<std::uint32_t> levels;  ///< Topological level: 1 for a root, else 1 + highest parent.
  std::vector<std::uint32_t> first_parents;  ///< Or `no_parent`.
  std::vector<edge> other_parents;           ///< Grouped by child, in the order of the children.

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(levels.size()); }
};

/// One commit-graph file: a whole graph, or a layer of a split chain.
///
/// Whatever the file holds, nothing outside its bytes is read: each length, offset and order is
/// checked when it is opened, each row when `append_rows` copies it. Only the table of ids is read
/// afterwards. The trailing checksum is not verified, as in Git: hashing would cost more than all
/// the other checks together, and a file that its owner forged could carry a right checksum too.
/// Instead every level must be exactly one more than the highest of the parents', which a parent
/// damaged at random fails to meet.
class commit_graph_file {
 public:
  /// Checks all but the rows. `not_found`, `permission_denied` or `io` from the system;
  /// `unsupported_object_format` for SHA-256; `corrupt` with what is wrong.
  static caf::expected<commit_graph_file> open(const std::string& path);

  /// Without the pass over all ids: for a file known to be one that `open` took, or of which
  /// nothing but ids is asked. Were it damaged, ids might not be found, but nothing outside the
  /// file would be read.
  static caf::expected<commit_graph_file> open_checked_before(const std::string& path);

  std::uint32_t size() const noexcept { return size_; }

  const std::string& path() const noexcept { return path_; }

  /// The id in the trailer; a layer's file name repeats it.
  const oid& checksum() const noexcept { return checksum_; }

  /// Trailer ids of the layers that this one stands on, lowest first.
  std::vector<oid> base_layers() const;

  /// Position within this file.
  std::optional<std::uint32_t> find(const oid& commit) const noexcept;

  /// Have the memory fetched that `find` reads first, and then, when that has come, what it reads
  /// next; they wait for nothing. For many look-ups together, each of which would wait by itself.
  void fetch_first(const oid& commit) const noexcept;
  void fetch_next(const oid& commit) const noexcept;

  /// REQUIRES: `position < size()`.
  const oid& id(std::uint32_t position) const noexcept { return ids_[position]; }

  /// Appends the rows of this file to those of the layers below. On failure `rows` is as before.
  caf::error append_rows(graph_rows& rows) const;

  /// Gives back all memory but the table of ids. After that only `size`, `checksum`, `id` and
  /// `find`.
  void keep_only_ids();

  /// Memory that is held: `mapped_bytes` is the system's file cache, which it reclaims when in
  /// need.
  std::uint64_t mapped_bytes() const noexcept;
  std::uint64_t own_bytes() const noexcept;

 private:
  using bytes = std::span<const std::uint8_t>;

  caf::error read_header();
  caf::error read_chunks();
  caf::error place_chunk(std::uint32_t id, bytes content);
  caf::error check_sizes();
  caf::error check_ids() const;
  std::uint32_t first_guess(const oid& commit) const noexcept;
  std::uint32_t second_guess(const oid& commit, std::uint32_t first) const noexcept;
  const std::uint8_t* row(std::uint32_t position) const noexcept;
  /// What is wrong with the row, or null.
  const char* append_row(std::uint32_t position, graph_rows& rows, std::size_t& edges_read) const;
  bool append_edge_list(std::uint32_t first, std::uint32_t child, graph_rows& rows,
                        std::size_t& edges_read) const;

  mapped_file file_;
  std::string path_;
  oid checksum_;
  std::uint32_t size_ = 0;
  std::uint32_t chunk_count_ = 0;
  std::uint32_t base_count_ = 0;
  std::array<std::uint32_t, 257> fanout_{};  ///< Ids whose first byte is below the index.
  const oid* ids_ = nullptr;
  bytes fanout_chunk_;
  bytes id_chunk_;
  bytes data_chunk_;
  bytes edge_chunk_;
  bytes base_chunk_;
};

}  // namespace headway::graph

/// A chain index kept on disk, for processes to come: one file of our own in a cache directory.
///
/// It holds the chains of the commits of some commit-graph files, by graph position, and says which
/// files these are; their ids are not repeated. Layout, in the byte order of the machine:
///
///   header    magic, checksum of all that follows it, sizes of the parts
///   sources   which object store, what stood in it, which files were indexed
///   places, chains, merges, heights, joins, covered     the lists of `chain_segment`
///
/// In a history like that of Linux that is 13 bytes a commit.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include <messages/ids.hpp>
#include <storage/graph/chain_index.hpp>
#include <storage/graph/commit_graph_chain.hpp>

namespace headway::graph {

/// A commit-graph file that was checked and indexed.
struct indexed_layer {
  std::string path;
  oid checksum;
  std::uint32_t commits = 0;
  file_identity identity;

  friend bool operator==(const indexed_layer&, const indexed_layer&) = default;
};

/// What a kept index was made of.
struct chain_sources {
  std::vector<std::string> object_directories;
  /// `identify_commit_graphs` of them. While that stays equal, the clone has no newer files.
  std::vector<file_identity> files_seen;
  std::vector<indexed_layer> layers;  ///< Lowest first.

  friend bool operator==(const chain_sources&, const chain_sources&) = default;
};

struct kept_chains {
  chain_sources sources;
  std::shared_ptr<const chain_segment> chains;  ///< `places` by graph position.
};

/// Replaces the file at `path`. REQUIRES: `chains` begin at commit 0, one place for each commit of
/// the layers.
caf::error write_chain_file(const std::string& path, const chain_sources& sources,
                            const chain_segment& chains);

/// `not_found` when there is none; `corrupt` for another version or byte order, a wrong length or a
/// wrong checksum: such a file is to be replaced.
caf::expected<kept_chains> read_chain_file(const std::string& path);

}  // namespace headway::graph

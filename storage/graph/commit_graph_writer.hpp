/// Writer of one file in Git's commit-graph format, into a cache directory of ours.
#pragma once

#include <span>
#include <string>

#include <caf/expected.hpp>

#include <messages/ids.hpp>
#include <storage/graph/commit_graph_file.hpp>

namespace headway::graph {

/// Replaces the file at `path` by a layer with the commits `ids`, in the order of their ids, upon
/// layers with the checksums `bases`. `rows` are theirs: parents are graph positions, children of
/// `other_parents` positions within this layer. Answers the checksum in the trailer, which here is
/// not SHA-1: `commit_graph_file` compares it and never computes it. Trees and dates, which decide
/// no count, are zero, so the file is for Headway only.
caf::expected<oid> write_commit_graph(const std::string& path, std::span<const oid> ids,
                                      const graph_rows& rows, std::span<const oid> bases);

}  // namespace headway::graph

/// What is kept of a graph between processes; private to `commit_graph`.
///
/// Two files: the index (`chain_file.hpp`), and a commit-graph layer of our own with the commits
/// that no file of the clone covers. Both hold only what object ids imply, so they are right for
/// ever, also for another repository that comes to stand at the same path; they can only be out of
/// date, which the identities of the files they were made for show.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <caf/expected.hpp>

#include <storage/graph/commit_graph_state.hpp>

namespace headway::graph {

/// A snapshot over the kept index, when there is one made for just the files that were `seen`; else
/// null. Errors: a file of ours is damaged or cannot be read.
caf::expected<std::shared_ptr<const commit_graph::impl>> open_kept_graph(
    const graph_source& source, const std::vector<file_identity>& seen);

/// A snapshot with all parents, without an index. `note` is what its own note begins with.
std::shared_ptr<const commit_graph::impl> open_graph(graph_source source, parent_rules rules,
                                                     std::vector<file_identity> seen,
                                                     std::string note = {});

/// The same commits as `graph`, with all parents; none are read from objects. Null when files on
/// disk have changed so that some would have to be.
/// REQUIRES: `graph` stands on a kept index.
commit_graph_ptr with_parents(const commit_graph_ptr& graph);

/// How many of the commits stand in files of the clone, not in the layer that we keep.
std::uint32_t commits_of_clone(const id_layers& ids, const graph_source& source) noexcept;

constexpr std::chrono::days longest_unused{90};

/// Deletes what was kept of stores that no process has loaded for that long.
void drop_unused_graphs(const std::string& directory, std::filesystem::file_time_type now);

/// The same, unless it was done within a day: with ten thousand stores in one directory, looking at
/// each of them whenever one is kept would cost more than all the loading.
void drop_unused_graphs_daily(const std::string& directory, std::filesystem::file_time_type now);

/// Also drops what is unused. REQUIRES: an index without extensions, and all parents.
caf::error keep_graph(const commit_graph::impl& graph);

}  // namespace headway::graph

/// The commit graph of one object store: an immutable snapshot in dense ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <messages/graph.hpp>
#include <messages/ids.hpp>

namespace headway::graph {

/// Parents of a commit as the object database has them. May fail with `missing_object` or
/// `corrupt`.
using parent_reader = std::function<caf::expected<std::vector<oid>>(const oid&)>;

/// What a graph is loaded from.
struct graph_source {
  /// Object directories, the own one first, then alternates; commit-graph files are looked for in
  /// each.
  std::vector<std::string> object_directories;
  /// Non-empty overrides switch commit-graph files off, as in Git.
  ancestry_overrides overrides;
  std::uint64_t ancestry_signature = 0;
  /// Where the index is kept for processes to come: the beginning of a path in a directory of ours
  /// (`kept_graph_path`), to which endings are added. Empty: nowhere.
  std::string kept_at;
};

/// A name below `cache_directory` for what is kept of the store with this object directory; empty
/// when there is no cache directory.
std::string kept_graph_path(const std::string& cache_directory,
                            const std::string& object_directory);

class commit_graph;
using commit_graph_ptr = std::shared_ptr<const commit_graph>;

/// A graph that contains as many of the asked tips as could be reached.
struct extension {
  commit_graph_ptr graph;
  /// Tips of which some ancestor could not be read, with the reason. They are not in the graph.
  std::vector<std::pair<oid, caf::error>> unreachable;
};

/// Shared by any number of threads without a lock.
class commit_graph {
 public:
  /// Maps the commit-graph files, if there are usable ones and no overrides. Never fails: a refused
  /// file is told in `note()` and everything is then read from objects. With a kept index that was
  /// made for just these files the snapshot is indexed at once, whatever its size; without one,
  /// 20 to 40 ns a commit.
  static commit_graph_ptr load(graph_source source);

  /// A snapshot that contains `tips` and all their ancestors; costs time in proportion to the
  /// commits that are new. `read` is called on this thread only.
  static extension extend(const commit_graph_ptr& graph, std::span<const oid> tips,
                          const parent_reader& read);

  /// The same commits with a chain index (`chain_index.hpp`), over which a pair costs less than a
  /// microsecond at any distance. Takes 20 to 50 ns a commit, so call it where blocking is allowed;
  /// `extend` keeps the index then. `main_tips` should be the tip of the branch into which most
  /// others are merged, or those that may be it: the path of first parents that merged most becomes
  /// the trunk, of these or, when none is known here, of all. The choice touches speed only.
  static commit_graph_ptr index(const commit_graph_ptr& graph, std::span<const oid> main_tips = {});

  /// Keeps the index where `graph_source::kept_at` says, and the commits that no commit-graph file
  /// of the clone covers in a file beside it. Files of the clone are never touched. Blocks for as
  /// long as 14 bytes a commit take to be written to disk, and 56 for each commit that was read
  /// from objects. On failure what was kept before stays.
  /// REQUIRES: `wants_keeping`.
  static caf::error keep(const commit_graph& graph);

  /// Whether `keep` would save later processes work.
  bool wants_keeping() const noexcept;

  bool indexed() const noexcept;
  /// Whether a fresh `index` pays: there is none; or it was extended by some thousand commits (some
  /// hundred, when it was kept by a former process, which saves the next one reading them); or its
  /// trunk was rewritten, so that all that grows on the new one would be beyond it.
  bool wants_index(std::span<const oid> main_tips = {}) const noexcept;

  /// Dense index of a commit; nothing when this snapshot does not contain it.
  std::optional<std::uint32_t> find(const oid& commit) const noexcept;

  std::size_t size() const noexcept;
  std::uint64_t memory_bytes() const noexcept;  ///< Resident: own memory and mapped files.
  /// Without the mapped ids, which the system's file cache holds anyway. In a history with up to a
  /// tenth of merges: 9 bytes a commit of the files, 36 a commit that came from objects, 13 more
  /// with the index.
  std::uint64_t own_bytes() const noexcept;
  /// Which commit-graph files, or files of ours, are not used, and why; or empty.
  const std::string& note() const noexcept;
  std::uint64_t ancestry_signature() const noexcept;
  /// How many commits the commit-graph files of the clone do not cover; 0 where Git would not use
  /// them.
  std::uint32_t beyond_files() const noexcept;
  /// Whether the commit-graph files on disk are not those that were mapped; then a fresh `load` may
  /// be cheaper than a long extension. Never needed for correct answers.
  bool files_changed() const noexcept;

  struct impl;
  explicit commit_graph(std::shared_ptr<const impl> state);
  const impl& state() const noexcept { return *impl_; }

 private:
  std::shared_ptr<const impl> impl_;
};

}  // namespace headway::graph

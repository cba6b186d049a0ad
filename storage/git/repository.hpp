/// Reading one repository through libgit2.
///
/// libgit2 reads here and never fetches, and its configuration look-ups by pattern are avoided
/// because Debian's 1.5.1 leaks 20 KB for each entry that does not match: configuration is read by
/// iterating over a snapshot.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include <messages/graph.hpp>
#include <messages/repo.hpp>

namespace headway::git {

/// What libgit2 may use in this process.
struct library_limits {
  std::uint64_t window_size = 32ull << 20;
  std::uint64_t mapped_limit = 256ull << 20;
  std::uint64_t file_limit = 256;
  std::uint64_t cache_size = 32ull << 20;
};

/// Initialises libgit2 once for the rest of the process, and sets its limits; those of the last
/// call hold. Call it before anything else here, on any thread. It is never shut down: each start
/// reads all certificates of the system, which takes as long as reading a thousand refs, and
/// threads that end after a shutdown could not free what it keeps for them.
void initialise_library(const library_limits& allowed = {});

/// Finds the repository at exactly `path` (a work tree's top folder, a bare repository, or a .git
/// directory); never in a parent. Resolves symbolic links, linked worktrees and submodules.
/// Errors: `missing`, `not_a_repository`, `permission_denied`, `foreign_owner`,
/// `unsupported_object_format`, `corrupt`; each names the path and what to do.
caf::expected<repository_location> locate(const std::string& path);

/// Looks at the files that decide what the refs are, without reading them: HEAD, packed-refs, every
/// loose ref, config, shallow, grafts. Any thread. A repository that is gone yields `missing`.
caf::expected<refs_fingerprint> fingerprint(const repository_location& location);

/// What an open repository costs.
struct resource_use {
  std::uint64_t memory_bytes = 0;
  std::uint64_t file_descriptors = 0;
};

/// Whether an id is known to be a commit; "no" may be wrong, "yes" may not.
using known_commit = std::function<bool(const oid&)>;

/// An open repository. One thread at a time. `read_refs` and `read_overrides` also follow what has
/// become of the object database: packs that a gc has replaced are let go, new alternates are read.
class repository {
 public:
  /// Same errors as `locate`.
  static caf::expected<std::unique_ptr<repository>> open(const repository_location& location);
  ~repository();
  repository(const repository&) = delete;
  repository& operator=(const repository&) = delete;

  const repository_location& location() const noexcept;

  /// Branches, upstreams, remotes, HEAD. A single broken ref is told in that branch's `problem`; a
  /// corrupt packed-refs, configuration or HEAD fails the whole (`corrupt`).
  ///
  /// `prefetch`: an upstream is where the ref below refs/prefetch/ is that stands for its
  /// remote-tracking ref (prefetch_refs.hpp), and that is what a fetch then moves. Until there is
  /// one, the remote-tracking ref counts.
  ///
  /// `is_commit`: spares a look at the object of a tip, which costs a page of a pack each.
  ///
  /// `patterns`: which branches of remotes are tracked beside those that something here names; a
  /// listing of all refs, where there are any.
  caf::expected<refs_snapshot> read_refs(upstream_source from = upstream_source::tracking,
                                         const known_commit& is_commit = {},
                                         const std::vector<std::string>& patterns = {});

  /// Parents of a commit as its object says, without any override. `missing_object` when the object
  /// is not there (a partial clone is never asked to fetch it), `corrupt` when it cannot be parsed
  /// or is no commit. Annotated tags are not followed.
  caf::expected<std::vector<oid>> read_parents(const oid& commit);

  /// Gives back the packs that were mapped for `read_parents`, which would map them again. For the
  /// end of a piece of work.
  void rest() noexcept;

  /// shallow, info/grafts and refs/replace (unless core.useReplaceRefs is false).
  caf::expected<ancestry_overrides> read_overrides();

  /// Object directories in which commit-graph files may lie: the own one first, then alternates.
  std::vector<std::string> object_directories() const;

  /// Whether this is still the repository that lies at the path, not another one put in its place.
  bool still_in_place() const noexcept;

  /// Estimate: own structures and the indexes of the packs.
  resource_use use() const noexcept;

 private:
  struct impl;
  explicit repository(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

/// Of shallow, grafts and replace refs; 0 when there are none. Equal to `ancestry_signature` of a
/// snapshot that was read from the same files.
std::uint64_t signature_of(const ancestry_overrides& overrides) noexcept;

}  // namespace headway::git

/// What is read from a clone, and the requests that read it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <messages/ids.hpp>
#include <messages/status.hpp>

namespace headway {

/// Where the parts of a repository lie. All paths are absolute and free of symbolic links.
struct repository_location {
  std::string path;        ///< What a person calls the project: work tree, or bare repository.
  std::string git_dir;     ///< HEAD and the like of this worktree.
  std::string common_dir;  ///< Refs, configuration and objects; shared by linked worktrees.
  bool bare = false;

  friend bool operator==(const repository_location&, const repository_location&) = default;

  /// Clones that share this share objects, remote-tracking refs and fetches.
  std::string object_store() const { return common_dir + "/objects"; }
};

/// A remote as configured. The address itself stays in Git's configuration: whoever talks to the
/// remote names it, so that no credential passes through Headway.
struct remote_config {
  std::string name;
  std::string display_url;  ///< After insteadOf, credentials stripped.
  std::string host;         ///< `host_key` of the address.
  std::vector<std::string>
      fetch_refspecs;  ///< In Git's notation, in order, negative ones included.

  friend bool operator==(const remote_config&, const remote_config&) = default;
};

/// What branch.<name>.remote and .merge mean under the remote's refspecs.
struct upstream_ref {
  std::string remote;        ///< "." when the upstream is a local branch.
  std::string merge_ref;     ///< On the remote: "refs/heads/main".
  std::string tracking_ref;  ///< Here: "refs/remotes/origin/main"; empty if no refspec maps it.
  std::string short_name;    ///< As Git prints it: "origin/main".
  std::optional<oid> tip;    ///< Nothing when the ref does not exist: the upstream is gone.

  friend bool operator==(const upstream_ref&, const upstream_ref&) = default;
};

struct local_branch {
  std::string name;        ///< Without "refs/heads/".
  std::optional<oid> tip;  ///< Nothing for the unborn branch that HEAD names.
  bool head = false;
  std::optional<upstream_ref> upstream;
  std::string
      problem;  ///< Why its tip cannot be used ("ref is broken", "points to a blob"); or empty.

  friend bool operator==(const local_branch&, const local_branch&) = default;
};

/// Identity, size and times of every file that decides what the refs are. Equal fingerprints mean
/// equal refs, except when `racy`: then a file changed so shortly before it was looked at that a
/// second change could carry the same time stamp, and the refs must be read again.
struct refs_fingerprint {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool racy = true;

  bool matches(const refs_fingerprint& other) const noexcept {
    return !racy && high == other.high && low == other.low;
  }
};

/// A ref on a remote that a local branch, HEAD of the remote or a pattern of the configuration
/// names, and where it lands here.
struct tracked_ref {
  std::string remote_ref;    ///< "refs/heads/main"
  std::string tracking_ref;  ///< "refs/remotes/origin/main"
  std::optional<oid> tip;    ///< Of the tracking ref now.

  friend bool operator==(const tracked_ref&, const tracked_ref&) = default;
};

/// From which refs upstreams are read: those of the user's git, or our own beside them.
enum class upstream_source : std::uint8_t { tracking, prefetch };

/// Branches of a remote that are kept fresh although nothing here depends on them.
struct branch_patterns {
  /// Full names, in which '*' stands for any characters: "refs/heads/release/*".
  std::vector<std::string> of_remote;
  /// Where they land here.
  upstream_source home = upstream_source::tracking;

  bool empty() const noexcept { return of_remote.empty(); }
  friend bool operator==(const branch_patterns&, const branch_patterns&) = default;
};

/// Everything that the status needs of one clone, read at one moment.
struct refs_snapshot {
  repository_location location;
  std::vector<local_branch> branches;  ///< By name.
  std::vector<remote_config> remotes;  ///< In configuration order.
  std::optional<oid> detached_head;
  bool shallow = false;
  bool partial = false;
  /// Of shallow, grafts and replace refs: two snapshots with equal signatures have equal
  /// ancestries.
  std::uint64_t ancestry_signature = 0;
  refs_fingerprint fingerprint;

  /// The refs of `remote` that upstreams of local branches and the remote's HEAD name and that
  /// `patterns` match, by remote ref. New ones that only the remote has are not among them.
  std::vector<tracked_ref> tracked(const std::string& remote) const;
  /// By remote name: where its HEAD leads.
  std::vector<std::pair<std::string, tracked_ref>> remote_heads;
  /// By remote name: what is here of the branches that `patterns` match.
  std::vector<std::pair<std::string, tracked_ref>> matched;
  branch_patterns patterns;
};

using refs_snapshot_ptr = std::shared_ptr<const refs_snapshot>;

/// Who waits: people before the background.
enum class urgency : std::uint8_t { foreground, background };

/// Asks what repository lies at exactly `path`.
struct locate_request {
  std::string path;
  urgency who = urgency::foreground;
};

/// Asks to remove from the repository at `path` what fetches left that were killed; whoever looks
/// at it for the first time has that done anyway.
struct sweep_request {
  std::string path;
};

/// A person waits for what is being done about a repository in the background.
struct person_waits {
  std::string path;
  std::string common_dir;  ///< Empty where it is not known yet.
};

/// Asks the pool for exclusive use of an open repository.
struct lease_request {
  repository_location location;
  urgency who = urgency::foreground;
  std::chrono::milliseconds patience{5000};  ///< `deadline_exceeded` after that.
};

class repo_lease;  // actors/repo/repo_lease.hpp
using repo_lease_ptr = std::shared_ptr<repo_lease>;

/// Asks for the refs unless they are as `known` says.
struct read_refs_request {
  repository_location location;
  std::optional<refs_fingerprint> known;
  urgency who = urgency::foreground;
  std::chrono::milliseconds patience{5000};
};

struct read_refs_answer {
  refs_snapshot_ptr snapshot;  ///< Null when the refs are as known.
  wall_time observed{};        ///< When the looking began: everything older is reflected.
  std::chrono::nanoseconds waited{};
  std::chrono::nanoseconds worked{};
};

/// Asks to be told (by `refs_moved`) when refs of the project's clone move from where they were
/// when they had this fingerprint; replaces an earlier wish of the same project.
struct watch_clone {
  project_id project;
  repository_location location;
  refs_fingerprint known;
};

struct unwatch_clone {
  project_id project;
};

/// Refs of the project's clone may have moved.
struct refs_moved {
  project_id project;
};

struct watch_stats {
  std::size_t clones = 0;
  std::size_t swept = 0;     ///< Of them: looked at every so often, instead of watched.
  std::string why_swept;     ///< Of the last that was refused; empty: none is, or by choice.
  std::size_t folders = 0;   ///< Watched.
  std::uint64_t losses = 0;  ///< Of events, by the kernel: all clones are told to have moved.
};

struct pool_stats {
  std::size_t open = 0;
  std::size_t leased = 0;
  std::size_t waiting = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t file_descriptors = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;
};

}  // namespace headway

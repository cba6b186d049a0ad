/// The published document: how far every branch of a project is ahead of and behind its upstream.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <messages/ids.hpp>

namespace headway {

using wall_time = std::chrono::system_clock::time_point;

/// Where a branch stands against its upstream.
enum class branch_state : std::uint8_t {
  in_sync,
  ahead,
  behind,
  diverged,
  no_upstream,    ///< No upstream is configured.
  upstream_gone,  ///< One is configured, and the ref it names does not exist.
  unborn,         ///< The branch that HEAD names has no commit yet.
  unknown,        ///< Counting was not possible; `reason` says why.
};

inline constexpr std::size_t branch_states = 8;

/// What a project's document is worth right now.
enum class project_state : std::uint8_t {
  fresh,       ///< Local refs as on disk, remotes fetched (or probed) when they were due.
  stale,       ///< No successful fetch yet, or one that is overdue; counts are as of `last_fetch`.
  refreshing,  ///< A first computation or a fetch is running.
  error,  ///< The last fetch or the last reading failed; the reason and the next try are given.
  auth_required,  ///< A remote wants credentials; background fetches of it wait for a person.
  suspended,      ///< Background fetches are switched off or paused for this project.
  missing,        ///< Nothing is at the project's path any more.
  corrupt,        ///< The repository contradicts itself.
};

/// How the last fetch of a remote ended.
enum class fetch_outcome : std::uint8_t {
  never,      ///< Not fetched since the project is known.
  unchanged,  ///< The remote was asked and nothing tracked had moved.
  updated,    ///< Refs moved.
  failed,
  auth_required,
  timed_out,
  cancelled,
};

std::string_view to_string(branch_state state) noexcept;
std::string_view to_string(project_state state) noexcept;
std::string_view to_string(fetch_outcome outcome) noexcept;

/// The inverse of `to_string`; nothing for an unknown name.
std::optional<branch_state> branch_state_from(std::string_view name) noexcept;
std::optional<project_state> project_state_from(std::string_view name) noexcept;
std::optional<fetch_outcome> fetch_outcome_from(std::string_view name) noexcept;

struct branch_status {
  std::string name;      ///< Short name, without "refs/heads/"; bytes as Git has them.
  bool head = false;     ///< HEAD of this worktree names it.
  std::string upstream;  ///< Short name of the upstream ("origin/main"); empty when there is none.
  std::string remote;  ///< Remote of the upstream ("origin", "." for a local branch); may be empty.
  std::optional<oid> local_oid;
  std::optional<oid> remote_oid;
  std::optional<std::uint64_t> ahead;   ///< Commits the upstream lacks; exact or absent.
  std::optional<std::uint64_t> behind;  ///< Commits the branch lacks; exact or absent.
  branch_state state = branch_state::unknown;
  std::string reason;  ///< Why `state` is `unknown`; empty otherwise.

  friend bool operator==(const branch_status&, const branch_status&) = default;
};

struct remote_status {
  std::string name;
  std::string url;                      ///< Credentials stripped.
  std::optional<wall_time> last_fetch;  ///< End of the last *successful* fetch or probe.
  fetch_outcome outcome = fetch_outcome::never;
  std::string error;  ///< Of the last attempt; empty when it succeeded.
  std::optional<wall_time> next_due;

  friend bool operator==(const remote_status&, const remote_status&) = default;
};

/// Immutable once published.
struct sync_status {
  project_id project;
  std::string path;
  project_state state = project_state::stale;
  std::string reason;  ///< In words; empty when there is nothing to say.
  wall_time as_of{};   ///< When the local refs were last seen to be as described.
  std::optional<std::string> detached_head;  ///< Hex id when HEAD names no branch.
  bool shallow = false;
  std::vector<remote_status> remotes;
  std::vector<branch_status> branches;  ///< By name.
};

/// Equal in everything a reader can see but `as_of`.
bool same_content(const sync_status& a, const sync_status& b) noexcept;

using sync_status_ptr = std::shared_ptr<const sync_status>;

/// Where the time of one answer went. Parts that were not needed are zero.
struct status_timing {
  std::chrono::nanoseconds db{};
  std::chrono::nanoseconds pool{};
  std::chrono::nanoseconds graph{};
  std::chrono::nanoseconds total{};
};

}  // namespace headway

/// What the store keeps. Every write is answered after its transaction has been committed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <messages/fetch.hpp>
#include <messages/ids.hpp>
#include <messages/project.hpp>
#include <messages/status.hpp>

namespace headway {

/// Registers a project, or changes its path. Durable before it is answered.
struct put_project {
  project_id project;
  std::string path;
};

/// Forgets a project and all that is known of it. Its slug is never given to another path.
struct delete_project {
  project_id project;
};

/// Replaces the branch rows of a project. Coalesces: the last document of a batch wins. Branches
/// that are not in it any more are kept apart for as long as `database.branch_retention` says.
struct put_status {
  sync_status_ptr status;
};

/// Schedule and last result of one remote of a project. Coalesces by (project, remote).
struct put_remote {
  project_id project;
  remote_state state;
};

/// Adds an ended fetch to the history.
struct put_fetch {
  fetch_report_ptr report;
};

/// Asks the history for a fetch that is not in memory any more.
struct find_fetch {
  fetch_id id;
};

/// Asks the history for the fetches of a project that have ended, the latest first.
struct find_fetches {
  project_id project;
  std::optional<fetch_id> before;  ///< Only those that were asked for before this one.
  std::size_t limit = 50;
};

struct stored_project {
  project_id id;
  std::string path;
  sync_status_ptr last_status;  ///< Null when none was ever computed.
  std::vector<remote_state> remotes;
  project_activity activity = project_activity::active;
};

/// Everything that a start needs.
struct stored_state {
  std::vector<stored_project> projects;
  std::vector<std::pair<project_id, std::string>> retired;  ///< Removed slugs and their paths.
  fetch_id last_fetch;                                      ///< The highest id in the history.
};

using stored_state_ptr = std::shared_ptr<const stored_state>;

struct store_stats {
  std::uint64_t commits = 0;
  std::uint64_t writes = 0;
  std::uint64_t coalesced = 0;
  std::uint64_t failures = 0;
  std::uint64_t wal_pages = 0;  ///< In the log and not yet in the database file.
  std::uint64_t wal_bytes = 0;  ///< Of the log's file that are in use.
  /// Whether a reader that stays keeps the log from starting again.
  bool wal_held = false;
};

}  // namespace headway

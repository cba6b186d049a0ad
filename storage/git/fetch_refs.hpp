/// Moving refs of a clone in which other git programs work too. Private to storage/git.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <messages/fetch.hpp>
#include <storage/git/fetch_run.hpp>

namespace headway::git {

/// A ref as it is and as it is to be; a missing side is a creation or a deletion.
struct ref_change {
  std::string name;
  std::optional<oid> before;
  std::optional<oid> after;
  std::string message;  ///< For the reflog, where the user has one.
};

/// What became of the changes that were asked for.
struct moved_refs {
  std::vector<std::string> held;  ///< Locked by somebody, or in the way of each other.
  /// Somebody has moved them since `before` was read: what the remote was asked for may be older.
  std::vector<std::string> overtaken;
  std::string why;  ///< Git's words about the first that did not move.
};

/// Moves all refs with the same message in one transaction that checks each old value (`git
/// update-ref --stdin`), so a reader sees all of them or none. What then fails is tried again one
/// by one: a ref that is locked does not hold up the others. `folder` is the quarantine, which
/// keeps the plan for whoever comes after a crash. Nothing when no git could be run; the run has
/// failed then.
std::optional<moved_refs> move_refs(fetch_run& run, const std::string& folder,
                                    std::vector<ref_change> changes);

/// Branches that are checked out in some worktree of the clone, by full name: to move one would
/// make the worktree look changed.
std::vector<std::string> checked_out_branches(const repository_location& location);

}  // namespace headway::git

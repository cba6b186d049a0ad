/// What a fetch leaves behind that was killed, and the rules by which it may be removed from a
/// clone in which a person works too. `sweep_abandoned_fetches` (fetch.hpp) is here as well.
/// Private to storage/git.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <messages/repo.hpp>

namespace headway::git {

/// What a child is about to lock: each ref, and what it will write into that lock (nothing for a
/// deletion, which locks packed-refs too).
struct planned_lock {
  std::string ref;
  std::optional<oid> content;
};

/// Writes the plan into the quarantine at `folder`, for whoever comes after a crash. A plan that
/// cannot be written only means that locks may stay.
void note_locks(const std::string& folder, const std::vector<planned_lock>& plan);

/// Removes the locks that a killed child left, by the plan in `folder`. git names a lock after its
/// ref, so no name says who made it. A lock counts as ours when it is younger than the plan, empty
/// or holds just what was planned, belongs to this user, is not open in any process, and no git is
/// at work in the repository. In doubt it stays. Answers false when a git at work is what keeps
/// them: they can be judged later then, by the same plan. REQUIRES: no child of ours is alive.
bool sweep_locks(const repository_location& location, const std::string& folder);

}  // namespace headway::git

/// Whether the person's own `git fetch` is at work in a clone.
#pragma once

#include <messages/repo.hpp>

namespace headway::git {

/// From its beginning to its end `git fetch` leaves FETCH_HEAD empty, and it moves refs only where
/// they still are as they were when it began: one that we moved meanwhile would make it fail. Costs
/// a stat for each worktree; where there is such a file, whoever left it must still be there. One
/// that was told to write no FETCH_HEAD is not seen. Any thread.
bool user_is_fetching(const repository_location& location);

}  // namespace headway::git

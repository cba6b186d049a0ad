/// Git's own commit-graph files of a clone.
#pragma once

#include <caf/error.hpp>

#include <messages/repo.hpp>
#include <storage/git/child_process.hpp>

namespace headway::git {

/// `git commit-graph write --reachable --split`: adds a layer with the commits that no file covers
/// yet, and merges small layers, as `git maintenance` does. Changes nothing else in the clone.
/// Blocks: some 10 us for each of these commits. `io` with git's words, for example when another
/// git is at it; `cancelled`; `deadline_exceeded` after half an hour.
caf::error write_commit_graph(const repository_location& location, const cancellation& cancel);

}  // namespace headway::git

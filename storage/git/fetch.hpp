/// One fetch of one remote by `git`, leaving nothing behind but fresh remote-tracking refs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <messages/fetch.hpp>
#include <storage/git/child_process.hpp>

namespace headway::git {

struct fetch_options {
  std::chrono::milliseconds deadline{120'000};
  std::chrono::milliseconds kill_grace{10'000};
  std::vector<std::string> allowed_schemes;  ///< "file" covers local paths.
};

/// Asks the remote for the tracked refs (`git ls-remote`, protocol v2 where the server speaks it)
/// and fetches those that moved (`git fetch` with explicit refspecs). A tracked ref that is gone
/// from a validated, non-empty answer is deleted with its old value checked; an empty answer, or
/// one that lacks more than half of several tracked refs, never deletes anything and is reported.
///
/// Never prompts; never writes FETCH_HEAD, never starts gc or maintenance, never runs hooks, never
/// recurses into submodules, never changes the configuration. Blocks; any thread; at most one at a
/// time per object store. Failures are told in the report: `auth_required`, `network`, `remote`,
/// `deadline_exceeded`, `cancelled`, `disk_full`, `missing`, `corrupt`, `permission_denied`.
remote_fetch_report fetch(const fetch_target& target, const fetch_options& options,
                          const cancellation& cancel);

}  // namespace headway::git

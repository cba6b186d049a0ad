/// One fetch of one remote by `git`, leaving nothing behind but fresh remote-tracking refs.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <messages/fetch.hpp>
#include <storage/git/child_process.hpp>
#include <storage/git/ssh_sharing.hpp>

namespace headway::git {

struct fetch_options {
  std::chrono::milliseconds deadline{120'000};
  std::chrono::milliseconds kill_grace{10'000};
  std::vector<std::string> allowed_schemes;  ///< "file" covers local paths.
  /// What the remote was seen to have a moment ago, validated; null: it is asked.
  advertised_refs_ptr seen;
  /// Connections that fetches by ssh may share; null: each has its own.
  std::shared_ptr<ssh_sharing> ssh;
};

/// Asks the remote for its branches (`git ls-remote`, protocol v2 where the server speaks it),
/// unless it has been seen already, and fetches those tracked refs that moved (`git fetch` with
/// explicit refspecs, forced only where the configured refspec has a "+"). A tracked ref that is
/// gone from a validated, non-empty answer is deleted with its old value checked; an empty answer,
/// or one that lacks more than half of several tracked refs, never deletes anything and is
/// reported. A ref that cannot move does not hold up the others: the report then is a failure and
/// names what did move.
///
/// Never prompts; never writes FETCH_HEAD, never starts gc or maintenance, never runs hooks, never
/// recurses into submodules, never changes the configuration. Tags follow as `remote.<name>.tagOpt`
/// says. Temporary files and locks of a child that died are removed (fetch_debris.hpp says which).
///
/// Blocks; any thread; at most one at a time per object store. The remote is named to git, so no
/// address is ever an argument; credential helpers, netrc, ssh configuration, keys and agent of the
/// user serve. Failures are told in the report: `auth_required` (credentials or an unknown host
/// key), `network`, `remote`, `deadline_exceeded`, `cancelled`, `disk_full`, `missing`, `corrupt`,
/// `permission_denied`, `config` (the address needs a scheme that is not allowed, or there is
/// none), `invalid_argument` (no name of a remote), `io` (a ref is locked or was rejected, git is
/// not installed, anything else).
remote_fetch_report fetch(const fetch_target& target, const fetch_options& options,
                          const cancellation& cancel);

}  // namespace headway::git

/// One fetch of one remote, leaving nothing behind but fresh remote-tracking refs.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <messages/fetch.hpp>
#include <messages/token_source.hpp>
#include <storage/git/child_process.hpp>
#include <storage/git/ssh_sharing.hpp>

namespace headway::git {

class fetch_connections;

/// What has to be free where the clone lies: `leave_some` is `space_to_leave`.
enum class space_rule : std::uint8_t { any, leave_some };

struct fetch_options {
  std::chrono::milliseconds deadline{120'000};
  std::chrono::milliseconds kill_grace{10'000};
  std::vector<std::string> allowed_schemes;  ///< "file" covers local paths.
  /// Directories of repositories whose own configuration may name programs.
  std::vector<std::string> trusted_repositories;
  address_rule addresses = address_rule::any;
  std::vector<token_source> tokens;  ///< Read when a fetch begins.
  /// What the remote was seen to have a moment ago, validated; null: it is asked.
  advertised_refs_ptr seen;
  /// Connections that fetches by ssh may share; null: each has its own.
  std::shared_ptr<ssh_sharing> ssh;
  /// `native` fails where only git can fetch.
  fetch_backend backend = fetch_backend::automatic;
  /// What our own way of fetching keeps between fetches; used by one fetch at a time. Null: of this
  /// one alone.
  std::shared_ptr<fetch_connections> connections;
  std::uint64_t max_pack_size = 0;  ///< Bytes; a larger pack is refused. 0: no limit.
  space_rule space = space_rule::any;
  fetch_haste haste = fetch_haste::somebody_waits;
  /// How long nothing may come; of a pack over our own connections, less than 1 KiB a second.
  std::chrono::seconds patience_with_silence{30};
  /// How long refs wait for a `git fetch` of the person's own to end; then it is `in_use`.
  std::chrono::milliseconds patience_with_user{10'000};
};

/// Asks the remote for its branches (`git ls-remote`, protocol v2 where the server speaks it),
/// unless it has been seen already, and fetches those tracked refs that moved. Their objects come
/// in a quarantine (fetch_quarantine.hpp) and enter the clone when they are complete; then the refs
/// move in one transaction that checks their old values. A ref is rewritten only where the
/// configured refspec has a "+". A tracked ref that is gone from a validated, non-empty answer is
/// deleted with its old value checked; an empty answer, or one that lacks more than half of several
/// tracked refs, never deletes anything and is reported. A ref that cannot move does not hold up
/// the others: the report then is a failure and names what did move. One that somebody else has
/// moved meanwhile is asked for again.
///
/// Two ways bring the objects: `git fetch`, which knows every kind of remote and clone, and, for
/// plain clones over HTTP(S), our own over kept connections (fetch_by_http.hpp).
///
/// Never prompts; never writes FETCH_HEAD, never starts gc or maintenance, never runs hooks, never
/// recurses into submodules, never changes the configuration. Tags follow as `remote.<name>.tagOpt`
/// says, but not beside refs below refs/prefetch/. A fetch that dies at any point, by kill -9 too,
/// leaves nothing that the next one, or `sweep_abandoned_fetches`, does not remove.
///
/// Blocks; any thread; at most one at a time per object store. The remote is named to git, so no
/// address is ever an argument; credential helpers, netrc, ssh configuration, keys and agent of the
/// user serve. Failures are told in the report: `auth_required` (credentials or an unknown host
/// key), `network`, `remote`, `deadline_exceeded`, `cancelled`, `disk_full`, `missing`, `corrupt`,
/// `permission_denied`, `in_use` (the person's own git is fetching), `config` (the address needs a
/// scheme that is not allowed, or there is none), `budget_exceeded` (a pack that is larger than
/// allowed), `invalid_argument` (no name of a remote), `io` (a ref is locked or was rejected, git
/// is not installed, anything else).
remote_fetch_report fetch(const fetch_target& target, const fetch_options& options,
                          const cancellation& cancel);

/// Removes what fetches of this clone left that were killed with their process; each fetch begins
/// with it. Costs one listing of a folder when there is nothing. Any thread; beside running fetches
/// too.
void sweep_abandoned_fetches(const repository_location& location);

}  // namespace headway::git

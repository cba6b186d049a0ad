/// What the configuration makes of remotes and upstreams. Private to storage/git.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <messages/repo.hpp>
#include <storage/git/ref_store.hpp>
#include <storage/git/refspec.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

/// Remotes and the upstreams of branches, as git's remote.c and `git for-each-ref %(upstream)` see
/// them. Tips are left to the caller. REQUIRES: both arguments outlive it.
class upstream_map {
 public:
  upstream_map(const settings& configured, ref_store& refs);

  std::vector<remote_config> remotes() const;

  /// Of the branch with that short name. Nothing unless both remote and merge are configured;
  /// without a tracking ref when no refspec of the remote stores the merge ref.
  std::optional<upstream_ref> of(const std::string& branch);

  /// By remote name: where refs/remotes/<remote>/HEAD leads, for remotes that have it.
  std::vector<std::pair<std::string, tracked_ref>> remote_heads();

  /// By remote name: those of `names` in which a remote's refspecs store a branch that one of
  /// `patterns` matches.
  std::vector<std::pair<std::string, tracked_ref>> matching(
      const std::set<std::string>& names, const std::vector<std::string>& patterns);

 private:
  std::optional<std::string> tracking_ref(const std::string& remote, const std::string& merge);
  std::string local_ref(const std::string& name);

  const settings& configured_;
  ref_store& refs_;
  std::unordered_map<std::string, std::vector<refspec>> specs_;
};

}  // namespace headway::git

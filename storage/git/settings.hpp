/// The part of Git's configuration that Headway reads, for one repository. Private to storage/git.
///
/// The files are those that git reads, in its order: system, XDG, global, repository, worktree, and
/// then GIT_CONFIG_COUNT of the environment. Plain files are read by `plain_config.hpp`, all others
/// are parsed by libgit2, which follows includes; its own
/// stack of files is not used, because it knows neither GIT_CONFIG_GLOBAL nor config.worktree, and
/// its look-ups by pattern leak.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

#include <messages/repo.hpp>

struct git_repository;

namespace headway::git {

struct remote_settings {
  std::string name;
  std::vector<std::string> urls;
  std::vector<std::string> fetch;
  bool promisor = false;
  bool in_repository = false;  ///< Some key of it stands in the repository's own configuration.
};

struct branch_settings {
  std::string remote;              ///< The last value wins.
  std::vector<std::string> merge;  ///< The first is the upstream.
};

struct url_rewrite {
  std::string prefix;  ///< url.<base>.insteadOf
  std::string base;
};

/// A setting that decides how a remote is talked to, what one shows, or how objects are stored.
struct transport_setting {
  std::string key;  ///< As git writes it: "http.sslcainfo", "remote.origin.proxy".
  std::string value;
};

struct settings {
  std::vector<remote_settings> remotes;  ///< In order of first appearance.
  std::unordered_map<std::string, branch_settings> branches;
  std::vector<url_rewrite> rewrites;
  std::vector<transport_setting> transport;  ///< In git's order: of one value, the last counts.
  std::vector<std::pair<std::string, std::string>> extensions;  ///< Keys in lower case.
  std::vector<std::string> safe_directories;  ///< From outside the repository only.
  std::vector<std::string> includes;          ///< Files that are or may be included.
  /// Keys of the repository's own configuration that make git run a program, or hide whether some
  /// do.
  std::vector<std::string> programs;
  std::string worktree;  ///< core.worktree
  int format_version = 0;
  bool bare = false;
  bool warn_ambiguous_refs = true;
  bool use_replace_refs = true;
  bool conditional_includes = false;

  const branch_settings* branch(const std::string& name) const;
  const remote_settings* remote(std::string_view name) const;
  /// An address after insteadOf.
  std::string rewritten(const std::string& url) const;
  const std::string* extension(std::string_view key) const;
};

/// Whether `settings::branches` is filled: a thousand of them are most of what there is to read,
/// and who opens a repository needs none.
enum class branch_sections { read, passed_over };

/// Reads all files. `condition` is what the conditions of includeIf are judged against; null: they
/// count as false. Errors: `corrupt` (names file and line), `permission_denied`, `missing`.
caf::expected<settings> read_settings(const repository_location& location,
                                      const git_repository* condition, branch_sections branches);

/// Only what lies outside of any repository.
caf::expected<settings> read_outer_settings();

/// The configuration files of a person and a machine that exist or may come to exist, in Git's
/// order.
std::vector<std::string> outer_config_files();

/// Those of the repository: config, and config.worktree of this worktree.
std::vector<std::string> inner_config_files(const repository_location& location);

}  // namespace headway::git

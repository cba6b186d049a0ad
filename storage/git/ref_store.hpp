/// The refs of one repository in the "files" format: loose refs over packed-refs. Private to
/// storage/git.
///
/// Read here and not through libgit2, because libgit2's iterator passes over broken refs without a
/// word and takes a damaged packed-refs for a shorter one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <caf/expected.hpp>

#include <messages/repo.hpp>
#include <storage/git/packed_refs.hpp>

namespace headway::git {

/// Where a name leads after symbolic refs. No id and no problem: the last name of the chain is of a
/// ref that does not exist.
struct resolved_ref {
  std::optional<oid> id;
  std::string name;     ///< The last of the chain.
  std::string problem;  ///< "is broken", "is a loop of symbolic refs"; completes "refs/heads/x …".
};

/// What stands in one ref, before symbolic refs are followed. All empty: no such ref.
struct raw_ref {
  std::optional<oid> id;
  std::optional<std::string> target;
  std::string problem;
};

/// What a file says that holds a ref; nothing when there is no such file.
std::optional<raw_ref> read_ref_file(const std::string& path);

/// Names are listed when it is made, contents are read when they are asked for. One thread.
///
/// Loose refs are listed before packed-refs is read: `git pack-refs` writes packed-refs first and
/// deletes loose refs after that, so that no ref can be missed between the two.
class ref_store {
 public:
  /// Errors: `corrupt` (packed-refs), `missing`, `permission_denied`, `io`.
  static caf::expected<ref_store> read(const repository_location& location);

  /// Full names that begin with `prefix`, sorted, each once.
  std::vector<std::string> names(std::string_view prefix) const;

  resolved_ref resolve(const std::string& name);
  bool exists(const std::string& name) { return resolve(name).id.has_value(); }

  /// What the symbolic ref of that name names; nothing if it is not symbolic or does not exist.
  std::optional<std::string> symbolic_target(const std::string& name);

 private:
  explicit ref_store(const repository_location& location) : location_{location} {}
  raw_ref read_raw(const std::string& name);
  raw_ref read_loose(const std::string& name);
  bool may_be_outside(const std::string& name);
  raw_ref read_packed(const std::string& name) const;

  repository_location location_;
  std::vector<std::string> loose_;
  std::unordered_map<std::string, bool>
      outside_;  // By first component: whether the worktree has it.
  packed_refs packed_;
};

/// `corrupt` when HEAD of the worktree holds neither a ref name nor an object id.
caf::error check_head(const repository_location& location);

}  // namespace headway::git

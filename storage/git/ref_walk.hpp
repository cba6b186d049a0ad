/// Listing the loose refs of a repository. Private to storage/git.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <caf/error.hpp>

#include <messages/repo.hpp>

namespace headway::git {

/// A file that is a loose ref by its place.
struct loose_ref {
  const std::string& name;  ///< "refs/heads/main".
  int folder;        ///< Descriptor of the folder that holds the file, for openat and fstatat.
  const char* file;  ///< Name within the folder.
};

/// Calls `visit` for every loose ref below refs/ of the repository, in no order: shared refs from
/// the common directory, bisect, worktree and rewritten from the worktree's own. Files are not
/// opened. Locks and hidden files are left out, as Git does. A folder that disappears meanwhile
/// counts as empty.
caf::error walk_loose_refs(const repository_location& location,
                           const std::function<void(const loose_ref&)>& visit);

/// Whether refs of that name belong to one worktree rather than to all that share the repository.
bool is_per_worktree(std::string_view name) noexcept;

/// The file in which a loose ref of that name lies.
std::string loose_path(const repository_location& location, const std::string& name);

}  // namespace headway::git

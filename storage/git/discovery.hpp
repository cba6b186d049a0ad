/// Finding every Git repository below a folder.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <caf/error.hpp>

#include <messages/repo.hpp>

namespace headway::git {

struct discovery_result {
  std::vector<repository_location> repositories;  ///< By path.
  /// Folders that could not be looked into and repositories that cannot be used, with the reason.
  std::vector<std::pair<std::string, caf::error>> problems;
  std::size_t folders_seen = 0;
};

/// Called now and then with the folder being looked at; may be empty.
using discovery_progress = std::function<void(const std::string& folder, std::size_t found)>;

/// Work trees (submodules and nested clones as repositories of their own), linked worktrees and
/// bare repositories below `roots`, each root included. Symbolic links to folders are not followed;
/// nothing inside a .git directory or a bare repository is looked at, so a submodule is found
/// through its work tree only.
discovery_result discover(const std::vector<std::string>& roots,
                          const discovery_progress& progress = {});

}  // namespace headway::git

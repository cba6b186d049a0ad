/// Git's safe.directory rule. Private to storage/git.
#pragma once

#include <string>

#include <caf/error.hpp>

#include <messages/repo.hpp>

namespace headway::git {

/// `foreign_owner` unless work tree, .git file and Git directory all belong to the user of this
/// process (or, under sudo, to the one who called it), or safe.directory of the system's or the
/// person's configuration names the path or is "*".
///
/// Decided here and not by libgit2 1.5, which does not know "*" and GIT_CONFIG_GLOBAL: it would
/// refuse what git accepts.
caf::error check_owner(const repository_location& location);

}  // namespace headway::git

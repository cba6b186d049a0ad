/// What keeps a node from fetching, said before it tries.
#pragma once

#include <string>
#include <vector>

#include <messages/repo.hpp>

namespace headway::git {

/// Why nothing, or not all, can be fetched of a repository under these settings, in sentences that
/// say how to change that: its own configuration names a program and it is not one of
/// `trusted_repositories`, or a remote is reached by a scheme that is not one of `allowed_schemes`.
/// Nothing of what cannot be read. Any thread.
std::vector<std::string> obstacles_to_fetching(const repository_location& location,
                                               const std::vector<std::string>& trusted_repositories,
                                               const std::vector<std::string>& allowed_schemes);

}  // namespace headway::git

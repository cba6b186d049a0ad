/// The refs of a remote that is a repository on this machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include <messages/fetch.hpp>

namespace headway::git {

/// Those of `names` that the repository at `address` (a path, relative to `base` when it is not
/// absolute, or a file:// address) has, as `git upload-pack` would show them. Nothing when only git
/// can say: it hides refs, keeps them in another format, belongs to somebody else, is damaged or is
/// not there.
std::optional<advertised_refs> read_local_refs(const std::string& base, const std::string& address,
                                               const std::vector<std::string>& names);

}  // namespace headway::git

/// A few refs of a repository by name, without listing all of them. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include <messages/repo.hpp>

namespace headway::git {

/// Where each of `names` (full names) leads, in their order; nothing for one that does not exist.
/// Errors: `corrupt` (a ref is broken, or packed-refs is), `missing`, `permission_denied`, `io`.
caf::expected<std::vector<std::optional<oid>>> look_up(const repository_location& location,
                                                       const std::vector<std::string>& names);

/// `refs` with the tips that their tracking refs have now. A broken tracking ref has none.
caf::expected<std::vector<tracked_ref>> with_current_tips(const repository_location& location,
                                                          std::vector<tracked_ref> refs);

}  // namespace headway::git

/// Where the parts of a repository lie, and whether Headway can read its format. Private to
/// storage/git.
#pragma once

#include <string>

#include <caf/expected.hpp>

#include <messages/repo.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

/// Follows .git files and commondir from `path`, which is absolute and free of symbolic links.
/// `path` of the answer is provisional when `path` is a Git directory itself: its configuration
/// decides. Errors: as `locate`.
caf::expected<repository_location> follow(const std::string& path);

/// Settles path and bareness by the configuration.
repository_location settle(repository_location location, const settings& configured);

/// `unsupported_object_format` for another hash, another ref format, or an extension unknown to us.
caf::error check_format(const repository_location& location, const settings& configured);

}  // namespace headway::git

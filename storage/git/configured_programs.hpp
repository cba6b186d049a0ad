/// Programs that a repository's own configuration names for git to run.
///
/// The configuration of the person and of the machine is theirs and is followed. That of a
/// repository may have come from anywhere, in an archive or on a shared disk; only a person can say
/// whether it is to be believed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>

#include <messages/repo.hpp>

namespace headway::git {

/// Whether the repository is one of `trusted`, which are directories, or lies below one.
bool is_trusted_repository(const repository_location& location,
                           const std::vector<std::string>& trusted);

/// The refusal of a repository whose configuration sets `key`.
caf::error untrusted_program(const repository_location& location, std::string_view key);

/// `config` when the repository is not trusted and its own configuration, or a file that it
/// includes, sets core.sshCommand, core.gitProxy, credential.helper, a remote's uploadpack or vcs,
/// or a hook's command, or includes files in ways that hide whether it does. Whatever else could
/// make a fetch run a program is switched off by `git_caller`. Other errors are those of reading
/// the configuration.
caf::error check_configured_programs(const repository_location& location,
                                     const std::vector<std::string>& trusted);

}  // namespace headway::git

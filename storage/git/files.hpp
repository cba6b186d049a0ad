/// Reading small files of a repository, with errors that name the path. Private to storage/git.
#pragma once

#include <string>
#include <string_view>

#include <caf/error.hpp>
#include <caf/expected.hpp>

namespace headway::git {

/// `missing`, `permission_denied` or `io`, after the errno of a failed call. `action` completes
/// "cannot …": "read", "look into".
caf::error os_error(int number, std::string_view action, const std::string& path);

/// The whole content. Never waits for the writer of a pipe: what is no regular file is `corrupt`.
caf::expected<std::string> read_file(const std::string& path);

/// Absolute, free of symbolic links; everything on the way must exist.
caf::expected<std::string> real_path(const std::string& path);

/// `path` when it is absolute, else below `base`.
std::string path_below(const std::string& base, const std::string& path);

std::string parent_of(const std::string& path);
std::string_view base_name(std::string_view path) noexcept;

/// Without the white space at the end.
std::string_view trim_end(std::string_view text) noexcept;

}  // namespace headway::git

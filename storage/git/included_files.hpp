/// Which files the configuration of a repository includes. Private to storage/git.
#pragma once

#include <string>
#include <vector>

namespace headway::git {

/// Remembers what reading the configuration found, so that `fingerprint` can look at those files
/// without reading anything. Process-wide, because fingerprints are taken without an open
/// repository; thread-safe. A repository whose configuration includes nothing takes no room.
void remember_included_files(const std::string& git_dir, std::vector<std::string> files);

std::vector<std::string> included_files(const std::string& git_dir);

}  // namespace headway::git

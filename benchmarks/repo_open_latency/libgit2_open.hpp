/// The counterpart.
#pragma once

#include <string>

namespace headway::repo_open_latency {

/// git_repository_open and git_repository_free. Any thread; libgit2 is initialised. Throws
/// `std::runtime_error` with libgit2's words.
void open_by_libgit2(const std::string& repository);

std::string libgit2_version();

}  // namespace headway::repo_open_latency

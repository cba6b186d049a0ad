/// How long it takes until a repository can be read: from the pool, opened anew, by libgit2 alone.
#pragma once

#include <iosfwd>

namespace headway::repo_open_latency {

/// Answers the exit status.
int run(int argc, const char* const* argv, std::ostream& out, std::ostream& errors);

}  // namespace headway::repo_open_latency

/// The store against what one would use without it.
#pragma once

#include <iosfwd>

namespace headway::sqlite_concurrency {

/// Answers the exit status.
int run(int argc, const char* const* argv, std::ostream& out, std::ostream& errors);

}  // namespace headway::sqlite_concurrency

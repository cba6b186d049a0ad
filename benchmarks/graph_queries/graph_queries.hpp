/// The program `graph_queries`, so that a test can run it.
#pragma once

#include <iosfwd>

namespace headway::graph_queries {

/// 0: done; 1: an answer was wrong, or something could not be measured; 2: wrong usage.
int run(int argc, const char* const* argv, std::ostream& out, std::ostream& errors);

}  // namespace headway::graph_queries

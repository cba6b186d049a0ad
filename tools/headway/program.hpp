/// The command line tool, from its arguments to its exit status.
#pragma once

#include <string>
#include <vector>

namespace headway::tools {

/// REQUIRES: called on the main thread, before any other exists.
int run_headway(std::vector<std::string> arguments);

}  // namespace headway::tools

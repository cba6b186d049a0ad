/// What a command line comes to when there is nothing more to do: help, a version, or a mistake.
#pragma once

#include <string>

namespace headway::tools {

struct early_end {
  int status = 0;
  std::string output;
  std::string errors;
};

/// Writes the texts; answers the exit status.
int end_early(const early_end& end);

}  // namespace headway::tools

/// The node as a program, from its command line to its exit status.
#pragma once

#include <string>
#include <vector>

namespace headway::tools {

inline constexpr int node_ok = 0;
inline constexpr int node_cannot_run = 1;
inline constexpr int node_misused = 2;

/// REQUIRES: called on the main thread, before any other exists.
int run_headwayd(std::vector<std::string> arguments);

}  // namespace headway::tools

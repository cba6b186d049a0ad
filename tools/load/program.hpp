/// The harness as a program, from its command line to its exit status.
#pragma once

#include <string>
#include <vector>

namespace headway::load {

inline constexpr int all_holds = 0;
inline constexpr int something_fails = 1;
inline constexpr int misused = 2;

/// REQUIRES: called on the main thread, before any other exists.
int run_headway_load(std::vector<std::string> arguments);

}  // namespace headway::load

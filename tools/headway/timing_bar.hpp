/// Where the time of a fetch went, for a terminal.
#pragma once

#include <string>

#include <messages/fetch.hpp>

namespace headway::tools {

/// Two lines: a bar of exactly 80 columns, in which each step has a letter and at least one column
/// if it took any time, and what the letters mean, with times, bytes and objects. Empty when the
/// report tells no time.
std::string timing_bar(const remote_fetch_report& report);

}  // namespace headway::tools

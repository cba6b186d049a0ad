/// Where `git fetch` spent its time, as its own trace tells (api-trace2). Private to storage/git.
#pragma once

#include <string_view>

#include <messages/fetch.hpp>

namespace headway::git {

/// Adds what the events tell, one JSON object a line. Lines that make no sense are passed over: the
/// figures are of interest, not of importance.
void add_traced_times(std::string_view events, fetch_steps& steps);

}  // namespace headway::git

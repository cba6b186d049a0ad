/// What `git fetch` tells of itself in traces: where it spent its time (api-trace2), and which tags
/// the remote has (GIT_TRACE_PACKET). Private to storage/git.
#pragma once

#include <optional>
#include <string_view>

#include <messages/fetch.hpp>
#include <storage/remote/ls_refs.hpp>

namespace headway::git {

/// Adds what the events tell, one JSON object a line. Lines that make no sense are passed over: the
/// figures are of interest, not of importance.
void add_traced_times(std::string_view events, fetch_steps& steps);

/// The tags in the list of refs that `git fetch` asked for, in version 2 of the protocol. Nothing
/// unless the list is there as a whole, included all tags, and every tag of it makes sense.
std::optional<remote::advertised_tags> traced_tags(std::string_view packets);

}  // namespace headway::git

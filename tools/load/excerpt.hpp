/// The same scenario in small.
#pragma once

#include <chrono>
#include <cstdint>

#include <tools/load/scenario.hpp>

namespace headway::load {

/// What would happen later than `duration` does not; a warm-up is no more than a fifth of the run,
/// so that something is left to judge.
scenario excerpt_of_length(scenario plan, std::chrono::milliseconds duration);

/// `projects` of them in all, one at least of each group, in about the proportion of the groups.
scenario excerpt_of_size(scenario plan, std::uint64_t projects);

}  // namespace headway::load

/// From a scenario to what was seen.
#pragma once

#include <functional>
#include <string>

#include <tools/load/performance.hpp>
#include <tools/load/scenario.hpp>
#include <tools/load/stage.hpp>

namespace headway::load {

/// Hears how far a run is, at least every 200 ms; answers whether to go on.
using run_watch = std::function<bool(const std::string& what)>;

/// Hears what was seen. Node and servers have ended, and nothing that is said may still change.
using told_run = std::function<void(const performance&)>;

/// Makes everything, plays, compares with git, calls `told`, and takes everything away again.
/// Blocks. Throws `std::runtime_error` when there is nothing to play on; `interrupted` is set when
/// `watch` said stop. (Ten thousand clones can take minutes to delete: nobody waits for that to
/// hear how they fared.)
void perform(const scenario& plan, const stage_options& options, const run_watch& watch,
             const told_run& told);

}  // namespace headway::load

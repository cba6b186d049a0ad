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

/// Makes everything, plays, compares with git, and takes everything down again. Blocks. Throws
/// `std::runtime_error` when there is nothing to play on; `interrupted` is set when `watch` said
/// stop.
performance perform(const scenario& plan, const stage_options& options, const run_watch& watch);

}  // namespace headway::load

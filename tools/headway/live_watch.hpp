/// `headway watch` on a terminal: one screen, live, with keys.
#pragma once

#include <tools/headway/console.hpp>
#include <tools/headway/options.hpp>

namespace headway::tools {

/// Follows the events of the node until a key or a signal says stop; answers the exit status. A
/// node that goes away is waited for.
int run_live_watch(const watch_command& command, node& asked, console& out);

}  // namespace headway::tools

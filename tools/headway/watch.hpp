/// `headway watch`: the status table of a node, again and again.
#pragma once

#include <tools/headway/console.hpp>
#include <tools/headway/options.hpp>

namespace headway::tools {

/// On a terminal on the alternate screen, so that what was there before comes back; elsewhere one
/// table after the other. A node that stops answering is waited for, unless it has never answered.
/// Answers the exit status.
int run_watch(const watch_command& command, node& asked, console& out);

}  // namespace headway::tools

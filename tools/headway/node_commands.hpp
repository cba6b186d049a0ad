/// The commands of `headway` that are a request to a node each. They answer the exit status.
#pragma once

#include <tools/headway/console.hpp>
#include <tools/headway/options.hpp>

namespace headway::tools {

int run_add(const add_command& command, node& asked, console& out);
int run_remove(const remove_command& command, node& asked, console& out);
int run_activity(const activity_command& command, node& asked, console& out);
int run_list(const list_command& command, node& asked, console& out);
int run_fetch(const fetch_command& command, node& asked, console& out);

}  // namespace headway::tools

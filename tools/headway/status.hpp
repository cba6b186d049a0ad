/// `headway status`: how the clones stand, by an engine inside this process or by a node.
#pragma once

#include <string>
#include <vector>

#include <tools/headway/console.hpp>
#include <tools/headway/options.hpp>
#include <tools/report/attention.hpp>

namespace headway::tools {

struct status_finding {
  std::vector<sync_status_ptr> statuses;
  std::vector<std::string> documents;  ///< The same as JSON; only if they were asked for.
  std::vector<trouble> troubles;       ///< Of single repositories.
  std::vector<trouble> errors;  ///< Of what the command line named: they decide the exit status.
  fetch_memory memory = fetch_memory::kept;
};

/// With an engine of its own, in memory, which ends before this answers. Errors: the engine does
/// not start.
caf::expected<status_finding> local_status(const status_command& command, console& out);

/// Errors: no node, or none that works.
caf::expected<status_finding> node_status(const status_command& command, const std::string& url,
                                          console& out);

/// Prints what was found; answers the exit status.
int report_status(const status_finding& found, const status_command& command, console& out);

/// The whole command.
int run_status(const status_command& command, const headway_options& options, console& out);

}  // namespace headway::tools

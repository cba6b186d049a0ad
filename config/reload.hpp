/// What a new configuration changes in a node that runs.
#pragma once

#include <string>
#include <vector>

#include <config/engine_config.hpp>

namespace headway {

struct reload_plan {
  /// The running configuration with those new values that can change while running. Valid if both
  /// are.
  node_config effective;
  /// Keys of the options that change now, and of those that differ but need a restart.
  std::vector<std::string> applied;
  std::vector<std::string> needs_restart;
};

/// REQUIRES: both configurations are valid.
reload_plan plan_reload(const node_config& running, const node_config& wanted);

}  // namespace headway

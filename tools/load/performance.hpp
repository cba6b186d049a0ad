/// Everything that was seen in one run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tools/load/fault_proxy.hpp>
#include <tools/load/ledger.hpp>
#include <tools/load/node_watch.hpp>
#include <tools/load/scenario.hpp>

namespace headway::load {

/// What an event of the time line came to.
struct incident {
  span when;         ///< Until it was undone, or the end of the run.
  std::string name;  ///< As judgements name it.
  std::string note;  ///< What there is to tell, such as how long a restart took.
};

/// What the comparison with git at the end came to.
struct verification {
  std::size_t projects = 0;
  std::size_t branches = 0;
  std::vector<std::string> wrong;  ///< One line for each wrong answer.
  std::vector<std::string> lost;   ///< Acknowledged and not there.
  std::size_t healthy = 0;         ///< Projects of hosts that nothing happened to …
  std::vector<std::string> late;  ///< … and those of them that should have been looked at by now.
};

/// What is found in clones after the last stop of the node.
struct inspection {
  std::size_t clones = 0;
  std::vector<std::string> debris;
};

struct performance {
  ledger book;
  std::vector<node_sample> samples;
  std::vector<incident> incidents;
  std::vector<std::string> troubles;  ///< Of the harness itself: what it could not do.
  std::uint64_t changes_made = 0;
  std::uint64_t spot_checks = 0;           ///< Commits after which the node was asked at once.
  std::vector<std::string> wrong_at_once;  ///< Those that it did not show.
  /// The end of the warm-up: metrics and traffic are of what came later.
  microseconds counted_from{0};
  metric_values metrics_before;
  metric_values metrics_after;
  proxy_traffic traffic;
  microseconds length{0};
  std::vector<std::chrono::milliseconds> restarts;  ///< How long each start after a kill took.
  verification end;
  inspection left;
  bool interrupted = false;
};

}  // namespace headway::load

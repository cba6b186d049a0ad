/// What a fleet of projects will cost and how fresh it will be, from what single looks, fetches and
/// answers cost. Plain arithmetic; docs/sizing.md explains it and compares it with measured fleets.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <config/engine_config.hpp>

namespace headway::tools {

struct fleet {
  double projects = 0;
  double hosts = 1;
  double branches = 5;      ///< With an upstream, of a project.
  double commits = 10'000;  ///< Of a project's history.
  double changes = 10;      ///< Pushes to the remote of a project in a day.
  double requests = 1;      ///< For a sync status, in a second.
  std::chrono::milliseconds round_trip{50};
  /// What a host takes to list its refs, beside the round trip.
  std::chrono::milliseconds answers_in{50};
};

/// What one of each costs a node: seconds of a core with the children's, bytes on the wire both
/// ways, bytes of memory.
struct unit_costs {
  double look_seconds = 0;
  double look_branch_seconds = 0;  ///< More, for each branch that is tracked.
  double fetch_seconds = 0;        ///< With the counting of what it moved.
  double request_seconds = 0;
  double idle_share = 0;          ///< Of a core, whatever is asked.
  double idle_project_share = 0;  ///< More, for each project.
  double look_bytes = 0;
  double look_branch_bytes = 0;
  double fetch_bytes = 0;  ///< Of a push of a commit or a few.
  double base_memory = 0;
  double looking_memory = 0;  ///< More, of a node that looks at remotes.
  double project_memory = 0;
  double fetched_project_memory = 0;  ///< More, of a project that has ever been fetched.
  double branch_memory = 0;
  double commit_memory = 0;  ///< Up to graph.memory_budget, over which graphs come and go.
};

/// Of `benchmarks/sizing/measure`, on two virtual cores.
unit_costs measured_costs();

struct forecast {
  double interval = 0;   ///< Seconds from the end of a look at a remote to the next.
  std::string bound_by;  ///< The option, or what else, that makes it no shorter.
  double mean_age = 0;   ///< Seconds since the last look, at a random moment …
  double p99_age = 0;    ///< … which 99 of 100 moments do not exceed.
  double looks = 0;      ///< In a second.
  double looks_at_once = 0;
  double fetches = 0;   ///< In a second.
  double look_cpu = 0;  ///< Shares of a core: 1 is all of one.
  double fetch_cpu = 0;
  double request_cpu = 0;
  double idle_cpu = 0;
  double bytes = 0;           ///< In a second, both ways.
  double project_memory = 0;  ///< Bytes, of projects and their branches.
  double graph_memory = 0;
  double base_memory = 0;

  double cpu() const { return look_cpu + fetch_cpu + request_cpu + idle_cpu; }
  double memory() const { return base_memory + project_memory + graph_memory; }
};

/// For a fleet whose projects are all alike, over HTTP, in the long run. REQUIRES: projects and
/// hosts, one at least.
forecast foresee(const fleet& what, const engine_config& settings, const unit_costs& costs);

}  // namespace headway::tools

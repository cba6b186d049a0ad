/// What a node costs, as the kernel and the node itself say.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace headway::load {

using std::chrono::microseconds;

/// Totals, at one moment.
struct process_costs {
  double cpu_seconds = 0;  ///< With the children that it has waited for.
  std::uint64_t resident_bytes = 0;
  std::uint64_t read_bytes = 0;  ///< From disks; what came out of the page cache is not there.
  std::uint64_t written_bytes = 0;
  std::uint64_t descriptors = 0;
};

/// Nothing when there is no such process.
std::optional<process_costs> costs_of(pid_t pid);

struct machine_costs {
  double busy_seconds = 0;  ///< Of all cores.
  double wait_seconds = 0;  ///< Idle, with something waiting for a disk.
};
machine_costs costs_of_machine();

/// What limits the node's fetches.
struct stage_figures {
  double waiting = 0;
  double running = 0;
  double limit = 0;
  std::string limited_by;
};

struct node_sample {
  microseconds at{0};
  bool up = false;
  double cpu_percent = 0;  ///< Of one core.
  double resident_bytes = 0;
  double descriptors = 0;
  double wal_bytes = 0;  ///< Of the database's log; 0 when the node is not ours.
  double read_rate = 0;  ///< Bytes per second.
  double write_rate = 0;
  double machine_percent = 0;  ///< Of all cores.
  double wait_percent = 0;
  stage_figures probes;
  stage_figures transfers;
};

/// "probes" and "transfers" of GET /scheduler; nothing of what is not there.
void read_scheduler(std::string_view json, node_sample& to);

/// Name, with labels, and value of every line of an exposition.
using metric_values = std::map<std::string, double>;
metric_values parse_metrics(std::string_view text);

/// The time of one part of many answers, or one phase of many fetches.
struct part_time {
  std::string name;
  double count = 0;
  double mean_ms = 0;
  double p50_ms = 0;  ///< Upper end of the bucket that holds it.
  double p95_ms = 0;
  double p99_ms = 0;
};

/// What a histogram of seconds has gathered between two readings.
part_time difference(const metric_values& before, const metric_values& after,
                     const std::string& histogram, const std::string& label,
                     const std::string& value);

/// Turns totals into rates. Not thread-safe.
class node_watch {
 public:
  /// `pid` is 0 when the node is down or not ours.
  node_sample take(microseconds at, pid_t pid);

 private:
  pid_t last_pid_ = 0;
  microseconds last_at_{0};
  process_costs last_{};
  machine_costs machine_{};
};

}  // namespace headway::load

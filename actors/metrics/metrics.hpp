/// All figures of an engine in Prometheus form. Any thread; recording never blocks for long (atomic
/// counters and gauges of prometheus-cpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <messages/database.hpp>
#include <messages/fetch.hpp>
#include <messages/graph.hpp>
#include <messages/project.hpp>
#include <messages/repo.hpp>

namespace headway {

class metrics {
 public:
  metrics();
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  void status_served(const status_timing& timing);
  /// The same of one that no part but memory had to do with.
  void status_shown(std::chrono::nanoseconds took);
  /// The 99th percentile of what people waited for a status since the last call.
  std::optional<std::chrono::milliseconds> take_status_p99();
  void status_failed();
  void fetch_ended(const remote_fetch_report& report);
  void pool(const pool_stats& stats);
  void watch(const watch_stats& stats);
  void graph(const graph_stats& stats);
  void scheduler(const scheduler_stats& stats);
  void store(const store_stats& stats);
  /// Number of projects in each state, indexed by `project_state`.
  void projects(const std::vector<std::size_t>& by_state);
  void part_restarted(const std::string& part);

  /// The text exposition format, version 0.0.4.
  std::string text() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

using metrics_ptr = std::shared_ptr<metrics>;

}  // namespace headway

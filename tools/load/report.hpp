/// What a run is told as: a table for people, JSON for programs, a page with plots.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <tools/load/performance.hpp>
#include <tools/load/scenario.hpp>
#include <tools/load/verdicts.hpp>
#include <tools/terminal/screen.hpp>

namespace headway::load {

struct report {
  const scenario& plan;
  const performance& seen;
  const std::vector<verdict>& verdicts;
  std::string fingerprint;
  /// What the figures depend on: machine, versions, date.
  std::vector<std::pair<std::string, std::string>> facts;
};

/// Latencies of a kind of request that was asked for at all.
struct latency_row {
  std::string name;
  std::size_t asked = 0;
  std::size_t failed = 0;
  std::size_t unanswered = 0;
  double p50 = 0;
  double p95 = 0;
  double p99 = 0;
  double p999 = 0;
  double greatest = 0;
};

/// By kind, then "all".
std::vector<latency_row> latency_rows(const scenario& plan, const performance& seen);

/// Of answers by part, then of fetches by phase and by step; as the node's metrics have it.
std::vector<part_time> part_times(const performance& seen);

/// At most 80 columns wide.
std::string text_of(const report& x, terminal::color_use colors);
std::string json_of(const report& x);
/// One file that needs no other.
std::string html_of(const report& x);

}  // namespace headway::load

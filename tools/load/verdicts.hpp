/// Whether a run was as its scenario demands.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tools/load/performance.hpp>
#include <tools/load/scenario.hpp>

namespace headway::load {

struct verdict {
  judgement asked;
  std::optional<double> figure;  ///< Nothing: there was nothing to measure, which is a failure.
  bool holds = false;
};

std::vector<verdict> judge(const scenario& plan, const performance& seen);

/// Of the whole run but its warm-up, or of the event `during`.
std::function<bool(microseconds)> window(const scenario& plan, const performance& seen,
                                         const std::string& during);

/// Metrics of the node: pairs of commits whose counts were known, and that had to be counted.
inline constexpr const char* pairs_known = "headway_graph_pair_hits_total";
inline constexpr const char* pairs_counted = "headway_graph_pair_misses_total";
/// What a metric has grown by during the run.
double grown(const performance& seen, const std::string& metric);

}  // namespace headway::load

/// How many fetches ran over time, and why not more, as a picture.
#pragma once

#include <string>
#include <vector>

#include <benchmarks/storm/storm_node.hpp>

namespace headway::adaptation {

/// A time in which something is wrong.
struct hardship {
  std::string name;
  double from = 0;  ///< Seconds since the storm began.
  double until = 0;
};

struct course {
  std::string name;
  const storm::chronicle* seen = nullptr;
};

/// An SVG document: for each course a strip with the limit, the fetches that run and the p99 of
/// answers by the second; what limits is written where it changes, hardships are shaded.
std::string limits_plot(const std::vector<course>& courses, const std::vector<hardship>& hardships);

}  // namespace headway::adaptation

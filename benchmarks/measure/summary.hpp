/// What many measurements of one thing say.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headway::measure {

/// The smallest sample that at least `percent` of all samples do not exceed: always one that was
/// seen, never a value between two. REQUIRES: samples are not empty; 0 < percent <= 100.
double percentile(std::vector<double> samples, double percent);

/// The middle sample, or the mean of the middle two. REQUIRES: samples are not empty.
double median(std::vector<double> samples);

struct summary {
  std::size_t count = 0;
  double mean = 0;
  double p50 = 0;
  double p95 = 0;
  double p99 = 0;
  double least = 0;
  double greatest = 0;
};

/// All zeros when there are no samples.
summary summarize(std::span<const double> samples);

}  // namespace headway::measure

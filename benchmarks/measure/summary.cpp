#include <algorithm>
#include <cmath>
#include <numeric>

#include <benchmarks/measure/summary.hpp>

namespace headway::measure {

namespace {

double order_statistic(std::vector<double>& samples, std::size_t rank) {
  const auto place = samples.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(samples.begin(), place, samples.end());
  return *place;
}

}  // namespace

double percentile(std::vector<double> samples, double percent) {
  // 99 * 100 / 100 may come out a little above 99: not the next sample for that.
  const auto rank = std::ceil(percent * static_cast<double>(samples.size()) / 100 - 1e-9);
  return order_statistic(samples, static_cast<std::size_t>(std::max(rank, 1.0)) - 1);
}

double median(std::vector<double> samples) {
  const auto upper = order_statistic(samples, samples.size() / 2);
  if (samples.size() % 2 == 1)
    return upper;
  return (order_statistic(samples, samples.size() / 2 - 1) + upper) / 2;
}

summary summarize(std::span<const double> samples) {
  if (samples.empty())
    return {};
  std::vector<double> sorted{samples.begin(), samples.end()};
  std::sort(sorted.begin(), sorted.end());
  return {.count = sorted.size(),
          .mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) /
                  static_cast<double>(sorted.size()),
          .p50 = percentile(sorted, 50),
          .p95 = percentile(sorted, 95),
          .p99 = percentile(sorted, 99),
          .least = sorted.front(),
          .greatest = sorted.back()};
}

}  // namespace headway::measure

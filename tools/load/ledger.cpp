#include <algorithm>
#include <cmath>

#include <tools/load/ledger.hpp>

namespace headway::load {

std::vector<double> latencies(const std::vector<sample>& samples, std::optional<request_kind> kind,
                              const std::function<bool(microseconds at)>& wanted) {
  std::vector<double> result;
  for (const auto& each : samples)
    if ((!kind || each.kind == *kind) && each.how == outcome::answered && wanted(each.at))
      result.push_back(static_cast<double>(each.latency.count()) / 1e3);
  std::ranges::sort(result);
  return result;
}

std::optional<double> percentile(const std::vector<double>& ascending, double percent) {
  if (ascending.empty())
    return std::nullopt;
  const auto rank = static_cast<std::size_t>(
      std::ceil(percent / 100 * static_cast<double>(ascending.size()) - 1e-9));
  return ascending[std::clamp<std::size_t>(rank, 1, ascending.size()) - 1];
}

std::size_t count_of(const std::vector<sample>& samples, outcome how,
                     const std::function<bool(microseconds at)>& wanted) {
  return static_cast<std::size_t>(std::ranges::count_if(
      samples, [&](const sample& each) { return each.how == how && wanted(each.at); }));
}

}  // namespace headway::load

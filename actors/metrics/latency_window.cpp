#include <algorithm>
#include <cmath>

#include <actors/metrics/latency_window.hpp>

namespace headway {

namespace {

constexpr double steps_per_doubling = 4;

double microseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e3;
}

}  // namespace

void latency_window::add(std::chrono::nanoseconds waited) noexcept {
  const auto place = std::ceil(steps_per_doubling * std::log2(std::max(1.0, microseconds(waited))));
  const auto last = static_cast<double>(counts_.size() - 1);
  counts_[static_cast<std::size_t>(std::min(place, last))].fetch_add(1, std::memory_order_relaxed);
}

std::optional<std::chrono::milliseconds> latency_window::take_p99() noexcept {
  std::array<std::uint32_t, 128> counts{};
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
    all += counts[i] = counts_[i].exchange(0, std::memory_order_relaxed);
  if (all == 0)
    return std::nullopt;
  std::uint64_t left = all - all / 100;
  std::size_t place = 0;
  while (place + 1 < counts.size() && counts[place] < left)
    left -= counts[place++];
  const auto bound = std::exp2(static_cast<double>(place) / steps_per_doubling);
  return std::chrono::milliseconds{std::llround(std::ceil(bound / 1e3))};
}

}  // namespace headway

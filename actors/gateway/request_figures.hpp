/// How many requests there were, and how long their answers took.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace headway::gateway {

/// Not thread-safe: the gateway's thread owns it.
class request_figures {
 public:
  void answered(unsigned status, std::chrono::nanoseconds took);

  /// Prometheus text exposition: `headway_http_request_seconds`, a histogram by class of status.
  std::string text() const;

 private:
  static constexpr std::array<double, 13> bounds{1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01,
                                                 0.05, 0.1,  0.5,  1,    5,    10};

  struct histogram {
    std::array<std::uint64_t, bounds.size() + 1> buckets{};  ///< Each by itself; the last: more.
    std::chrono::nanoseconds sum{};
  };

  std::array<histogram, 5> by_class_;  ///< 1xx to 5xx.
};

}  // namespace headway::gateway

/// How long people waited of late. Plain class; any thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace headway {

/// Counts by powers of a fourth root of two, which is exact to a fifth, and forgets when it is
/// asked.
class latency_window {
 public:
  void add(std::chrono::nanoseconds waited) noexcept;

  /// The 99th percentile of what was added since the last call, rounded up; nothing when that was
  /// nothing.
  std::optional<std::chrono::milliseconds> take_p99() noexcept;

 private:
  std::array<std::atomic<std::uint32_t>, 128> counts_{};
};

}  // namespace headway

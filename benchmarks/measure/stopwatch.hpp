/// Wall and processor time since a point.
#pragma once

#include <chrono>

namespace headway::measure {

struct elapsed {
  std::chrono::nanoseconds wall{};
  std::chrono::nanoseconds cpu{};  ///< User and system time of all threads and waited-for children.
};

double in_seconds(std::chrono::nanoseconds time) noexcept;
double in_microseconds(std::chrono::nanoseconds time) noexcept;

/// Runs from construction on. One thread at a time.
class stopwatch {
 public:
  stopwatch();
  elapsed read() const;

 private:
  std::chrono::steady_clock::time_point wall_;
  std::chrono::nanoseconds cpu_;
};

}  // namespace headway::measure

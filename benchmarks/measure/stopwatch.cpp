#include <ctime>

#include <benchmarks/measure/stopwatch.hpp>
#include <sys/resource.h>

namespace headway::measure {

namespace {

std::chrono::nanoseconds of(const timeval& time) {
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

std::chrono::nanoseconds cpu_so_far() {
  // The clock counts nanoseconds of this process; only rusage knows of children.
  timespec own{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  rusage children{};
  ::getrusage(RUSAGE_CHILDREN, &children);
  return std::chrono::seconds{own.tv_sec} + std::chrono::nanoseconds{own.tv_nsec} +
         of(children.ru_utime) + of(children.ru_stime);
}

}  // namespace

double in_seconds(std::chrono::nanoseconds time) noexcept {
  return std::chrono::duration<double>(time).count();
}

double in_microseconds(std::chrono::nanoseconds time) noexcept {
  return std::chrono::duration<double, std::micro>(time).count();
}

stopwatch::stopwatch() : wall_{std::chrono::steady_clock::now()}, cpu_{cpu_so_far()} {}

elapsed stopwatch::read() const {
  const auto wall = std::chrono::steady_clock::now() - wall_;
  return {wall, cpu_so_far() - cpu_};
}

}  // namespace headway::measure

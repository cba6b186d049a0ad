#include <algorithm>

#include <actors/fetch/admission_controller.hpp>

namespace headway {

namespace {

// Shares of a tick that somebody had to wait; above them background work is felt.
constexpr double cpu_bound = 0.40;
constexpr double io_bound = 0.10;
constexpr double memory_bound = 0.05;
constexpr double memory_use_bound = 0.85;

const char* pressure_in(const resource_sample& sample) noexcept {
  if (sample.memory_pressure.value_or(0) > memory_bound)
    return "memory pressure";
  if (sample.memory_used && sample.memory_limit &&
      static_cast<double>(*sample.memory_used) >
          memory_use_bound * static_cast<double>(*sample.memory_limit))
    return "memory in use";
  if (sample.io_pressure.value_or(0) > io_bound)
    return "disk pressure";
  if (sample.cpu_pressure.value_or(0) > cpu_bound)
    return "CPU pressure";
  return nullptr;
}

constexpr const char* by_ceiling = "the ceiling (cores minus one, or fetch.max_concurrent)";

}  // namespace

std::size_t admission_controller::ceiling_of(std::size_t configured, unsigned cores) noexcept {
  if (configured != 0)
    return configured;
  return cores > 1 ? cores - 1 : 1;
}

admission_controller::admission_controller(std::size_t configured, unsigned cores)
    : ceiling_(ceiling_of(configured, cores)), limit_(ceiling_), limited_by_(by_ceiling) {}

void admission_controller::configure(std::size_t configured, unsigned cores) {
  ceiling_ = ceiling_of(configured, cores);
  limit_ = std::min(limit_, ceiling_);
}

void admission_controller::observe(const resource_sample& sample, std::size_t running) {
  if (const auto* cause = pressure_in(sample)) {
    limit_ = std::max<std::size_t>(1, limit_ / 2);
    limited_by_ = cause;
    return;
  }
  if (limit_ < ceiling_ && running * 2 >= limit_)
    ++limit_;
  if (limit_ == ceiling_)
    limited_by_ = by_ceiling;
}

}  // namespace headway

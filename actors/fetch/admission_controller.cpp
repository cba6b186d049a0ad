#include <algorithm>

#include <actors/fetch/admission_controller.hpp>

namespace headway {

namespace {

// Shares of a tick that somebody had to wait; above them background work is felt.
constexpr double cpu_bound = 0.40;
constexpr double io_bound = 0.10;
constexpr double memory_bound = 0.05;
constexpr double throttling_bound = 0.50;
constexpr double memory_use_bound = 0.85;

// What a single transfer should be able to take when bandwidth is bounded.
constexpr std::uint64_t share_of_a_fetch = 1ull << 20;
// Heads that move between packs slow all of them down.
constexpr std::size_t most_on_rotating_disk = 2;

constexpr unsigned patience_with_sensors = 5;
constexpr unsigned samples_after_full_disk = 12;

bool is_low_on_space(const resource_sample& sample) {
  if (!sample.disk_free)
    return false;
  return *sample.disk_free < space_to_leave(sample.disk_size.value_or(0));
}

}  // namespace

admission_controller::admission_controller(const admission_bounds& bounds,
                                           std::chrono::milliseconds foreground_target)
    : bounds_(bounds), foreground_target_(foreground_target) {
  set_ceiling();
  limit_ = ceiling_;
  limited_by_ = ceiling_by_;
}

void admission_controller::set_ceiling() {
  ceiling_ = bounds_.configured;
  ceiling_by_ = "the ceiling that is configured";
  if (ceiling_ != 0)
    return;
  ceiling_ = bounds_.cores > 1 ? bounds_.cores - 1 : 1;
  ceiling_by_ = "the ceiling: cores minus one";
  if (bounds_.bandwidth != 0 && bounds_.bandwidth / share_of_a_fetch < ceiling_) {
    ceiling_ = std::max<std::size_t>(1, bounds_.bandwidth / share_of_a_fetch);
    ceiling_by_ = "the ceiling: fetch.bandwidth, at 1 MiB/s for each fetch";
  }
  if (disk_ == disk_kind::rotating && most_on_rotating_disk < ceiling_) {
    ceiling_ = most_on_rotating_disk;
    ceiling_by_ = "the ceiling: a disk that rotates";
  }
  if (bounds_.least > ceiling_) {
    ceiling_ = bounds_.least;
    ceiling_by_ = "the ceiling: fetch.min_concurrent";
  }
}

void admission_controller::configure(const admission_bounds& bounds,
                                     std::chrono::milliseconds foreground_target) {
  bounds_ = bounds;
  foreground_target_ = foreground_target;
  set_ceiling();
  limit_ = std::clamp(limit_, std::min(bounds_.least, ceiling_), ceiling_);
}

void admission_controller::observe(const resource_sample& sample, std::size_t running) {
  missed_samples_ = 0;
  full_for_ -= full_for_ > 0 ? 1 : 0;
  low_on_space_ = is_low_on_space(sample);
  if (disk_ != sample.disk) {
    disk_ = sample.disk;
    set_ceiling();
    limit_ = std::min(limit_, ceiling_);
  }
  const auto* blind = failing_sensor(sample);
  if (const auto* cause = pressure_in(sample))
    return halve(cause);
  if (blind != nullptr)
    return halve(blind);
  if (limit_ < ceiling_ && running * 2 >= limit_)
    limit_ = std::min(ceiling_, limit_ + bounds_.step);
  if (limit_ == ceiling_)
    limited_by_ = ceiling_by_;
}

void admission_controller::observe_nothing() {
  if (++missed_samples_ >= patience_with_sensors)
    halve("the machine cannot be observed");
}

void admission_controller::found_disk_full() {
  full_for_ = samples_after_full_disk;
}

std::string admission_controller::stopped_by() const {
  if (full_for_ > 0)
    return "a fetch found no space left on its disk";
  if (low_on_space_)
    return "less than 2 GiB, or 5 percent, of the disk is free";
  return {};
}

void admission_controller::halve(const char* cause) {
  limit_ = std::max(std::min(bounds_.least, ceiling_), limit_ / 2);
  limited_by_ = limit_ < ceiling_ ? cause : ceiling_by_;
}

const char* admission_controller::pressure_in(const resource_sample& sample) {
  if (sample.foreground_p99 && *sample.foreground_p99 > foreground_target_)
    return "people wait longer than fetch.foreground_target";
  if (sample.memory_pressure.value_or(0) > memory_bound)
    return "memory pressure";
  if (sample.memory_used && sample.memory_limit &&
      static_cast<double>(*sample.memory_used) >
          memory_use_bound * static_cast<double>(*sample.memory_limit))
    return "memory in use";
  if (sample.io_pressure.value_or(0) > io_bound)
    return "disk pressure";
  if (sample.cpu_throttled.value_or(0) > throttling_bound)
    return "CPU throttling of the cgroup";
  if (sample.cpu_pressure.value_or(0) > cpu_bound)
    return "CPU pressure";
  return nullptr;
}

const char* admission_controller::failing_sensor(const resource_sample& sample) {
  const std::array<bool, 3> there{sample.cpu_pressure.has_value(), sample.io_pressure.has_value(),
                                  sample.memory_pressure.has_value()};
  bool failing = false;
  for (std::size_t i = 0; i < there.size(); ++i) {
    auto& one = sensors_[i];
    one.known |= there[i];
    one.missing = there[i] || !one.known ? 0 : one.missing + 1;
    failing |= one.missing >= patience_with_sensors;
  }
  return failing ? "a sensor of pressure fails" : nullptr;
}

}  // namespace headway

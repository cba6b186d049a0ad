/// How many fetches may run at once. Plain class.
///
/// Additive increase, multiplicative decrease (as in TCP, and in Gitaly's adaptive limiter): a
/// sample under pressure halves the limit, one without raises it by a step, but only when at least
/// half of it is used, so that an idle node does not climb to a limit that it never proved it can
/// bear.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <messages/resources.hpp>

namespace headway {

/// What bounds the limit from above, whatever the machine can bear at the moment.
struct admission_bounds {
  std::size_t configured = 0;   ///< 0: by the machine, cores minus one, at least 1.
  unsigned cores = 1;           ///< 0: of no account.
  std::uint64_t bandwidth = 0;  ///< Bytes a second; 0: any.
  std::size_t step = 1;         ///< By which a limit grows.
  /// Below which no pressure brings it, and no guess at what the machine can bear.
  std::size_t least = 1;
};

class admission_controller {
 public:
  /// People who wait longer than `foreground_target` are pressure.
  admission_controller(const admission_bounds& bounds, std::chrono::milliseconds foreground_target);

  void observe(const resource_sample& sample, std::size_t running);
  /// There was no sample when there should have been one; five in a row are pressure.
  void observe_nothing();
  /// A fetch found no space: for a minute of samples none begins.
  void found_disk_full();
  void configure(const admission_bounds& bounds, std::chrono::milliseconds foreground_target);

  std::size_t limit() const noexcept { return limit_; }
  std::size_t ceiling() const noexcept { return ceiling_; }
  const std::string& limited_by() const noexcept { return limited_by_; }
  /// Why none may begin at all; empty: they may.
  std::string stopped_by() const;

 private:
  /// A value that was there once and then fails to come tells of a machine in trouble.
  struct sensor {
    bool known = false;
    unsigned missing = 0;  ///< In a row.
  };

  const char* pressure_in(const resource_sample& sample);
  const char* failing_sensor(const resource_sample& sample);
  void set_ceiling();
  void halve(const char* cause);

  admission_bounds bounds_;
  std::chrono::milliseconds foreground_target_;
  disk_kind disk_ = disk_kind::unknown;
  std::size_t ceiling_ = 1;
  std::string ceiling_by_;
  std::size_t limit_ = 1;
  std::string limited_by_;
  std::array<sensor, 3> sensors_{};
  unsigned missed_samples_ = 0;
  unsigned full_for_ = 0;  ///< Samples.
  bool low_on_space_ = false;
};

}  // namespace headway

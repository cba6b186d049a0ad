/// What the machine has to give.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace headway {

enum class disk_kind : std::uint8_t { unknown, solid, rotating };

/// One observation of the machine. Missing values could not be read here.
struct resource_sample {
  std::chrono::steady_clock::time_point taken{};
  unsigned cores = 1;                         ///< Usable: affinity and cgroup quota counted in.
  std::optional<double> cpu_pressure;         ///< Share of the last tick some task waited for CPU.
  std::optional<double> io_pressure;          ///< Share in which all tasks waited for IO.
  std::optional<double> memory_pressure;      ///< Share in which all tasks waited for memory.
  std::optional<std::uint64_t> memory_limit;  ///< Bytes: cgroup limit or the machine's memory.
  std::optional<std::uint64_t> memory_used;   ///< Bytes, page cache not counted.
  std::optional<std::uint64_t> disk_free;     ///< Bytes where the data directory lies.
  std::optional<std::uint64_t> disk_size;     ///< All bytes of that file system.
  disk_kind disk = disk_kind::unknown;        ///< Where the data directory lies.
  /// Differs when files in which logins of remotes are kept have changed.
  std::uint64_t login_files = 0;
  std::optional<double> cpu_throttled;  ///< Share of the last tick the cgroup was denied CPU.
  /// 99th percentile of how long people waited for a status in the last tick; nothing when nobody
  /// asked.
  std::optional<std::chrono::milliseconds> foreground_p99;
};

/// Bytes of a file system of `size` bytes that fetches leave free: 2 GiB, or 5 % where that is
/// more.
constexpr std::uint64_t space_to_leave(std::uint64_t size) noexcept {
  return std::max(std::uint64_t{2} << 30, size / 20);
}

using resource_sample_ptr = std::shared_ptr<const resource_sample>;

}  // namespace headway

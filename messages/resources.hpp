/// What the machine has to give.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace headway {

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
};

using resource_sample_ptr = std::shared_ptr<const resource_sample>;

}  // namespace headway

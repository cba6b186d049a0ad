/// Reads what the kernel says about the machine. Plain class.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <messages/resources.hpp>

namespace headway {

/// Pressure stall information ("some avg10=0.00 … total=123") as the running total in microseconds
/// of the line that starts with `kind`; nothing when the text has no such line.
std::optional<std::uint64_t> pressure_total(std::string_view text, std::string_view kind) noexcept;

/// One thread at a time: remembers the totals of the last sample, because pressure is their growth.
class resource_reader {
 public:
  /// `root` is "/" but for tests; free space is that of `data_directory` ("" when nothing is
  /// stored).
  resource_reader(std::string root, std::string data_directory);

  /// `now` dates the sample and is what pressures are related to. The first sample has none.
  resource_sample read(std::chrono::steady_clock::time_point now);

 private:
  std::optional<double> pressure(const std::string& resource, std::string_view kind,
                                 std::chrono::steady_clock::time_point now);

  std::optional<double> throttling(std::chrono::steady_clock::time_point now);
  std::optional<double> growth(const std::string& name, std::uint64_t microseconds,
                               std::chrono::steady_clock::time_point now);

  struct total {
    std::uint64_t microseconds = 0;
    std::chrono::steady_clock::time_point taken{};
  };
  std::string root_;
  std::string data_directory_;
  std::map<std::string, total> totals_;
};

/// Cores that this process may use: affinity and the cgroup's CPU quota, at least 1.
unsigned usable_cores(const std::string& root = "/");

/// Bytes of memory that this process may use: the smaller of the machine's and the cgroup's limit.
std::uint64_t usable_memory(const std::string& root = "/");

}  // namespace headway

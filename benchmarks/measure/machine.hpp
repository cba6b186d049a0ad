/// What the figures were measured on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headway::measure {

struct machine {
  std::string processor;
  unsigned cores = 0;
  std::uint64_t memory_bytes = 0;
  std::string kernel;
  std::string disk;  ///< "rotating", "solid state", "memory" or "unknown": as the kernel says.
};

/// `where` is the folder whose disk counts.
machine describe_machine(const std::filesystem::path& where);

/// Values of "model name" in /proc/cpuinfo and of "MemTotal" in /proc/meminfo, given their texts;
/// "unknown" and 0 when they say nothing.
std::string processor_in(std::string_view cpuinfo);
std::uint64_t memory_in(std::string_view meminfo);

/// Name and value, for reports.
std::vector<std::pair<std::string, std::string>> facts(const machine& x);

}  // namespace headway::measure

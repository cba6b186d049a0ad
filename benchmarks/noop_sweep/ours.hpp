/// An engine that keeps a fleet fresh.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <benchmarks/measure/stopwatch.hpp>

#include <actors/engine.hpp>

namespace headway::noop_sweep {

class engine_sweep {
 public:
  /// Starts an engine in memory that knows all clones. Throws when that fails.
  explicit engine_sweep(const std::vector<std::filesystem::path>& clones);

  /// Asks for a fetch of every project and waits for all. Throws when one does anything but find
  /// that nothing has moved.
  measure::elapsed sweep();

 private:
  engine engine_;
  std::vector<project_id> projects_;
};

/// Bytes of requests and answers of one probe on a connection that is there.
std::uint64_t bytes_of_a_warm_probe(const std::string& url, const std::string& ca_file,
                                    std::size_t branches);

/// Of this process now.
std::uint64_t resident_bytes();

}  // namespace headway::noop_sweep

/// An engine that keeps a fleet fresh.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmarks/measure/stopwatch.hpp>

#include <actors/engine.hpp>

namespace headway::noop_sweep {

class engine_sweep {
 public:
  /// Starts an engine in memory that knows all clones, each of the remote of the same place. Throws
  /// when that fails.
  engine_sweep(const std::vector<std::filesystem::path>& clones, std::vector<std::string> urls);

  /// Makes all remotes due and waits until every project's document says that its remote was looked
  /// at since. Throws when one does anything but find that nothing has moved. Waits first,
  /// unmeasured, until the engine would look at a remote again.
  measure::elapsed sweep();

  /// The same as people have it: asks for a fetch of every project and for the end of each, before
  /// which the engine looks at the clone as well.
  measure::elapsed sweep_by_request();

 private:
  class documents;

  std::vector<std::string> urls_;
  std::vector<project_id> projects_;
  std::shared_ptr<documents> told_;
  std::chrono::steady_clock::time_point begun_{};
  engine engine_;
  engine::subscription_ptr follows_;
};

/// Bytes of requests and answers of one probe on a connection that is there.
std::uint64_t bytes_of_a_warm_probe(const std::string& url, const std::string& ca_file,
                                    std::size_t branches);

/// Of this process now.
std::uint64_t resident_bytes();

}  // namespace headway::noop_sweep

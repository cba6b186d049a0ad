/// Does it pay to ask for the branches that are tracked, and for no others?
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmarks/fetch_decomposition/delayed_link.hpp>
#include <benchmarks/measure/report.hpp>
#include <tests/support/git_servers.hpp>
#include <tests/support/sandbox.hpp>

namespace headway::fetch_decomposition {

/// A server with a hundred branches, all of which have moved on since its clones were made.
class wide_stage {
 public:
  static constexpr std::size_t branches = 100;

  explicit wide_stage(std::chrono::milliseconds round_trip);

  /// Has none of what is new.
  std::filesystem::path fresh_clone();
  /// Throws unless it has what is new of the first `tracked` branches.
  void check_and_remove(const std::filesystem::path& clone, std::size_t tracked) const;
  const std::string& url() const noexcept { return url_; }

  static std::string name_of(std::size_t branch) { return "b" + std::to_string(branch); }

 private:
  void grow(std::size_t commits_each);

  test::sandbox box_;
  std::filesystem::path server_;
  std::unique_ptr<test::http_server> web_;
  std::unique_ptr<delayed_link> link_;
  std::string url_;
  std::size_t commits_ = 0;
  std::size_t copies_ = 0;
};

/// A table over the number of tracked branches: git fetch of all branches, of the tracked ones, and
/// ours.
void measure_tracked(measure::report& report, const std::vector<int>& round_trips,
                     std::size_t rounds);

}  // namespace headway::fetch_decomposition

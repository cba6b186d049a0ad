/// Compares what a node answers with what git says about the same clone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tools/load/fixtures.hpp>

namespace headway::load {

struct branch_truth {
  std::string local;
  std::string remote;  ///< Empty: no upstream, or it is gone.
  std::string state;
  std::optional<std::uint64_t> ahead;
  std::optional<std::uint64_t> behind;
  friend bool operator==(const branch_truth&, const branch_truth&) = default;
};
using project_truth = std::map<std::string, branch_truth>;

/// What a status document says; nothing when it is none. Branches that nobody counts are there too.
std::optional<project_truth> truth_in(std::string_view document);

/// Counts by `git rev-list --count A --not B`, which looks at the whole of both ancestries. A pair
/// is counted once, whichever of the projects it is in: what a commit descends from is in its id.
/// For the same reason counts that took git long are kept in a file from run to run. Not
/// thread-safe.
class git_truth {
 public:
  /// Nothing is kept without a file.
  explicit git_truth(std::filesystem::path kept = {});

  project_truth of(const project_fixture& project);

 private:
  std::uint64_t count(const std::string& clone, const std::string& in, const std::string& not_in);
  std::filesystem::path kept_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> known_;
};

/// What differs, in words, one line a branch; nothing when they agree.
std::vector<std::string> differences(const std::string& project, const project_truth& git,
                                     const project_truth& node);

}  // namespace headway::load

/// Counting by libgit2, in process.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <messages/graph.hpp>

namespace headway::graph_queries {

/// One open repository, whose caches warm up as it is asked. One thread at a time.
class libgit2_counts {
 public:
  /// Throws `std::runtime_error` with libgit2's words.
  explicit libgit2_counts(const std::filesystem::path& repository);
  ~libgit2_counts();
  libgit2_counts(const libgit2_counts&) = delete;
  libgit2_counts& operator=(const libgit2_counts&) = delete;

  ahead_behind count(const tip_pair& pair) const;

  static std::string version();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace headway::graph_queries

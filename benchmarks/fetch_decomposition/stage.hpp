/// A server with a history, and clones that lack the end of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <benchmarks/fetch_decomposition/delayed_link.hpp>
#include <tests/support/git_servers.hpp>
#include <tests/support/sandbox.hpp>

namespace headway::fetch_decomposition {

/// Copies the clone "template" of the sandbox to `copy`, and points it at `url`. The packs are
/// shared by hard links, as nobody writes into them.
void copy_clone(const test::sandbox& box, const std::filesystem::path& copy,
                const std::string& url);

class stage {
 public:
  /// Of the repository at `history`, or of one that is made: each commit changes two of a thousand
  /// files. `longest`: the most commits that a clone will lack.
  stage(const std::optional<std::filesystem::path>& history, std::size_t longest);

  /// Makes what `fresh_clone` copies: a clone that lacks about `commits` commits of the main
  /// branch. Answers how many.
  std::size_t prepare(std::size_t commits);

  /// A copy of the clone that was prepared, whose remote is `round_trip` away.
  std::filesystem::path fresh_clone(std::chrono::milliseconds round_trip);
  /// Throws unless the clone has all by now that it lacked; then removes it.
  void check_and_remove(const std::filesystem::path& clone) const;

  std::string url(std::chrono::milliseconds round_trip);
  const std::string& tip() const noexcept { return tip_; }

 private:
  void make_history(std::size_t commits) const;
  std::string git(const std::filesystem::path& where, const std::vector<std::string>& args) const {
    return box_.git(where, args);
  }

  test::sandbox box_;
  std::filesystem::path root_;
  std::filesystem::path server_;
  std::string tip_;
  std::string base_;  ///< What the clone has.
  std::unique_ptr<test::http_server> web_;
  std::map<std::chrono::milliseconds, std::unique_ptr<delayed_link>> links_;
  std::size_t copies_ = 0;
};

}  // namespace headway::fetch_decomposition

/// Commits as `git fast-import` reads them.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include <benchmarks/history/dice.hpp>

namespace headway::history {

using commit_mark = std::uint32_t;

/// Writes commits with made-up authors and messages of the usual length, all with the same tree.
class commit_stream {
 public:
  /// `out` and `random` must outlive this object. Of the commits, `skewed` get a date of up to a
  /// month before a parent's; the others none before a parent's, as careful clocks would do.
  commit_stream(std::ostream& out, dice& random, double skewed);

  commit_mark commit(const std::vector<commit_mark>& parents, std::int64_t time);
  void set(const std::string& ref, commit_mark target);
  /// REQUIRES: nothing is written after it.
  void finish();

  std::uint32_t commits() const noexcept { return commits_; }
  std::uint32_t merges() const noexcept { return merges_; }
  std::uint32_t octopuses() const noexcept { return octopuses_; }

 private:
  void append_message();

  std::ostream& out_;
  dice& dice_;
  double skewed_;
  std::uint32_t commits_ = 0;
  std::uint32_t merges_ = 0;
  std::uint32_t octopuses_ = 0;
  std::vector<std::int64_t> times_;    ///< By mark; the first two belong to no commit.
  std::vector<std::string> messages_;  ///< To choose from; making up each would take longest.
  std::string text_;                   ///< Of one commit; kept for its memory.
};

}  // namespace headway::history

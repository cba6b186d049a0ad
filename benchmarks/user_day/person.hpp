/// Somebody who works in a clone with git.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace headway::user_day {

/// What a person's commands came to, over any number of days.
struct diary {
  std::uint64_t commands = 0;
  std::uint64_t fetches = 0;
  /// Fetches whose ref somebody moved between their look and their move: git says "but expected".
  std::uint64_t lost_races = 0;
  /// Every other command that failed, with git's words.
  std::vector<std::string> failures;
};

/// One thread at a time.
class person {
 public:
  /// `clone` gets a work tree with its main branch where its upstream is. Throws with git's words.
  explicit person(std::filesystem::path clone);

  /// Fetches, makes commits on a branch, rebases it, stashes, works in a second work tree, repacks,
  /// collects garbage, and leaves the clone as it was but for main, which follows its upstream.
  /// Answers how many seconds git took. Not finding what was left by the day before throws.
  double live_a_day(diary& book);

 private:
  double git(diary& book, const std::vector<std::string>& arguments,
             const std::filesystem::path& where);
  void edit(const std::filesystem::path& tree);

  std::filesystem::path clone_;
  std::uint64_t edits_ = 0;
};

}  // namespace headway::user_day

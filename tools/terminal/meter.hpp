/// How far something is, how fast it goes, and how long it will take.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace headway::terminal {

/// Not thread-safe. Takes the time as an argument.
class meter {
 public:
  using time = std::chrono::steady_clock::time_point;

  /// "fetching [######··············] 17/60, 12/s, 4 s left"; the rate and the rest once there is
  /// something to tell them from. Another `name`, or less done than before, begins anew.
  std::string text(std::string_view name, std::size_t done, std::size_t all, time now);

 private:
  std::string name_;
  time begun_{};
  std::size_t at_begin_ = 0;
  std::size_t last_ = 0;
};

}  // namespace headway::terminal

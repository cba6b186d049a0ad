/// How much to do at once, so that others wait for a short time only. Private to db/.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace headway::db {

/// Begins with little, doubles while steps are much shorter than they may be, and halves after one
/// that was longer: what a row costs depends on the disk and on what else the machine does.
class step_size {
 public:
  /// What a step is to take at most; others wait that long. Twice of it is still no harm.
  static constexpr std::chrono::nanoseconds goal = std::chrono::milliseconds{2};

  /// REQUIRES: 0 < least <= most.
  constexpr step_size(std::uint64_t least, std::uint64_t most) noexcept
      : least_(least), most_(most), now_(least) {}

  constexpr std::uint64_t now() const noexcept { return now_; }

  constexpr void took(std::chrono::nanoseconds time) noexcept {
    if (time > goal)
      now_ = std::max(least_, now_ / 2);
    else if (time < goal / 4)
      now_ = std::min(most_, now_ * 2);
  }

 private:
  std::uint64_t least_;
  std::uint64_t most_;
  std::uint64_t now_;
};

}  // namespace headway::db

/// Every random choice of a run, from one integer.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>

namespace headway::simulation {

using std::chrono::milliseconds;

/// The same choices on every machine: the distributions of the standard library are not.
class dice {
 public:
  explicit dice(std::uint64_t seed) : source_(seed) {}

  /// REQUIRES: `n` > 0.
  std::uint64_t below(std::uint64_t n) {
    mixed_ = (mixed_ ^ n) * 0x9e3779b97f4a7c15ull;
    const auto value = source_() % n;
    mixed_ ^= value;
    return value;
  }

  bool one_in(std::uint64_t n) { return below(n) == 0; }
  bool percent(std::uint64_t share) { return below(100) < share; }

  milliseconds between(milliseconds least, milliseconds most) {
    return least + milliseconds{below(std::uint64_t((most - least).count()) + 1)};
  }

  template <class Container>
  auto& pick(Container& from) {
    return from[below(from.size())];
  }

  /// Equal for two runs that made the same choices.
  std::uint64_t fingerprint() const { return mixed_; }

 private:
  std::mt19937_64 source_;
  std::uint64_t mixed_ = 0;
};

}  // namespace headway::simulation

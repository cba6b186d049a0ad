/// Random choices that are the same everywhere: the distributions of the standard library are not.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace headway::history {

class dice {
 public:
  explicit dice(std::uint64_t seed) : random_{seed} {}

  /// From 0 up to, and without, 1.
  double real() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  bool chance(double probability) { return real() < probability; }
  /// REQUIRES: `limit` > 0.
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  /// 0 and more; `mean` on average, nearly.
  std::uint32_t exponential(double mean) {
    return static_cast<std::uint32_t>(-mean * std::log(1 - real()));
  }

  /// Mostly one of the last, `mean` from the end on average.
  template <class T>
  const T& recent(const std::vector<T>& all, double mean) {
    const auto back = exponential(mean);
    return all[all.size() - 1 - (back < all.size() ? back : all.size() - 1)];
  }

  template <class T>
  void shuffle(std::vector<T>& all) {
    for (auto i = all.size(); i > 1; --i)
      std::swap(all[i - 1], all[below(static_cast<std::uint32_t>(i))]);
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace headway::history

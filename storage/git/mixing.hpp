/// A fast hash for things that nobody chooses with ill intent. Private to storage/git.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <messages/ids.hpp>

namespace headway::git {

/// Sensitive to order. The step is the finaliser of splitmix64 (Steele, Lea, Flood: "Fast
/// splittable pseudorandom number generators", 2014).
class mixer {
 public:
  explicit mixer(std::uint64_t seed) noexcept : state_{seed} {}

  void add(std::uint64_t value) noexcept {
    auto z = (state_ ^ value) + 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    state_ = z ^ (z >> 31);
  }

  void add(std::string_view bytes) noexcept {
    add(bytes.size());
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(8, bytes.size()))) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data(), std::min<std::size_t>(8, bytes.size()));
      add(word);
    }
  }

  void add(const oid& id) noexcept {
    add(std::string_view{reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
  }

  std::uint64_t value() const noexcept { return state_; }

 private:
  std::uint64_t state_;
};

}  // namespace headway::git

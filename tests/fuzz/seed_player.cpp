// The driver of fuzz targets where there is no libFuzzer: plays the seeds as they are, and then
// changed at random, as often as is asked for. The same every time.
//
//     PROGRAM EXECUTIONS FOLDER
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using input = std::vector<std::uint8_t>;

void play(const input& one) {
  LLVMFuzzerTestOneInput(one.data(), one.size());
}

// By name, so that the order is the same on every file system.
std::vector<input> seeds_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> names;
  for (const auto& entry : std::filesystem::directory_iterator{folder})
    names.push_back(entry.path());
  std::ranges::sort(names);
  std::vector<input> seeds;
  for (const auto& name : names) {
    std::ifstream file{name, std::ios::binary};
    seeds.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
  }
  return seeds;
}

class mutator {
 public:
  explicit mutator(std::vector<input> seeds) : seeds_(std::move(seeds)) {}

  input next() {
    auto one = seeds_[below(seeds_.size())];
    for (auto changes = 1 + below(4); changes > 0; --changes)
      change(one);
    return one;
  }

 private:
  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random_);
  }

  std::uint8_t byte() {
    // Those that parsers make decisions by.
    static constexpr std::uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, '\n', ' ', '/', '"', '{'};
    return below(2) == 0 ? telling[below(std::size(telling))]
                         : static_cast<std::uint8_t>(below(256));
  }

  void change(input& one) {
    if (one.empty()) {
      one.push_back(byte());
      return;
    }
    const auto at = below(one.size());
    const auto begin = one.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end =
        begin + static_cast<std::ptrdiff_t>(1 + below(std::min<std::size_t>(16, one.size() - at)));
    switch (below(5)) {
      case 0:
        *begin = byte();
        break;
      case 1:
        *begin ^= static_cast<std::uint8_t>(1u << below(8));
        break;
      case 2:
        one.erase(begin, end);
        break;
      case 3: {
        const input piece{begin, end};
        one.insert(one.begin() + static_cast<std::ptrdiff_t>(below(one.size() + 1)), piece.begin(),
                   piece.end());
        break;
      }
      default: {
        const auto& other = seeds_[below(seeds_.size())];
        one.resize(at);
        if (!other.empty())
          one.insert(one.end(), other.begin() + static_cast<std::ptrdiff_t>(below(other.size())),
                     other.end());
      }
    }
  }

  std::vector<input> seeds_;
  std::mt19937_64 random_{1};
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "usage: " << arguments[0] << " EXECUTIONS FOLDER\n";
    return 2;
  }
  const auto seeds = seeds_in(arguments[2]);
  if (seeds.empty()) {
    std::cerr << arguments[2] << ": no seeds\n";
    return 2;
  }
  std::ranges::for_each(seeds, play);
  mutator inputs{seeds};
  for (auto left = std::strtoul(arguments[1], nullptr, 10); left > 0; --left)
    play(inputs.next());
  return 0;
}

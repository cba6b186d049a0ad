#include <algorithm>
#include <utility>
#include <vector>

#include <config/nearest.hpp>
#include <config/options.hpp>

namespace headway {
namespace {

/// A third of the letters may be wrong: enough for slips, too little for another word.
std::size_t tolerance(std::string_view text) {
  return std::max<std::size_t>(1, text.size() / 3);
}

/// Longer texts are no slips of a name, and not worth the time.
constexpr std::size_t longest_key = 64;

/// As many edits are needed at least: most names are told apart by it.
std::size_t least_distance(std::string_view a, std::string_view b) {
  return std::max(a.size(), b.size()) - std::min(a.size(), b.size());
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  if (a.size() < b.size())
    std::swap(a, b);
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::string_view nearest_option(std::string_view key) {
  if (key.size() > longest_key)
    return {};
  const auto leaf = key.substr(key.rfind('.') + 1);
  std::string_view best;
  auto best_distance = tolerance(key) + 1;
  for (const auto& option : config_options()) {
    // The right name in the wrong section is nearer than any slip.
    const bool only_misplaced = option.name() == leaf;
    if (!only_misplaced && least_distance(key, option.key) >= best_distance)
      continue;
    const auto distance = only_misplaced ? 0 : edit_distance(key, option.key);
    if (distance < best_distance) {
      best_distance = distance;
      best = option.key;
    }
  }
  return best;
}

std::string_view nearest_section(std::string_view name) {
  if (name.size() > longest_key)
    return {};
  std::string_view best;
  auto best_distance = tolerance(name) + 1;
  for (const auto& section : config_sections()) {
    const auto distance = edit_distance(name, section.name);
    if (distance < best_distance) {
      best_distance = distance;
      best = section.name;
    }
  }
  return best;
}

}  // namespace headway

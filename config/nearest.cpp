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

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t at_most) {
  if (a.size() < b.size())
    std::swap(a, b);
  at_most = std::min(at_most, a.size());
  const auto far = at_most + 1;
  if (a.size() - b.size() > at_most)
    return far;
  // A cell further from the diagonal than `at_most` stands for more edits than that, and so does
  // every row below two without a nearer one.
  std::vector<std::size_t> before(b.size() + 1, far), above(b.size() + 1, far);
  std::vector<std::size_t> row(b.size() + 1, far);
  for (std::size_t j = 0; j <= std::min(b.size(), at_most); ++j)
    above[j] = j;
  std::size_t nearest_above = 0;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    const auto first = i > at_most ? i - at_most : 1;
    const auto last = std::min(b.size(), i + at_most);
    row[first - 1] = first == 1 ? i : far;
    auto nearest = row[first - 1];
    for (std::size_t j = first; j <= last; ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
      nearest = std::min(nearest, row[j]);
    }
    if (last < b.size())
      row[last + 1] = far;
    if (nearest > at_most && nearest_above > at_most)
      return far;
    nearest_above = nearest;
    std::swap(before, above);
    std::swap(above, row);
  }
  return std::min(above[b.size()], far);
}

std::string_view nearest_option(std::string_view key) {
  if (key.size() > longest_key)
    return {};
  const auto leaf = key.substr(key.rfind('.') + 1);
  std::string_view best;
  auto best_distance = tolerance(key) + 1;
  for (const auto& option : config_options()) {
    // The right name in the wrong section is nearer than any slip.
    const auto distance = option.name() == leaf ? 0 : edit_distance(key, option.key, best_distance);
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
    const auto distance = edit_distance(name, section.name, best_distance);
    if (distance < best_distance) {
      best_distance = distance;
      best = section.name;
    }
  }
  return best;
}

}  // namespace headway

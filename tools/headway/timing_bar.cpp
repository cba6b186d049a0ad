#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <tools/headway/timing_bar.hpp>

namespace headway::tools {

namespace {

using time_span = fetch_steps::time;

constexpr std::size_t bar_columns = 80;

struct part {
  char letter;
  std::string_view name;
  time_span time;
  std::size_t columns = 0;
};

// Their order is that of `all_fetch_steps`.
constexpr std::string_view step_letters = "ldctnpikr";
static_assert(step_letters.size() == all_fetch_steps.size());

std::vector<part> parts_of(const fetch_timing& timing) {
  std::vector<part> parts{{'q', "queue", timing.queued}, {'a', "asking", timing.probe}};
  time_span known{};
  for (std::size_t i = 0; i < all_fetch_steps.size(); ++i) {
    const auto time = timing.steps.*all_fetch_steps[i].time;
    known += time;
    parts.push_back({step_letters[i], all_fetch_steps[i].name, time});
  }
  parts.push_back({'.', "other", std::max(time_span{}, time_span{timing.transfer} - known)});
  std::erase_if(parts, [](const part& x) { return x.time <= time_span{}; });
  return parts;
}

// Each gets a column and its share of the others; what rounding leaves goes to the longest.
void share_columns(std::vector<part>& parts) {
  time_span all{};
  for (const auto& x : parts)
    all += x.time;
  const auto free = bar_columns - parts.size();
  std::size_t given = 0;
  for (auto& x : parts) {
    x.columns = 1 + static_cast<std::size_t>(static_cast<std::uint64_t>(x.time.count()) * free /
                                             static_cast<std::uint64_t>(all.count()));
    given += x.columns;
  }
  std::ranges::max_element(parts, {}, &part::time)->columns += bar_columns - given;
}

std::string shown(time_span time) {
  std::array<char, 32> text{};
  const auto milliseconds = static_cast<double>(time.count()) / 1e3;
  std::snprintf(text.data(), text.size(), milliseconds < 10 ? "%.1f ms" : "%.0f ms", milliseconds);
  return text.data();
}

std::string shown_bytes(std::uint64_t bytes) {
  std::array<char, 32> text{};
  if (bytes < 1024)
    return std::to_string(bytes) + " bytes";
  if (bytes < 1024 * 1024)
    std::snprintf(text.data(), text.size(), "%.1f KiB", static_cast<double>(bytes) / 1024);
  else
    std::snprintf(text.data(), text.size(), "%.1f MiB", static_cast<double>(bytes) / (1024 * 1024));
  return text.data();
}

}  // namespace

std::string timing_bar(const remote_fetch_report& report) {
  auto parts = parts_of(report.timing);
  if (parts.empty())
    return {};
  share_columns(parts);
  std::string bar;
  std::string legend{" "};
  for (const auto& x : parts) {
    bar.append(x.columns, x.letter);
    legend.append(" ")
        .append(1, x.letter)
        .append(" ")
        .append(x.name)
        .append(" ")
        .append(shown(x.time));
    legend += &x == &parts.back() ? ";" : ",";
  }
  legend += " " + std::to_string(report.objects) +
            (report.objects == 1 ? " object, " : " objects, ") + shown_bytes(report.bytes);
  if (report.backend != fetch_backend::automatic)
    legend.append(", backend ").append(to_string(report.backend));
  return bar + "\n" + legend + "\n";
}

}  // namespace headway::tools

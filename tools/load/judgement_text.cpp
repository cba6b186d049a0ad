#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <config/units.hpp>
#include <messages/error.hpp>
#include <tools/load/judgement_text.hpp>

namespace headway::load {

namespace {

enum class unit : std::uint8_t { time, size, percent, count };

unit unit_of(measure_kind what) {
  switch (what) {
    case measure_kind::latency:
    case measure_kind::latency_added:
    case measure_kind::staleness:
    case measure_kind::restart:
      return unit::time;
    case measure_kind::memory:
    case measure_kind::wal:
      return unit::size;
    case measure_kind::latency_change:
    case measure_kind::late_projects:
    case measure_kind::staleness_growth:
    case measure_kind::memory_growth:
    case measure_kind::descriptor_growth:
    case measure_kind::cpu:
    case measure_kind::pair_hit_rate:
      return unit::percent;
    default:
      return unit::count;
  }
}

constexpr std::array<std::pair<std::string_view, measure_kind>, 15> plain_measures{{
    {"errors", measure_kind::errors},
    {"unanswered", measure_kind::unanswered},
    {"wrong answers", measure_kind::wrong_answers},
    {"lost acknowledgements", measure_kind::lost_acknowledgements},
    {"late projects", measure_kind::late_projects},
    {"staleness growth", measure_kind::staleness_growth},
    {"memory", measure_kind::memory},
    {"memory growth", measure_kind::memory_growth},
    {"descriptor growth", measure_kind::descriptor_growth},
    {"wal", measure_kind::wal},
    {"cpu", measure_kind::cpu},
    {"pair hit rate", measure_kind::pair_hit_rate},
    {"pairs counted", measure_kind::pairs_counted},
    {"restart", measure_kind::restart},
    {"debris", measure_kind::debris},
}};

constexpr std::array<std::pair<std::string_view, double>, 6> percentiles{
    {{"p50", 50}, {"p90", 90}, {"p95", 95}, {"p99", 99}, {"p99.9", 99.9}, {"max", 100}}};

constexpr std::array<std::pair<std::string_view, comparison>, 5> comparisons{{
    {"<", comparison::less},
    {"<=", comparison::at_most},
    {"=", comparison::equal},
    {">=", comparison::at_least},
    {">", comparison::more},
}};

constexpr std::string_view form =
    "write MEASURE < LIMIT, such as \"status p99 < 500 ms\", \"all p99 change < 10 %\", \"errors = "
    "0\", "
    "\"wrong answers = 0\", \"lost acknowledgements = 0\", \"late projects < 1 %\", \"staleness "
    "p99 < 90 s\", \"staleness growth < 10 %\", "
    "\"memory < 512 MiB\", \"memory growth < 1 %\", \"descriptor growth < 1 %\", \"wal < 64 MiB\", "
    "\"cpu < 80 %\", \"pair hit rate > 90 %\", \"pairs counted < 2000\", "
    "\"restart < 2 s\" or \"debris = 0\"";

caf::error refused(std::string_view what) {
  return make_error(ec::config, std::string{what} + "; " + std::string{form});
}

template <class Table>
auto find_word(const Table& table, std::string_view word) {
  return std::ranges::find(table, word, [](const auto& row) { return row.first; });
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string{text}};
  std::vector<std::string> words;
  for (std::string word; stream >> word;)
    words.push_back(word);
  return words;
}

std::string joined(const std::vector<std::string>& words, std::size_t from, std::size_t to) {
  std::string text;
  for (auto i = from; i < to; ++i)
    text += (text.empty() ? "" : " ") + words[i];
  return text;
}

caf::expected<measured> parse_percentile(const std::vector<std::string>& words) {
  measured result;
  std::size_t at = 0;
  if (words[0] == "staleness") {
    result.what = measure_kind::staleness;
    ++at;
  } else if (const auto kind = std::ranges::find(request_names, words[0]);
             kind != request_names.end()) {
    result.of = static_cast<request_kind>(kind - request_names.begin());
    ++at;
  } else if (words[0] == "all") {
    ++at;
  }
  if (at == words.size())
    return refused("names no percentile");
  const auto percent = find_word(percentiles, words[at]);
  if (percent == percentiles.end())
    return refused("'" + words[at] + "' is no measure");
  result.percent = percent->second;
  if (++at == words.size())
    return result;
  if (result.what == measure_kind::latency && at + 1 == words.size() && words[at] == "change")
    result.what = measure_kind::latency_change;
  else if (result.what == measure_kind::latency && at + 1 == words.size() && words[at] == "added")
    result.what = measure_kind::latency_added;
  else
    return refused("'" + joined(words, at, words.size()) + "' does not belong there");
  return result;
}

caf::expected<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return refused("'" + std::string{text} + "' is no number");
  return value;
}

caf::expected<double> parse_limit(unit in, std::string_view text) {
  switch (in) {
    case unit::time: {
      const auto time = parse_duration(text);
      if (!time)
        return make_error(ec::config, "the limit " + detail_of(time.error()));
      return static_cast<double>(time->count());
    }
    case unit::size: {
      const auto size = parse_size(text);
      if (!size)
        return make_error(ec::config, "the limit " + detail_of(size.error()));
      return static_cast<double>(*size);
    }
    case unit::percent:
      if (!text.ends_with('%'))
        return refused("the limit is a share: write it with %");
      text.remove_suffix(1);
      while (text.ends_with(' '))
        text.remove_suffix(1);
      return parse_number(text);
    case unit::count:
      return parse_number(text);
  }
  return refused("has no limit");
}

}  // namespace

caf::expected<judgement> parse_judgement(std::string_view text) {
  const auto words = words_of(text);
  std::size_t at = 0;
  while (at < words.size() && find_word(comparisons, words[at]) == comparisons.end())
    ++at;
  if (at == 0 || at + 1 >= words.size())
    return refused("has no comparison with a limit");
  judgement result;
  result.text = text;
  result.how = find_word(comparisons, words[at])->second;
  const auto name = joined(words, 0, at);
  if (const auto plain = find_word(plain_measures, name); plain != plain_measures.end()) {
    result.of.what = plain->second;
  } else {
    auto found = parse_percentile({words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at)});
    if (!found)
      return std::move(found.error());
    result.of = *found;
  }
  const auto limit = parse_limit(unit_of(result.of.what), joined(words, at + 1, words.size()));
  if (!limit)
    return limit.error();
  result.limit = *limit;
  return result;
}

std::string format_figure(const measured& of, double value) {
  char text[48];
  switch (unit_of(of.what)) {
    case unit::time:
      if (value >= 10'000)
        std::snprintf(text, sizeof text, "%.1f s", value / 1'000);
      else
        std::snprintf(text, sizeof text, value < 10 ? "%.2f ms" : "%.1f ms", value);
      break;
    case unit::size:
      std::snprintf(text, sizeof text, "%.1f MiB", value / (1 << 20));
      break;
    case unit::percent:
      std::snprintf(text, sizeof text, "%.1f %%", value);
      break;
    case unit::count:
      std::snprintf(text, sizeof text, "%.0f", value);
      break;
  }
  return text;
}

}  // namespace headway::load

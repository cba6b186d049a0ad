#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <system_error>

#include <config/units.hpp>
#include <messages/error.hpp>

namespace headway {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: printing takes the first that divides.
constexpr std::array duration_units{unit{"d", 86'400'000}, unit{"h", 3'600'000},
                                    unit{"min", 60'000}, unit{"s", 1'000}, unit{"ms", 1}};
constexpr std::array size_units{unit{"GiB", 1ull << 30}, unit{"MiB", 1ull << 20},
                                unit{"KiB", 1ull << 10}, unit{"B", 1}};

caf::error refuse(std::string reason, std::string_view form) {
  return make_error(ec::config, std::move(reason) + ": write " + std::string{form});
}

caf::expected<std::uint64_t> parse_quantity(std::string_view text, std::span<const unit> units,
                                            std::uint64_t limit, std::string_view form) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  if (problem == std::errc::result_out_of_range)
    return refuse("is too large", form);
  if (problem != std::errc{})
    return refuse("does not start with a whole number", form);
  std::string_view name{rest, static_cast<std::size_t>(end - rest)};
  if (name.starts_with(' '))
    name.remove_prefix(1);
  if (name.empty())
    return refuse("has no unit", form);
  for (const auto& candidate : units) {
    if (candidate.name != name)
      continue;
    if (number > limit / candidate.factor)
      return refuse("is too large", form);
    return number * candidate.factor;
  }
  return refuse("has a unit that is not known", form);
}

std::string format_quantity(std::uint64_t amount, std::span<const unit> units) {
  for (const auto& candidate : units)
    if (amount % candidate.factor == 0)
      return std::to_string(amount / candidate.factor) + " " + std::string{candidate.name};
  return {};
}

}  // namespace

caf::expected<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr auto limit = std::numeric_limits<std::chrono::milliseconds::rep>::max();
  const auto amount =
      parse_quantity(text, duration_units, static_cast<std::uint64_t>(limit), duration_form);
  if (!amount)
    return amount.error();
  return std::chrono::milliseconds{*amount};
}

caf::expected<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, size_units, std::numeric_limits<std::uint64_t>::max(), size_form);
}

std::string format_duration(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  if (count == 0)
    return "0 s";
  // Negated as unsigned: the smallest value has no positive counterpart.
  if (count < 0)
    return "-" + format_quantity(0 - static_cast<std::uint64_t>(count), duration_units);
  return format_quantity(static_cast<std::uint64_t>(count), duration_units);
}

std::string format_size(std::uint64_t bytes) {
  return bytes == 0 ? "0 B" : format_quantity(bytes, size_units);
}

}  // namespace headway

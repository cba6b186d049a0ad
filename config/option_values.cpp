#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <system_error>

#include <config/option_values.hpp>
#include <config/units.hpp>
#include <messages/error.hpp>

namespace headway {
namespace {

std::string format_amount(const config_option& option, std::uint64_t amount) {
  if (amount == 0 && !option.zero_word.empty())
    return toml_string(option.zero_word);
  switch (option.kind) {
    case option_kind::duration:
      return toml_string(format_duration(milliseconds{static_cast<milliseconds::rep>(amount)}));
    case option_kind::size:
      return toml_string(format_size(amount));
    case option_kind::enumeration:
      return amount < option.names.size() ? toml_string(option.names[amount])
                                          : std::to_string(amount);
    default:
      return std::to_string(amount);
  }
}

std::string format_list(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items)
    text += (text.empty() ? "" : ", ") + toml_string(item);
  return "[" + text + "]";
}

std::string amount_violation(const config_option& option, std::uint64_t amount) {
  if (option.kind == option_kind::enumeration)
    return amount < option.names.size() ? "" : "has no name";
  if (amount == 0 && !option.zero_word.empty())
    return {};
  // A negative duration of an embedding program; a file cannot hold one.
  if (option.kind == option_kind::duration && static_cast<std::int64_t>(amount) < 0)
    return "is too small";
  if (amount < option.min)
    return "is too small";
  return amount > option.max ? "is too large" : "";
}

std::string list_violation(const config_option& option, const std::vector<std::string>& items) {
  for (auto item = items.begin(); item != items.end(); ++item) {
    if (auto problem = violation_of(option.rule, *item); !problem.empty())
      return "the item " +
             (may_be_shown(option.rule) ? shortened(toml_string(*item))
                                        : "number " + std::to_string(item - items.begin() + 1)) +
             " " + problem;
    if (std::find(items.begin(), item, *item) != item)
      return "the item " + shortened(toml_string(*item)) + " stands there twice";
  }
  return {};
}

std::string joined_names(const config_option& option) {
  std::string text;
  for (const auto name : option.names)
    text += (text.empty() ? "" : ", ") + toml_string(name);
  return text;
}

caf::error refuse(const config_option& option, std::string_view what_is_wrong) {
  return make_error(ec::config, refusal(option, what_is_wrong));
}

caf::expected<std::uint64_t> parse_integer(const config_option& option, std::string_view text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  if (problem == std::errc::result_out_of_range)
    return refuse(option, "is too large");
  if (problem != std::errc{} || rest != end)
    return refuse(option, "is no whole number");
  return number;
}

caf::expected<std::uint64_t> parse_name(const config_option& option, std::string_view text) {
  const auto found = std::ranges::find(option.names, text);
  if (found == option.names.end())
    return refuse(option, "is none of the names");
  return static_cast<std::uint64_t>(found - option.names.begin());
}

option_value split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    if (comma == text.npos)
      break;
    text.remove_prefix(comma + 1);
    if (text.empty())
      items.emplace_back();
  }
  return items;
}

caf::expected<std::uint64_t> parse_amount(const config_option& option, std::string_view text) {
  if (option.kind == option_kind::integer)
    return parse_integer(option, text);
  if (option.kind == option_kind::enumeration)
    return parse_name(option, text);
  if (option.kind == option_kind::size) {
    auto bytes = parse_size(text);
    return bytes ? bytes : refuse(option, detail_of(bytes.error()));
  }
  const auto duration = parse_duration(text);
  if (!duration)
    return refuse(option, detail_of(duration.error()));
  return static_cast<std::uint64_t>(duration->count());
}

}  // namespace

caf::expected<option_value> parse_value(const config_option& option, std::string_view text) {
  option_value value;  // An amount of 0.
  if (!option.zero_word.empty() && text == option.zero_word)
    return value;
  if (option.kind == option_kind::text) {
    value = std::string{text};
  } else if (option.kind == option_kind::text_list) {
    value = split_list(text);
  } else {
    const auto amount = parse_amount(option, text);
    if (!amount)
      return amount.error();
    value = *amount;
  }
  if (const auto problem = violation_of(option, value); !problem.empty())
    return refuse(option, problem);
  return value;
}

std::string violation_of(const config_option& option, const option_value& value) {
  if (const auto* amount = std::get_if<std::uint64_t>(&value))
    return amount_violation(option, *amount);
  if (const auto* text = std::get_if<std::string>(&value))
    return violation_of(option.rule, *text);
  return list_violation(option, std::get<std::vector<std::string>>(value));
}

std::string allowed_values(const config_option& option) {
  switch (option.kind) {
    case option_kind::enumeration:
      return joined_names(option);
    case option_kind::text:
      return std::string{allowed_by(option.rule)};
    case option_kind::text_list:
      return "a list of " + std::string{allowed_by(option.rule)};
    default:
      break;
  }
  // A least amount of 0 is written as one, also where 0 has a word.
  const auto least = option.min == 0 ? "0" : format_amount(option, option.min);
  const auto text = least + " to " + format_amount(option, option.max);
  return option.zero_word.empty() ? text : text + ", or " + toml_string(option.zero_word);
}

std::string refusal(const config_option& option, std::string_view what_is_wrong) {
  return std::string{what_is_wrong} + "; allowed: " + allowed_values(option);
}

std::string format_value(const config_option& option, const option_value& value) {
  if (const auto* amount = std::get_if<std::uint64_t>(&value))
    return format_amount(option, *amount);
  if (const auto* text = std::get_if<std::string>(&value))
    return toml_string(*text);
  return format_list(std::get<std::vector<std::string>>(value));
}

std::string toml_string(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      result += "\\u00";
      result += digits[byte >> 4];
      result += digits[byte & 0xF];
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string presentable(const config_option& option, std::string text) {
  const bool is_text = option.kind == option_kind::text || option.kind == option_kind::text_list;
  return is_text && !may_be_shown(option.rule) ? std::string{} : shortened(std::move(text));
}

std::string shortened(std::string text) {
  constexpr std::size_t limit = 60;
  if (text.size() <= limit)
    return text;
  auto end = limit - std::string_view{"…"}.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u)
    --end;
  text.resize(end);
  return text + "…";
}

}  // namespace headway

#include <algorithm>
#include <cstdint>

#include <actors/gateway/utf8.hpp>

namespace headway::gateway {

namespace {

struct sequence_rule {
  std::size_t length;  ///< 0: no sequence begins with this byte.
  std::uint8_t second_low;
  std::uint8_t second_high;
};

/// Unicode 15, table 3-7: only the second byte has a range that depends on the first.
sequence_rule rule_of(std::uint8_t first) {
  if (first < 0x80)
    return {1, 0, 0};
  if (first < 0xC2)
    return {0, 0, 0};
  if (first < 0xE0)
    return {2, 0x80, 0xBF};
  if (first < 0xF0)
    return {3, static_cast<std::uint8_t>(first == 0xE0 ? 0xA0 : 0x80),
            static_cast<std::uint8_t>(first == 0xED ? 0x9F : 0xBF)};
  if (first < 0xF5)
    return {4, static_cast<std::uint8_t>(first == 0xF0 ? 0x90 : 0x80),
            static_cast<std::uint8_t>(first == 0xF4 ? 0x8F : 0xBF)};
  return {0, 0, 0};
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

/// How many bytes from the start of `bytes` follow the rule.
std::size_t well_formed_prefix(std::string_view bytes, const sequence_rule& rule) {
  std::size_t length = 1;
  for (; length < rule.length && length < bytes.size(); ++length) {
    const auto low = length == 1 ? rule.second_low : 0x80;
    const auto high = length == 1 ? rule.second_high : 0xBF;
    if (byte_at(bytes, length) < low || byte_at(bytes, length) > high)
      break;
  }
  return length;
}

}  // namespace

std::string to_valid_utf8(std::string_view bytes) {
  if (std::all_of(bytes.begin(), bytes.end(), [](char c) { return (c & 0x80) == 0; }))
    return std::string{bytes};
  std::string text;
  text.reserve(bytes.size() + 8);
  while (!bytes.empty()) {
    const auto rule = rule_of(byte_at(bytes, 0));
    const auto length = well_formed_prefix(bytes, rule);
    if (length == rule.length)
      text.append(bytes.substr(0, length));
    else
      text.append("\xEF\xBF\xBD");
    bytes.remove_prefix(length);
  }
  return text;
}

}  // namespace headway::gateway

#include <cstdint>

#include <actors/gateway/cursor.hpp>

namespace headway::gateway {

namespace {

constexpr char version = 1;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(c);
    for (count += 8; count >= 6; count -= 6)
      text.push_back(alphabet[bits >> (count - 6) & 0x3F]);
  }
  if (count > 0)
    text.push_back(alphabet[bits << (6 - count) & 0x3F]);
  return text;
}

std::optional<std::string> decode(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos)
      return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>(bits >> count & 0xFF));
    }
  }
  return bytes;
}

}  // namespace

std::string encode_cursor(const project_id& last) {
  return encode(version + last.slug);
}

std::optional<project_id> decode_cursor(std::string_view cursor) {
  auto bytes = decode(cursor);
  // The second look refuses stray bits at the end: one place has one cursor.
  if (!bytes || bytes->size() < 2 || bytes->front() != version || encode(*bytes) != cursor)
    return std::nullopt;
  return project_id{bytes->substr(1)};
}

}  // namespace headway::gateway

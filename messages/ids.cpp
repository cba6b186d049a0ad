#include <array>

#include <messages/ids.hpp>

namespace headway {

namespace {

constexpr int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

// A table and no branches: a packed-refs of a large clone holds a hundred thousand ids.
constexpr auto digits_by_char = [] {
  std::array<std::int8_t, 256> digits{};
  for (int c = 0; c < 256; ++c)
    digits[c] = static_cast<std::int8_t>(digit_of(static_cast<char>(c)));
  return digits;
}();

}  // namespace

std::string oid::hex() const {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 0xf];
  }
  return text;
}

std::optional<oid> oid::from_hex(std::string_view text) noexcept {
  oid result;
  if (text.size() != result.bytes.size() * 2)
    return std::nullopt;
  int all = 0;
  for (std::size_t i = 0; i < result.bytes.size(); ++i) {
    const int high = digits_by_char[static_cast<unsigned char>(text[2 * i])];
    const int low = digits_by_char[static_cast<unsigned char>(text[2 * i + 1])];
    all |= high | low;
    result.bytes[i] = static_cast<std::uint8_t>(high << 4 | (low & 0xf));
  }
  if (all < 0)
    return std::nullopt;
  return result;
}

}  // namespace headway

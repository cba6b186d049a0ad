#include <cstdint>

#include <actors/gateway/entity_tag.hpp>

namespace headway::gateway {

namespace {

__extension__ using wide = unsigned __int128;

class fnv1a_128 {
 public:
  void add(std::string_view bytes) {
    constexpr wide prime = (wide{1} << 88) + 0x13B;
    for (const char c : bytes)
      state_ = (state_ ^ static_cast<std::uint8_t>(c)) * prime;
  }

  std::string hex() const {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(32);
    for (int shift = 124; shift >= 0; shift -= 4)
      text.push_back(digits[static_cast<unsigned>(state_ >> shift) & 0xF]);
    return text;
  }

 private:
  wide state_ = (wide{0x6C62272E07BB0142} << 64) | 0x62B821756295C58D;
};

std::string_view skip_blanks(std::string_view text) {
  const auto at = text.find_first_not_of(" \t,");
  return at == std::string_view::npos ? std::string_view{} : text.substr(at);
}

}  // namespace

std::string status_tag(std::string_view document) {
  // Quotes inside of strings are escaped, so the first match is the member itself.
  static constexpr std::string_view member = R"("as_of":")";
  const auto begin = document.find(member);
  fnv1a_128 hash;
  hash.add(document.substr(0, begin));
  if (begin != std::string_view::npos)
    hash.add(document.substr(document.find('"', begin + member.size())));
  return '"' + hash.hex() + '"';
}

std::string content_tag(std::string_view bytes) {
  fnv1a_128 hash;
  hash.add(bytes);
  return '"' + hash.hex() + '"';
}

bool matches(std::string_view condition, std::string_view tag) {
  for (auto rest = skip_blanks(condition); !rest.empty(); rest = skip_blanks(rest)) {
    if (rest.front() == '*')
      return skip_blanks(rest.substr(1)).empty() && skip_blanks(condition).size() == rest.size();
    if (rest.starts_with("W/"))
      rest.remove_prefix(2);
    const auto end =
        rest.empty() || rest.front() != '"' ? std::string_view::npos : rest.find('"', 1);
    if (end == std::string_view::npos)
      return false;
    if (rest.substr(0, end + 1) == tag)
      return true;
    rest.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace headway::gateway

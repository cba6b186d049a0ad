#include <algorithm>

#include <messages/token_source.hpp>
#include <messages/url.hpp>

namespace headway {

namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view digits = "0123456789";

bool consists_of(std::string_view text, std::initializer_list<std::string_view> classes) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return std::ranges::any_of(classes, [c](auto set) { return set.find(c) != set.npos; });
  });
}

// "host", "host:8443", "[::1]:8443"
bool is_authority(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon != text.npos && text.find(']', colon) == text.npos) {
    if (!consists_of(text.substr(colon + 1), {digits}))
      return false;
    text = text.substr(0, colon);
  }
  if (text.starts_with('[') && text.ends_with(']'))
    return consists_of(text.substr(1, text.size() - 2), {"0123456789abcdefABCDEF:."});
  return consists_of(text, {letters, digits, "-._"});
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::optional<token_source> parse_token_source(std::string_view text) {
  token_source result;
  const auto equals = text.find('=');
  if (equals == text.npos)
    return {};
  auto who = text.substr(0, equals);
  auto where = text.substr(equals + 1);
  const std::string scheme = take(who, "http://") ? "http://" : "https://";
  if (scheme == "https://")
    take(who, scheme);
  if (const auto at = who.rfind('@'); at != who.npos) {
    result.username = who.substr(0, at);
    who.remove_prefix(at + 1);
    if (!consists_of(result.username, {letters, digits, "-._+"}))
      return {};
  }
  if (!is_authority(who))
    return {};
  result.host = host_key(scheme + std::string{who});
  const auto has_nul = where.find('\0') != where.npos;
  if (take(where, "env:") && consists_of(where, {letters, digits, "_"}) &&
      digits.find(where.front()) == digits.npos)
    result.variable = where;
  else if (take(where, "file:") && where.starts_with('/') && !has_nul)
    result.file = where;
  else
    return {};
  return result;
}

std::vector<token_source> parse_token_sources(const std::vector<std::string>& texts) {
  std::vector<token_source> result;
  for (const auto& text : texts)
    if (auto source = parse_token_source(text))
      result.push_back(std::move(*source));
  return result;
}

}  // namespace headway

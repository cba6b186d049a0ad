#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <config/engine_config.hpp>
#include <config/text_rules.hpp>
#include <messages/token_source.hpp>

namespace headway {
namespace {

constexpr std::array<std::string_view, 5> levels{"trace", "debug", "info", "warn", "error"};

/// Bytes of the UTF-8 sequence at the start of `text`, or 0 if there is no valid one (RFC 3629: no
/// overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text) {
  const auto at = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto tail = [&at](std::size_t i) { return (at(i) & 0xC0u) == 0x80u; };
  const auto lead = at(0);
  if (lead < 0x80)
    return 1;
  if (lead >= 0xC2 && lead <= 0xDF)
    return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && at(1) < 0xA0;
    const bool surrogate = lead == 0xED && at(1) >= 0xA0;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && at(1) < 0x90;
    const bool beyond = lead == 0xF4 && at(1) >= 0x90;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0)
      return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string path_violation(std::string_view path) {
  if (path.starts_with('~'))
    return "is no absolute path ('~' is not expanded)";
  if (!path.starts_with('/'))
    return "is no absolute path";
  if (path.find('\0') != path.npos)
    return "holds a NUL byte";
  // A configuration file is UTF-8, so such a path could not be printed into one.
  if (!is_utf8(path))
    return "is not UTF-8";
  return {};
}

std::string address_violation(std::string_view address) {
  const std::string text{address};
  in6_addr parsed{};
  // inet_pton reads up to the first NUL only.
  if (text.find('\0') == text.npos && (inet_pton(AF_INET, text.c_str(), &parsed) == 1 ||
                                       inet_pton(AF_INET6, text.c_str(), &parsed) == 1))
    return {};
  return "is no literal IP address";
}

std::string host_violation(std::string_view name) {
  constexpr std::string_view characters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  if (!name.empty() && name.size() <= 253 && name.find_first_not_of(characters) == name.npos)
    return {};
  return "is no host name";
}

std::string part_level_violation(std::string_view text) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyz-";
  const auto equals = text.find('=');
  const auto part = text.substr(0, equals);
  if (equals == text.npos || part.empty() || part.find_first_not_of(characters) != part.npos)
    return "is not PART=LEVEL";
  return std::ranges::find(levels, text.substr(equals + 1)) != levels.end() ? "" : "names no level";
}

// What Git's rules for names of refs leave for a name with stars in it.
std::string pattern_violation(std::string_view pattern) {
  constexpr std::string_view forbidden = " ~^:?[\\\x7f";
  const auto is_control = [](unsigned char c) { return c < ' '; };
  if (pattern.starts_with("refs/"))
    return "is no short name (\"release/*\" stands for refs/heads/release/*)";
  if (pattern.empty() || pattern.find_first_of(forbidden) != pattern.npos ||
      std::ranges::any_of(pattern, is_control) || pattern.front() == '/' || pattern.back() == '/' ||
      pattern.find("//") != pattern.npos || pattern.find("..") != pattern.npos || !is_utf8(pattern))
    return "can match no name of a branch";
  return {};
}

}  // namespace

std::string violation_of(text_rule rule, std::string_view text) {
  switch (rule) {
    case text_rule::absolute_path:
      return path_violation(text);
    case text_rule::absolute_path_or_empty:
      return text.empty() ? std::string{} : path_violation(text);
    case text_rule::ip_address:
      return address_violation(text);
    case text_rule::ip_address_or_empty:
      return text.empty() ? std::string{} : address_violation(text);
    case text_rule::host_name:
      return host_violation(text);
    case text_rule::part_level:
      return part_level_violation(text);
    case text_rule::url_scheme:
      return std::ranges::find(known_schemes, text) != known_schemes.end() ? ""
                                                                           : "is no known scheme";
    case text_rule::host_token:
      return parse_token_source(text) && is_utf8(text) ? "" : "does not say where a token is";
    case text_rule::branch_pattern:
      return pattern_violation(text);
  }
  return "has no rule";
}

bool may_be_shown(text_rule rule) noexcept {
  return rule != text_rule::host_token;
}

std::string_view allowed_by(text_rule rule) noexcept {
  switch (rule) {
    case text_rule::absolute_path:
      return "absolute paths, such as \"/srv/git\"";
    case text_rule::absolute_path_or_empty:
      return "an absolute path, such as \"/var/lib/headway\", or \"\"";
    case text_rule::ip_address:
      return "an IPv4 or IPv6 address, such as \"127.0.0.1\" or \"::1\"";
    case text_rule::ip_address_or_empty:
      return "an IPv4 or IPv6 address, such as \"127.0.0.1\" or \"::1\", or \"\"";
    case text_rule::host_name:
      return "host names without a port, such as \"headway.example.org\"";
    case text_rule::part_level:
      return "\"PART=LEVEL\", such as \"http=debug\"";
    case text_rule::url_scheme:
      return "\"https\", \"ssh\", \"http\", \"git\", \"file\"";
    case text_rule::host_token:
      return "\"HOST=env:NAME\" or \"HOST=file:/PATH\", such as "
             "\"git.example.org=file:/etc/headway/git.token\"";
    case text_rule::branch_pattern:
      return "names of branches, such as \"release/*\" or \"*\"";
  }
  return {};
}

}  // namespace headway

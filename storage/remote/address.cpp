#include <algorithm>
#include <charconv>

#include <storage/remote/address.hpp>

namespace headway::remote {

namespace {

std::string decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const auto digits = text.substr(std::min(i + 1, text.size()), 2);
    const auto* end = digits.data() + digits.size();
    if (text[i] != '%' || digits.size() < 2 ||
        std::from_chars(digits.data(), end, value, 16).ptr != end) {
      result += text[i];
      continue;
    }
    result += static_cast<char>(value);
    i += 2;
  }
  return result;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}

// "/~user/x" is below the home of that user. What looks like an option is for nobody.
std::optional<std::string> usable_path(std::string path) {
  if (path.starts_with("/~"))
    path.erase(0, 1);
  if (path.empty() || path.front() == '-' || std::ranges::any_of(path, is_control))
    return std::nullopt;
  return path;
}

struct split_url {
  std::string_view authority;
  std::string_view path;  ///< From its slash on.
};

split_url split(std::string_view url) {
  const auto rest = url.substr(url.find("://") + 3);
  const auto slash = std::min(rest.find('/'), rest.size());
  return {rest.substr(0, slash), rest.substr(slash)};
}

bool is_unusable(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '?' || c == '#';
}

}  // namespace

std::optional<web_address> parse_web_address(std::string_view url) {
  const auto end = url.find("://");
  if (end == std::string_view::npos)
    return std::nullopt;
  const auto scheme = url.substr(0, end);
  if ((scheme != "http" && scheme != "https") || std::ranges::any_of(url, is_unusable))
    return std::nullopt;
  const auto rest = url.substr(scheme.size() + 3);
  const auto authority = rest.substr(0, rest.find('/'));
  const auto at = authority.rfind('@');
  const auto host = at == std::string_view::npos ? authority : authority.substr(at + 1);
  if (host.empty() || host.size() == rest.size())
    return std::nullopt;
  web_address result;
  result.url =
      std::string{scheme} + "://" + std::string{host} + std::string{rest.substr(authority.size())};
  if (at == std::string_view::npos)
    return result;
  const auto user = authority.substr(0, at);
  const auto colon = user.find(':');
  result.username = decoded(user.substr(0, colon));
  if (colon != std::string_view::npos)
    result.password = decoded(user.substr(colon + 1));
  return result;
}

std::optional<daemon_address> parse_daemon_address(std::string_view url) {
  if (!url.starts_with("git://"))
    return std::nullopt;
  const auto [authority, rest] = split(url);
  const bool plain = !authority.empty() && std::ranges::none_of(authority, is_unusable) &&
                     authority.find_first_of("@%") == std::string_view::npos;
  auto path = usable_path(decoded(rest));
  if (!plain || !path)
    return std::nullopt;
  return daemon_address{std::string{authority}, std::move(*path)};
}

std::optional<std::string> ssh_path_of(std::string_view url) {
  if (url.find("://") != std::string_view::npos)
    return usable_path(decoded(split(url).path));
  const auto colon = url.find(':');
  if (colon == std::string_view::npos || url.find('[') < colon)
    return std::nullopt;
  return usable_path(std::string{url.substr(colon + 1)});
}

}  // namespace headway::remote

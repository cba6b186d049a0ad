#include <algorithm>
#include <cctype>

#include <messages/url.hpp>

namespace headway {

namespace {

bool is_scheme_char(char c) noexcept {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.';
}

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

struct parts {
  std::string scheme;          // Lower case; empty for scp-like addresses and paths.
  std::string_view user_info;  // Without the '@'.
  std::string_view authority;  // Host and port.
  std::string_view rest;       // From the first '/' of the path on.
  bool scp_like = false;
};

// An scp-like address has a colon before its first slash and no "://"; "C:\" is not a case on
// Linux.
parts split(std::string_view url) {
  parts result;
  if (const auto mark = url.find("://"); mark != std::string_view::npos) {
    result.scheme = lower(url.substr(0, mark));
    auto after = url.substr(mark + 3);
    const auto slash = after.find_first_of("/?#");
    auto authority = after.substr(0, slash);
    result.rest = slash == std::string_view::npos ? std::string_view{} : after.substr(slash);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
      result.user_info = authority.substr(0, at);
      authority = authority.substr(at + 1);
    }
    result.authority = authority;
    return result;
  }
  const auto colon = url.find(':');
  const auto slash = url.find('/');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon < slash)) {
    result.scp_like = true;
    auto authority = url.substr(0, colon);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
      result.user_info = authority.substr(0, at);
      authority = authority.substr(at + 1);
    }
    result.authority = authority;
    result.rest = url.substr(colon + 1);
    return result;
  }
  result.rest = url;
  return result;
}

std::string_view default_port(std::string_view scheme) noexcept {
  if (scheme == "https")
    return "443";
  if (scheme == "http")
    return "80";
  if (scheme == "ssh")
    return "22";
  if (scheme == "git")
    return "9418";
  return "";
}

bool is_http(std::string_view scheme) noexcept {
  return scheme == "http" || scheme == "https";
}

}  // namespace

std::string strip_credentials(std::string_view url) {
  const auto p = split(url);
  if (p.scheme.empty() && !p.scp_like)
    return std::string{url};
  std::string user;
  if (p.scp_like || p.scheme == "ssh" || p.scheme == "git+ssh" || p.scheme == "ssh+git") {
    user = p.user_info.substr(0, p.user_info.find(':'));
    if (!user.empty())
      user += '@';
  }
  if (p.scp_like)
    return user + std::string{p.authority} + ":" + std::string{p.rest};
  const auto rest = is_http(p.scheme) ? p.rest.substr(0, p.rest.find_first_of("?#")) : p.rest;
  return p.scheme + "://" + user + std::string{p.authority} + std::string{rest};
}

std::string host_key(std::string_view url) {
  const auto p = split(url);
  if (p.scp_like)
    return "ssh://" + lower(p.authority) + ":22";
  if (p.scheme.empty() || p.scheme == "file")
    return url.empty() ? "" : "file";
  if (p.authority.empty())
    return "";
  auto host = lower(p.authority);
  const auto bracket = host.rfind(']');
  const auto colon = host.rfind(':');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  if (!has_port)
    host += ":" + std::string{default_port(p.scheme)};
  return p.scheme + "://" + host;
}

std::string repository_key(std::string_view url) {
  const auto p = split(url);
  if ((p.scheme.empty() && !p.scp_like) || p.scheme == "file" || p.authority.empty())
    return "";
  auto host = p.authority;
  const auto colon = host.rfind(':');
  if (!p.scp_like && colon != std::string_view::npos && host.find(']', colon) == host.npos)
    host = host.substr(0, colon);
  auto path = p.rest.substr(0, p.rest.find_first_of("?#"));
  while (path.starts_with('/'))
    path.remove_prefix(1);
  while (path.ends_with('/'))
    path.remove_suffix(1);
  if (path.ends_with(".git"))
    path.remove_suffix(4);
  return path.empty() ? "" : lower(host) + "/" + lower(path);
}

std::string redact(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    const auto mark = text.find("://", at);
    if (mark == std::string_view::npos)
      break;
    auto scheme_begin = mark;
    while (scheme_begin > at && is_scheme_char(text[scheme_begin - 1]))
      --scheme_begin;
    result.append(text.substr(at, scheme_begin - at));
    const auto end = std::min(text.find_first_of(" \t\r\n'\"<>`", mark), text.size());
    result.append(strip_credentials(text.substr(scheme_begin, end - scheme_begin)));
    at = end;
  }
  result.append(text.substr(std::min(at, text.size())));
  return result;
}

}  // namespace headway

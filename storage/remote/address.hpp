/// Taking an address apart. Plain functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <storage/remote/stream_probe.hpp>

namespace headway::remote {

/// An http(s) address as it may go over the wire, and who it says is asking.
struct web_address {
  std::string url;  ///< Without user information.
  std::string username;
  std::optional<std::string> password;
};

/// Nothing for what is not "http(s)://host/path", or holds a query or a fragment, which git would
/// treat in ways of its own.
std::optional<web_address> parse_web_address(std::string_view url);

/// Of "git://host[:port]/path"; nothing for other forms, which git knows best.
std::optional<daemon_address> parse_daemon_address(std::string_view url);

/// The path of "ssh://host/path" or "host:path" as the other end is to see it; nothing for other
/// forms, such as addresses in brackets without a scheme.
std::optional<std::string> ssh_path_of(std::string_view url);

}  // namespace headway::remote

/// Taking an address apart. Plain functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

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

}  // namespace headway::remote

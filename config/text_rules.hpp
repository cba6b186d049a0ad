/// What the values of text options must look like. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headway {

enum class text_rule : std::uint8_t {
  absolute_path,           ///< Begins with '/', holds no NUL byte; need not exist.
  absolute_path_or_empty,  ///< The same, or "".
  ip_address,              ///< A literal IPv4 or IPv6 address; no host names, nothing is looked up.
  ip_address_or_empty,     ///< The same, or "".
  host_name,               ///< As in a Host field, without a port.
  part_level,              ///< "PART=LEVEL".
  url_scheme,              ///< One of the schemes that Headway can fetch from.
  host_token,      ///< Where the token for a host is; what is no such thing may be a secret.
  branch_pattern,  ///< A short name of a branch, in which '*' stands for any characters.
};

/// What is wrong with `text`, such as "is no absolute path"; empty if nothing is.
std::string violation_of(text_rule rule, std::string_view text);

/// Whether a text that breaks the rule may be shown in a message.
bool may_be_shown(text_rule rule) noexcept;

/// What the rule takes, in words.
std::string_view allowed_by(text_rule rule) noexcept;

}  // namespace headway

/// Where the tokens are with which hosts let Headway in, as `fetch.tokens` says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headway {

/// The token for the remotes of one host: in an environment variable or in a file. Never the token
/// itself.
struct token_source {
  std::string host;      ///< As `host_key` names it: "https://git.example.org:443".
  std::string username;  ///< Beside which the token is a password; empty: none is prescribed.
  std::string variable;  ///< Empty: it is in `file`.
  std::string file;

  friend bool operator==(const token_source&, const token_source&) = default;
};

/// "HOST=env:NAME" or "HOST=file:/PATH", where HOST may have a user before it ("user@"), a port
/// after it, and "http://" in front of it for a host that is to get it unencrypted. Nothing for
/// other forms.
std::optional<token_source> parse_token_source(std::string_view text);

/// All valid ones.
std::vector<token_source> parse_token_sources(const std::vector<std::string>& texts);

}  // namespace headway

/// What a node is shown by whoever asks it.
#pragma once

#include <optional>
#include <string>

#include <caf/expected.hpp>

#include <tools/process/directories.hpp>

namespace headway::tools {

struct node_access {
  std::string token;         ///< Empty: none.
  std::string certificates;  ///< PEM file of authorities that are trusted; empty: the system's.
};

/// The token is the first line of `token_file`, or else the value of $HEADWAY_TOKEN; the
/// authorities are those of $SSL_CERT_FILE, as for curl. `invalid_argument` for a file that cannot
/// be read or holds nothing.
caf::expected<node_access> access_of(const std::optional<std::string>& token_file,
                                     const environment& variables);

}  // namespace headway::tools

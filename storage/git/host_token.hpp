/// Tokens of hosts, read when they are needed. Any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include <messages/token_source.hpp>
#include <storage/remote/http_probe.hpp>

namespace headway::git {

/// The login that `sources` have for the host of `url`, read anew; nothing when they name none, or
/// the address holds a password itself. Errors: `auth_required` (the variable is not set, the file
/// cannot be read, everybody may read it, or it holds no token); they say what to do and hold no
/// secret.
caf::expected<std::optional<remote::login>> find_token(const std::vector<token_source>& sources,
                                                       std::string_view url);

/// What is said when the host does not take the token.
std::string refused_token(std::string_view url);

/// The files among them.
std::vector<std::string> token_files(const std::vector<token_source>& sources);

}  // namespace headway::git

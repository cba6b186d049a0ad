/// What a request asks for, taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

namespace headway::gateway {

struct target {
  std::string path;                   ///< Percent-encoded, as sent: the "instance" of a problem.
  std::vector<std::string> segments;  ///< Decoded. "/a//b/" has four: "a", "", "b", "".
  std::vector<std::pair<std::string, std::string>> parameters;  ///< Decoded.
  std::optional<std::string> authority;  ///< Of a target in absolute form; overrides Host.
};

/// Takes the origin form ("/projects?limit=1") and the absolute form ("http://host/projects"), RFC
/// 9112, 3.2. Otherwise `invalid_argument`.
caf::expected<target> parse_target(std::string_view text);

/// `text` as one segment of a path.
std::string encode_segment(std::string_view text);

}  // namespace headway::gateway

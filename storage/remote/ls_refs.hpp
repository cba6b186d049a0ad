/// Asking for refs in Git's protocol version 2 and reading the answer, and reading what servers of
/// versions 0 and 1 say unasked. Plain functions; no connection, no clock.
///
/// An answer is believed as a whole or not at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <caf/expected.hpp>

#include <messages/fetch.hpp>

namespace headway::remote {

/// The request for `refs` and whatever else begins like them. Thousands of refs are asked for by
/// the folders that hold them, so that a request stays small.
std::string ls_refs_request(const std::vector<std::string>& refs);

/// The list of refs that answers it; it must end with its flush packet and nothing after it.
/// Errors: `remote`, with a sentence that says what is wrong ("the answer is cut short") or, after
/// an error packet, the server's own words, made printable.
caf::expected<advertised_refs> parse_ls_refs(std::string_view answer);

/// A tag of a remote, and what it leads to.
struct advertised_tag {
  oid id;
  oid target;  ///< The same unless it is an annotated one.
};
using advertised_tags = std::unordered_map<std::string, advertised_tag>;

/// The request for all tags, and the list that answers it. Errors as above.
std::string tags_request();
caf::expected<advertised_tags> parse_tags(std::string_view answer);

/// What a server says of itself before it is asked.
struct advertisement {
  int version = 0;        ///< 2: `refs` is empty, they have to be asked for.
  advertised_refs refs;   ///< Without the peeled ids of tags.
  std::string_view rest;  ///< What follows the advertisement: on a stream, the next answer.
};

/// Of a git:// or ssh connection as far as it has come in; nothing while more must come. Errors as
/// above.
caf::expected<std::optional<advertisement>> parse_advertisement(std::string_view bytes);

/// Of `GET …/info/refs?service=git-upload-pack`: one line that names the service comes first.
caf::expected<advertisement> parse_http_advertisement(std::string_view body);

}  // namespace headway::remote

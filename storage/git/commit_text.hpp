/// The text of commits and tags. Private to storage/git.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <messages/ids.hpp>

namespace headway::git {

/// Takes "KEY HEX\n" off the front of `text`.
std::optional<oid> take_id(std::string_view& text, std::string_view key) noexcept;

/// Takes the tree and the parents off the front of a commit; nothing when they are malformed.
std::optional<std::vector<oid>> take_parents(std::string_view& text);

}  // namespace headway::git

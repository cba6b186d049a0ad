/// The moved refs of a fetch as one value of a row. Private to db/.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <messages/fetch.hpp>

namespace headway::db {

/// For each update: a byte (1: has `before`, 2: has `after`), the length of the name in four bytes,
/// least significant first, the name, and the ids that are there. They are never searched, so one
/// value beats a table of their own: a first fetch of a big repository moves thousands.
std::string encode(const std::vector<ref_update>& updates);

/// Nothing when `bytes` is not what `encode` makes.
std::optional<std::vector<ref_update>> decode_ref_updates(std::string_view bytes);

}  // namespace headway::db

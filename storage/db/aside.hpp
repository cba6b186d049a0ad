/// Keeping a database when another takes its place. Private to db/.
#pragma once

#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include <messages/status.hpp>

namespace headway::db {

/// Gives a database the further name "<file>.<why>-20261124T230102Z" (with a number behind it when
/// that is taken), moves its log there, and answers the name. The file keeps its own name too,
/// until another is published under it: at no moment is there none, which the next start would take
/// for a new node. REQUIRES: no connection of this process has it open.
caf::expected<std::string> set_aside(const std::string& file, std::string_view why, wall_time now);

/// Removes the log of a database that is not there any more: it would be replayed into the next
/// one.
caf::error remove_leftovers(const std::string& file);

}  // namespace headway::db

/// Files that appear whole or not at all. Private to db/.
#pragma once

#include <string>

#include <caf/error.hpp>

namespace headway::db {

/// An empty file that only its owner can read (project names and paths are nobody else's business).
/// Replaces an earlier one.
caf::error create_private_file(const std::string& file);

/// Moves `from` over `to`, durably: after a power cut there is the old file or the whole new one.
/// REQUIRES: both are in one directory, and no connection of this process has `from` open (closing
/// a descriptor of a file drops the locks that SQLite holds on it).
caf::error publish_file(const std::string& from, const std::string& to);

}  // namespace headway::db

/// How failures of the operating system and of SQLite become ours. Private to db/.
#pragma once

#include <string>
#include <string_view>

#include <caf/error.hpp>

struct sqlite3;

namespace headway::db {

/// `doing` names what failed ("create the directory"), `path` the file or directory, `number` is
/// errno.
caf::error system_failure(std::string_view doing, const std::string& path, int number);

/// The last failure of `handle`, a connection to `file` (empty: in memory).
caf::error sqlite_failure(std::string_view doing, const std::string& file, sqlite3* handle);

}  // namespace headway::db

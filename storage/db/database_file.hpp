/// Opening the database file: which file it is, that it is ours, and how its connections are set.
/// Private to db/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <caf/expected.hpp>

#include <storage/db/connection.hpp>

namespace headway::db {

/// In the data directory.
inline constexpr const char* database_name = "headway.db";

/// A new database of the present schema, with nothing in it. Appears whole or not at all.
caf::error create_database(const std::string& file);

/// The writer's connection to `<directory>/headway.db`, created and migrated as needed. A new
/// database is prepared under another name, so that an empty file of the final name is always a
/// damaged one and never taken for a new one. REQUIRES: the caller holds the instance lock of the
/// directory.
caf::expected<std::unique_ptr<connection>> open_for_writing(const std::string& directory,
                                                            std::uint64_t cache_size);

/// The same schema and settings, as far as they make sense, without a file.
caf::expected<std::unique_ptr<connection>> open_in_memory(std::uint64_t cache_size);

/// A connection that cannot write or checkpoint. Errors: also `not_found` when there is no such
/// file.
caf::expected<std::unique_ptr<connection>> open_for_reading(const std::string& file);

}  // namespace headway::db

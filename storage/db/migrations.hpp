/// The schema, as numbered steps. Private to db/.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <caf/error.hpp>
#include <caf/expected.hpp>

namespace headway::db {

class connection;

/// Step N of a list leads from version N-1 to version N (PRAGMA user_version). A released step is
/// never edited; a change of the schema is a new step.
struct migration {
  const char* name;
  const char* sql;
};

/// All steps of this version of Headway.
std::span<const migration> migrations() noexcept;

/// The version of the schema in `db`. Errors: `config` when it is another program's database,
/// `newer_schema` when it has more steps than `steps`, `corrupt` when it is no database. Changes
/// nothing.
caf::expected<std::size_t> schema_version(connection& db, std::span<const migration> steps);

/// Marks an empty database as Headway's and sets what can only be set before the first table.
caf::error initialise(connection& db);

/// Takes the missing steps in order, each in a transaction of its own. A database that already
/// holds a version is backed up first, beside it; the file of the backup is `backup_of(file,
/// version)`. REQUIRES: `initialise` was called once on this database.
caf::error migrate(connection& db, std::span<const migration> steps);

/// "/data/headway.db.v1.bak"
std::string backup_of(const std::string& file, std::size_t version);

}  // namespace headway::db

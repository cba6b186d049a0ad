/// What a person does to a database beside a node: checking, backing up, restoring, compacting; and
/// what a node does with one that is damaged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <messages/status.hpp>

namespace headway::db {

struct check_report {
  std::vector<std::string> problems;  ///< In SQLite's words; empty when all is well.
  std::size_t schema_version = 0;
  std::size_t projects = 0;  ///< 0 when the damage is in the way; so with branches.
  std::size_t branches = 0;
  std::uint64_t bytes = 0;
  std::uint64_t free_bytes = 0;  ///< Of `bytes`: what compacting would give back at least.
};

/// Reads all of the database. May run beside a node. Errors: `not_found`, `config` (another
/// program's database), `newer_schema`, `corrupt` when it is damaged so much that it cannot be
/// opened.
caf::expected<check_report> check(const std::string& directory);

/// The usual place of a backup: "<directory>/headway.db.bak".
std::string usual_backup(const std::string& directory);

/// Writes a compact copy of the database as it is at one moment to `target`, which appears whole or
/// not at all and replaces an earlier one. May run beside a node, which goes on writing meanwhile.
/// Errors: those of `check`, and those of writing.
caf::error back_up(const std::string& directory, const std::string& target);

/// Puts a copy of `backup` in the place of the database, and answers under which name what was
/// there before is kept ("" when nothing was). REQUIRES: `now` names that file. Errors: `in_use`
/// while a node runs, `not_found`, `corrupt` when the backup is damaged, `newer_schema`, `config`;
/// nothing is changed then.
caf::expected<std::string> restore(const std::string& directory, const std::string& backup,
                                   wall_time now);

struct compaction {
  std::uint64_t before = 0;
  std::uint64_t after = 0;
};

/// Rewrites the file without gaps. Errors: `in_use` while a node runs, `corrupt`, `disk_full` (a
/// copy needs room), `not_found`.
caf::expected<compaction> compact(const std::string& directory);

struct rescue_report {
  std::string set_aside;  ///< Where the damaged database is now.
  std::string
      backup;  ///< That completed the registry; empty when none was needed, or none is there.
  std::size_t salvaged = 0;  ///< Projects read from the damaged database.
  std::size_t restored = 0;  ///< Further ones from the backup.
};

/// Makes a new database with the projects of one that is damaged, as far as they can be read, and
/// of the newest backup beside it (of `back_up`, or of a change of the schema) if not all can. What
/// can be computed again is left out. Errors: `in_use`; `corrupt` when not one project was found:
/// nothing is changed then, since a node must not start empty without a word.
caf::expected<rescue_report> rescue(const std::string& directory, wall_time now);

}  // namespace headway::db

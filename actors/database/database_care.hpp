/// Checking, backing up, restoring and compacting the database of a node, for programs that have no
/// business with `storage/`. All of it blocks; what replaces the file needs the node to be stopped,
/// and answers `in_use` otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

namespace headway {

struct database_check {
  std::vector<std::string> problems;  ///< Empty when all is well.
  std::size_t schema_version = 0;
  std::size_t projects = 0;
  std::size_t branches = 0;
  std::uint64_t bytes = 0;
  std::uint64_t free_bytes = 0;
};

caf::expected<database_check> check_database(const std::string& directory);

/// Answers where the copy is: `target`, or the usual place beside the database when that is empty.
caf::expected<std::string> back_up_database(const std::string& directory,
                                            const std::string& target);

struct database_restoration {
  std::string backup;  ///< As asked, or the usual one.
  std::string kept;    ///< Where the database is that was there before; empty when there was none.
};

/// `backup` may be empty: the usual one.
caf::expected<database_restoration> restore_database(const std::string& directory,
                                                     const std::string& backup);

struct database_compaction {
  std::uint64_t before = 0;  ///< Bytes.
  std::uint64_t after = 0;
};

caf::expected<database_compaction> compact_database(const std::string& directory);

}  // namespace headway

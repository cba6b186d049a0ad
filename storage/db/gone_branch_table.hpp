/// Where branches stood that are gone. Private to db/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <messages/status.hpp>
#include <storage/db/project_table.hpp>
#include <storage/db/statement.hpp>
#include <storage/db/store.hpp>

namespace headway::db {

/// Not thread-safe. One row for each name: a branch that goes a second time replaces the first.
class gone_branch_table {
 public:
  /// REQUIRES: `db` is migrated and outlives this.
  explicit gone_branch_table(connection& db);

  caf::error put(project_key project, const branch_status& branch, wall_time now);

  /// The branch is back.
  caf::error erase(project_key project, std::string_view branch);

  caf::error erase(project_key project);

  /// By name.
  caf::expected<std::vector<gone_branch>> of(const project_id& project);

  /// Deletes up to `limit` of the branches that were gone before `deadline`, oldest first; answers
  /// how many.
  caf::expected<std::uint64_t> retire(wall_time deadline, std::uint64_t limit);

 private:
  connection& db_;
  statement put_;
  statement erase_one_;
  statement erase_all_;
  statement select_;
  statement retire_;
};

}  // namespace headway::db

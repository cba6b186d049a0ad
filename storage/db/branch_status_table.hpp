/// One row for every branch of every project. Private to db/.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <messages/status.hpp>
#include <storage/db/gone_branch_table.hpp>
#include <storage/db/project_table.hpp>
#include <storage/db/statement.hpp>

namespace headway::db {

/// Slugs of the projects with a branch to pull (or to push), through the partial indexes: without
/// them the question costs a scan of all branches (153 ms at two million rows, against 0.3 ms for a
/// thousand answers).
inline constexpr const char* needing_pull_query = R"(
SELECT slug FROM projects
WHERE id IN (SELECT project_id FROM branch_sync_status INDEXED BY branches_to_pull
             WHERE needs_pull = 1)
ORDER BY slug)";
inline constexpr const char* needing_push_query = R"(
SELECT slug FROM projects
WHERE id IN (SELECT project_id FROM branch_sync_status INDEXED BY branches_to_push
             WHERE needs_push = 1)
ORDER BY slug)";

/// Not thread-safe.
class branch_status_table {
 public:
  /// REQUIRES: `db` is migrated and outlives this.
  explicit branch_status_table(connection& db);

  /// Makes the rows of a project equal `branches`, as seen at `now`, and answers how many rows that
  /// wrote or deleted. Names that vanish go to `gone`, names that come back leave it. Compares
  /// first: a row that is read costs a small part of one that is written, and most documents change
  /// in a branch or two.
  caf::expected<std::size_t> replace(project_key project,
                                     const std::vector<branch_status>& branches, wall_time now,
                                     gone_branch_table& gone);

  caf::error erase(project_key project);

  /// Every row, by project and then by name.
  caf::error load(const std::function<void(project_key, branch_status&&)>& visit);

  caf::expected<std::vector<project_id>> needing_pull();
  caf::expected<std::vector<project_id>> needing_push();

 private:
  struct difference;
  caf::expected<difference> compare(project_key project,
                                    const std::vector<branch_status>& branches);
  caf::error put(project_key project, const std::vector<const branch_status*>& branches);

  statement select_;
  statement put_;
  statement put_many_;
  statement erase_one_;
  statement erase_all_;
  statement load_;
  statement needing_pull_;
  statement needing_push_;
};

}  // namespace headway::db

/// One row for every branch of every project. Private to db/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <messages/status.hpp>
#include <storage/db/gone_branch_table.hpp>
#include <storage/db/project_table.hpp>
#include <storage/db/row_digests.hpp>
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

/// Not thread-safe. Rows of several documents share a statement, so what `replace` was told reaches
/// the database by the next `flush` at the latest.
class branch_status_table {
 public:
  /// REQUIRES: `db` is migrated and outlives this. `seed` is for digests; nobody else knows it.
  branch_status_table(connection& db, std::uint64_t seed);

  /// Makes the rows of a project equal `branches`, as seen at `now`, and answers how many rows that
  /// writes or deletes. Names that vanish go to `gone`, names that come back leave it. Compares
  /// first, with digests of what was written last, or else with the rows: most documents change in
  /// a branch or two. REQUIRES: `branches` outlives the next `flush` or `rolled_back`.
  caf::expected<std::size_t> replace(project_key project,
                                     const std::vector<branch_status>& branches, wall_time now,
                                     gone_branch_table& gone);

  caf::error erase(project_key project);

  /// Writes what `replace` has left to be written.
  caf::error flush();

  /// The transaction has ended; until one of them is called, what it wrote may still be lost.
  void committed() noexcept { digests_.keep(); }
  void rolled_back();

  /// Every row, by project and then by name.
  caf::error load(const std::function<void(project_key, branch_status&&)>& visit);

  caf::expected<std::vector<project_id>> needing_pull();
  caf::expected<std::vector<project_id>> needing_push();

 private:
  struct difference;
  using row_to_write = std::pair<project_key, const branch_status*>;

  /// Two ways to write a row, of one and of many at a time.
  struct writer {
    writer(connection& db, const char* one_row, const char* many_rows)
        : one(db, one_row), many(db, many_rows) {}

    caf::error add(row_to_write row);
    caf::error flush();

    statement one;
    statement many;
    std::vector<row_to_write> waiting;
  };

  caf::error compare(project_key project, difference& found);
  static bool compare(const document_digest& before, const document_digest& now, difference& found);

  row_digests digests_;
  statement select_;
  writer put_;     // Whole rows.
  writer change_;  // All but what the partial indexes go by.
  statement erase_one_;
  statement erase_all_;
  statement load_;
  statement needing_pull_;
  statement needing_push_;
};

}  // namespace headway::db

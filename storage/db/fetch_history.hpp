/// Ended fetches, for those who ask later. Private to db/.
#pragma once

#include <cstdint>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <messages/database.hpp>
#include <messages/fetch.hpp>
#include <storage/db/statement.hpp>

namespace headway::db {

class connection;

/// Not thread-safe.
class fetch_history {
 public:
  /// REQUIRES: `db` is migrated and outlives this.
  explicit fetch_history(connection& db);

  /// Replaces an earlier report of the same fetch.
  caf::error record(const fetch_report& report);

  /// Errors: `not_found`, and `corrupt` when the stored report cannot be read.
  caf::expected<fetch_report> find(fetch_id id);

  /// Those of one project, the latest first. An error is `corrupt` when one cannot be read.
  caf::expected<std::vector<fetch_report>> find(const find_fetches& query);

  /// The highest id that was ever recorded, forgotten fetches included.
  caf::expected<fetch_id> last();

  caf::error erase(const project_id& project);

  /// Deletes up to `limit` of the fetches that ended before `deadline`, oldest first; answers how
  /// many.
  caf::expected<std::uint64_t> retire(wall_time deadline, std::uint64_t limit);

 private:
  caf::error read_remotes(fetch_report& report);

  connection& db_;
  statement record_;
  statement erase_remotes_;
  statement record_remote_;
  statement find_;
  statement find_remotes_;
  statement find_of_project_;
  statement last_;
  statement erase_;
  statement retire_;
};

}  // namespace headway::db

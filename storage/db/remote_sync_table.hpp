/// Schedule and last result of every remote of every project. Private to db/.
#pragma once

#include <functional>

#include <caf/error.hpp>

#include <messages/fetch.hpp>
#include <storage/db/project_table.hpp>
#include <storage/db/statement.hpp>

namespace headway::db {

/// Not thread-safe. The stage of a remote is not kept: after a restart nothing is queued or
/// running.
class remote_sync_table {
 public:
  /// REQUIRES: `db` is migrated and outlives this.
  explicit remote_sync_table(connection& db);

  caf::error put(project_key project, const remote_state& remote);
  caf::error erase(project_key project);

  /// Every row, by project and then by name.
  caf::error load(const std::function<void(project_key, remote_state&&)>& visit);

 private:
  statement put_;
  statement erase_;
  statement load_;
};

}  // namespace headway::db

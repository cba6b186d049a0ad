/// The registry of projects, and what their documents say of the project as a whole. Private to
/// db/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <messages/ids.hpp>
#include <messages/project.hpp>
#include <messages/status.hpp>
#include <storage/db/statement.hpp>

namespace headway::db {

/// Names a project inside the database.
using project_key = std::int64_t;

struct project_row {
  project_key key = 0;
  project_id id;
  std::string path;
  std::shared_ptr<sync_status>
      status;  ///< Without remotes and branches; null when none was stored.
  project_activity activity = project_activity::active;
};

/// Not thread-safe. A removed project stays as a retired row, so that its slug keeps its path for
/// ever.
class project_table {
 public:
  /// REQUIRES: `db` is migrated and outlives this.
  explicit project_table(connection& db);

  /// Adds a project, or revives a retired one at its old path. Errors: `already_exists` when the
  /// slug belongs to another path, also a retired one, or another project has the path.
  caf::error put(const project_id& project, const std::string& path, wall_time now);

  /// Nothing for a project that is unknown or retired.
  caf::expected<std::optional<project_key>> find(const project_id& project);

  /// Forgets all but slug and path.
  caf::error retire(project_key key, wall_time now);

  caf::error put_status(project_key key, const sync_status& status);

  caf::error set_activity(project_key key, project_activity activity);

  /// Live projects by slug.
  caf::expected<std::vector<project_row>> load();

  caf::expected<std::vector<std::pair<project_id, std::string>>> load_retired();

 private:
  connection& db_;
  statement put_;
  statement find_;
  statement retire_;
  statement put_status_;
  statement set_activity_;
  statement load_;
  statement load_retired_;
};

}  // namespace headway::db

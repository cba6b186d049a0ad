#include <memory>

#include <messages/error.hpp>
#include <storage/db/connection.hpp>
#include <storage/db/project_table.hpp>

namespace headway::db {

namespace {

constexpr const char* put_query = R"(
INSERT INTO projects (slug, path, added_at) VALUES (?1, ?2, ?3)
ON CONFLICT (slug) DO UPDATE SET path = excluded.path, retired_at = NULL
WHERE path = excluded.path)";

constexpr const char* retire_query = R"(
UPDATE projects SET retired_at = ?2, state = NULL, reason = '', as_of = NULL, detached_head = NULL,
  shallow = 0, suspended = 0
WHERE id = ?1)";

constexpr const char* put_status_query = R"(
UPDATE projects SET state = ?2, reason = ?3, as_of = ?4, detached_head = ?5, shallow = ?6
WHERE id = ?1)";

constexpr const char* load_query = R"(
SELECT id, slug, path, state, reason, as_of, detached_head, shallow, suspended
FROM projects WHERE retired_at IS NULL ORDER BY slug)";

enum load_column { id, slug, path, state, reason, as_of, detached_head, shallow, suspended };

std::shared_ptr<sync_status> status_from(const row& r) {
  if (r.is_null(state))
    return nullptr;
  auto status = std::make_shared<sync_status>();
  status->project.slug = r.text(slug);
  status->path = r.text(path);
  status->state = project_state_from(r.text(state)).value_or(project_state::stale);
  status->reason = r.text(reason);
  status->as_of = r.time(as_of);
  if (!r.is_null(detached_head))
    status->detached_head = r.text(detached_head);
  status->shallow = r.integer(shallow) != 0;
  return status;
}

}  // namespace

project_table::project_table(connection& db)
    : db_(db),
      put_(db, put_query),
      find_(db, "SELECT id FROM projects WHERE slug = ?1 AND retired_at IS NULL"),
      retire_(db, retire_query),
      put_status_(db, put_status_query),
      set_activity_(db, "UPDATE projects SET suspended = ?2 WHERE id = ?1"),
      load_(db, load_query),
      load_retired_(db,
                    "SELECT slug, path FROM projects WHERE retired_at IS NOT NULL ORDER BY slug") {}

caf::error project_table::put(const project_id& project, const std::string& path, wall_time now) {
  if (project.slug.empty() || path.empty())
    return make_error(ec::invalid_argument, "a project needs a name and a path");
  if (auto error = put_.run(project.slug, path, now))
    return code_of(error) == ec::already_exists
               ? make_error(ec::already_exists,
                            "cannot register '" + project.slug + "': '" + path +
                                "' is registered under another name; remove that first")
               : error;
  if (db_.changes() == 0)
    return make_error(
        ec::already_exists,
        "cannot register '" + project.slug + "' for '" + path +
            "': the name belongs to a project at another path, or did before that was removed; "
            "choose another name");
  return {};
}

caf::expected<std::optional<project_key>> project_table::find(const project_id& project) {
  std::optional<project_key> key;
  if (auto error = find_.each([&](const row& r) { key = r.integer(0); }, project.slug))
    return error;
  return key;
}

caf::error project_table::retire(project_key key, wall_time now) {
  return retire_.run(key, now);
}

caf::error project_table::put_status(project_key key, const sync_status& status) {
  return put_status_.run(key, to_string(status.state), status.reason, status.as_of,
                         status.detached_head, status.shallow);
}

caf::error project_table::set_activity(project_key key, project_activity activity) {
  return set_activity_.run(key, activity == project_activity::suspended);
}

caf::expected<std::vector<project_row>> project_table::load() {
  std::vector<project_row> rows;
  const auto append = [&](const row& r) {
    rows.push_back(
        {r.integer(id),
         {r.text(slug)},
         r.text(path),
         status_from(r),
         r.integer(suspended) != 0 ? project_activity::suspended : project_activity::active});
  };
  if (auto error = load_.each(append))
    return error;
  return rows;
}

caf::expected<std::vector<std::pair<project_id, std::string>>> project_table::load_retired() {
  std::vector<std::pair<project_id, std::string>> retired;
  const auto append = [&](const row& r) { retired.emplace_back(project_id{r.text(0)}, r.text(1)); };
  if (auto error = load_retired_.each(append))
    return error;
  return retired;
}

}  // namespace headway::db

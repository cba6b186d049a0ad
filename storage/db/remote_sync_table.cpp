#include <storage/db/remote_sync_table.hpp>

namespace headway::db {

namespace {

constexpr const char* put_query = R"(
INSERT INTO project_remote_sync (project_id, remote, url, last_success, last_change, outcome, code,
  error, next_due, failures, usual_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (project_id, remote) DO UPDATE SET url = excluded.url,
  last_success = excluded.last_success, last_change = excluded.last_change,
  outcome = excluded.outcome, code = excluded.code, error = excluded.error,
  next_due = excluded.next_due, failures = excluded.failures, usual_ms = excluded.usual_ms)";

constexpr const char* load_query = R"(
SELECT project_id, remote, url, last_success, last_change, outcome, code, error, next_due, failures,
  usual_ms
FROM project_remote_sync ORDER BY project_id, remote)";

enum column {
  project_column,
  remote_column,
  url_column,
  last_success_column,
  last_change_column,
  outcome_column,
  code_column,
  error_column,
  next_due_column,
  failures_column,
  usual_column,
};

remote_state remote_from(const row& r) {
  return {.remote = r.text(remote_column),
          .url = r.text(url_column),
          .last_success = r.optional_time(last_success_column),
          .last_change = r.optional_time(last_change_column),
          .outcome = fetch_outcome_from(r.text(outcome_column)).value_or(fetch_outcome::never),
          .code = static_cast<ec>(r.integer(code_column)),
          .error = r.text(error_column),
          .next_due = r.optional_time(next_due_column),
          .failures = static_cast<std::uint32_t>(r.integer(failures_column)),
          .usual = std::chrono::milliseconds{r.integer(usual_column)}};
}

}  // namespace

remote_sync_table::remote_sync_table(connection& db)
    : put_(db, put_query),
      erase_(db, "DELETE FROM project_remote_sync WHERE project_id = ?1"),
      load_(db, load_query) {}

caf::error remote_sync_table::put(project_key project, const remote_state& remote) {
  return put_.run(project, remote.remote, remote.url, remote.last_success, remote.last_change,
                  to_string(remote.outcome), static_cast<int>(remote.code), remote.error,
                  remote.next_due, remote.failures, remote.usual.count());
}

caf::error remote_sync_table::erase(project_key project) {
  return erase_.run(project);
}

caf::error remote_sync_table::load(const std::function<void(project_key, remote_state&&)>& visit) {
  return load_.each([&](const row& r) { visit(r.integer(project_column), remote_from(r)); });
}

}  // namespace headway::db

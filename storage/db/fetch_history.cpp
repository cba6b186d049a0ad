#include <algorithm>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include <messages/error.hpp>
#include <storage/db/connection.hpp>
#include <storage/db/fetch_history.hpp>
#include <storage/db/ref_update_codec.hpp>

namespace headway::db {

namespace {

constexpr const char* record_query = R"(
INSERT INTO fetch_history (id, project, reason, requested, finished) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (id) DO UPDATE SET project = excluded.project, reason = excluded.reason,
  requested = excluded.requested, finished = excluded.finished)";

constexpr const char* record_remote_query = R"(
INSERT INTO fetch_history_remotes (fetch_id, position, remote, outcome, code, error, started,
  finished, queued_ms, probe_ms, transfer_ms, updates, steps, bytes, objects, backend)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16))";

constexpr const char* find_remotes_query = R"(
SELECT remote, outcome, code, error, started, finished, queued_ms, probe_ms, transfer_ms, updates,
  steps, bytes, objects, backend
FROM fetch_history_remotes WHERE fetch_id = ?1 ORDER BY position)";

constexpr const char* find_of_project_query = R"(
SELECT project, reason, requested, finished, id FROM fetch_history
WHERE project = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3)";

constexpr const char* retire_query = R"(
DELETE FROM fetch_history WHERE id IN (
  SELECT id FROM fetch_history WHERE coalesce(finished, requested) < ?1
  ORDER BY coalesce(finished, requested) LIMIT ?2))";

enum column {
  remote_column,
  outcome_column,
  code_column,
  error_column,
  started_column,
  finished_column,
  queued_column,
  probe_column,
  transfer_column,
  updates_column,
  steps_column,
  bytes_column,
  objects_column,
  backend_column,
};

std::string text_of(const fetch_steps& steps) {
  std::string text;
  for (const auto& step : all_fetch_steps)
    if (const auto spent = (steps.*step.time).count(); spent > 0)
      text.append(text.empty() ? "" : " ")
          .append(step.name)
          .append(" ")
          .append(std::to_string(spent));
  return text;
}

/// A step that this version does not know is passed over.
fetch_steps steps_from(const std::string& text) {
  fetch_steps steps;
  std::istringstream words{text};
  std::string name;
  for (std::int64_t spent = 0; words >> name >> spent;)
    for (const auto& step : all_fetch_steps)
      if (step.name == name)
        steps.*step.time = fetch_steps::time{spent};
  return steps;
}

/// All but the updates.
remote_fetch_report remote_from(const row& r) {
  using std::chrono::milliseconds;
  return {.remote = r.text(remote_column),
          .outcome = fetch_outcome_from(r.text(outcome_column)).value_or(fetch_outcome::never),
          .code = static_cast<ec>(r.integer(code_column)),
          .error = r.text(error_column),
          .started = r.time(started_column),
          .finished = r.time(finished_column),
          .timing = {.queued = milliseconds{r.integer(queued_column)},
                     .probe = milliseconds{r.integer(probe_column)},
                     .transfer = milliseconds{r.integer(transfer_column)},
                     .steps = steps_from(r.text(steps_column))},
          .bytes = static_cast<std::uint64_t>(r.integer(bytes_column)),
          .objects = static_cast<std::uint64_t>(r.integer(objects_column)),
          .backend = fetch_backend_from(r.text(backend_column)).value_or(fetch_backend::automatic)};
}

fetch_report report_from(fetch_id id, const row& r) {
  return {.id = id,
          .project = {r.text(0)},
          .reason = fetch_reason_from(r.text(1)).value_or(fetch_reason::due),
          .stage = fetch_stage::done,
          .requested = r.time(2),
          .finished = r.optional_time(3)};
}

}  // namespace

fetch_history::fetch_history(connection& db)
    : db_(db),
      record_(db, record_query),
      erase_remotes_(db, "DELETE FROM fetch_history_remotes WHERE fetch_id = ?1"),
      record_remote_(db, record_remote_query),
      find_(db, "SELECT project, reason, requested, finished FROM fetch_history WHERE id = ?1"),
      find_remotes_(db, find_remotes_query),
      find_of_project_(db, find_of_project_query),
      last_(db, "SELECT seq FROM sqlite_sequence WHERE name = 'fetch_history'"),
      erase_(db, "DELETE FROM fetch_history WHERE project = ?1"),
      retire_(db, retire_query) {}

caf::error fetch_history::record(const fetch_report& report) {
  const auto id = report.id.value;
  if (auto error = record_.run(id, report.project.slug, to_string(report.reason), report.requested,
                               report.finished))
    return error;
  if (auto error = erase_remotes_.run(id))
    return error;
  std::size_t position = 0;
  for (const auto& remote : report.remotes) {
    const auto updates = encode(remote.updates);
    if (auto error = record_remote_.run(
            id, position++, remote.remote, to_string(remote.outcome), static_cast<int>(remote.code),
            remote.error, remote.started, remote.finished, remote.timing.queued.count(),
            remote.timing.probe.count(), remote.timing.transfer.count(), blob_view{updates},
            text_of(remote.timing.steps), remote.bytes, remote.objects, to_string(remote.backend)))
      return error;
  }
  return {};
}

caf::expected<fetch_report> fetch_history::find(fetch_id id) {
  std::optional<fetch_report> report;
  if (auto error = find_.each([&](const row& r) { report = report_from(id, r); }, id.value))
    return error;
  if (!report)
    return make_error(ec::not_found, "no fetch " + std::to_string(id.value) + " in the history");
  if (auto error = read_remotes(*report))
    return error;
  return *std::move(report);
}

caf::expected<std::vector<fetch_report>> fetch_history::find(const find_fetches& query) {
  constexpr std::uint64_t end = std::numeric_limits<std::int64_t>::max();
  std::vector<fetch_report> found;
  const auto append = [&](const row& r) {
    found.push_back(report_from({static_cast<std::uint64_t>(r.integer(4))}, r));
  };
  const auto before = query.before ? std::min(query.before->value, end) : end;
  if (auto error = find_of_project_.each(append, query.project.slug, before, query.limit))
    return error;
  for (auto& report : found)
    if (auto error = read_remotes(report))
      return error;
  return found;
}

caf::error fetch_history::read_remotes(fetch_report& report) {
  bool readable = true;
  const auto append = [&](const row& r) {
    auto updates = decode_ref_updates(r.text(updates_column));
    readable = readable && updates.has_value();
    report.remotes.push_back(remote_from(r));
    report.remotes.back().updates = std::move(updates).value_or(std::vector<ref_update>{});
  };
  if (auto error = find_remotes_.each(append, report.id.value))
    return error;
  if (!readable)
    return make_error(ec::corrupt, "the report of fetch " + std::to_string(report.id.value) +
                                       " in '" + db_.file() + "' is damaged");
  return {};
}

caf::expected<fetch_id> fetch_history::last() {
  fetch_id id;
  const auto read = [&](const row& r) { id.value = static_cast<std::uint64_t>(r.integer(0)); };
  if (auto error = last_.each(read))
    return error;
  return id;
}

caf::error fetch_history::erase(const project_id& project) {
  return erase_.run(project.slug);
}

caf::expected<std::uint64_t> fetch_history::retire(wall_time deadline, std::uint64_t limit) {
  if (auto error = retire_.run(deadline, limit))
    return error;
  return db_.changes();
}

}  // namespace headway::db

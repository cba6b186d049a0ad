#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <storage/db/branch_status_table.hpp>

namespace headway::db {

namespace {

constexpr const char* select_query = R"(
SELECT project_id, branch, remote, head, upstream, local_oid, remote_oid, ahead, behind, state, reason
FROM branch_sync_status WHERE project_id = ?1 ORDER BY branch, remote)";

constexpr const char* load_query = R"(
SELECT project_id, branch, remote, head, upstream, local_oid, remote_oid, ahead, behind, state, reason
FROM branch_sync_status ORDER BY project_id, branch, remote)";

constexpr const char* put_into = R"(
INSERT INTO branch_sync_status (project_id, branch, remote, head, upstream, local_oid, remote_oid,
  ahead, behind, state, reason, needs_pull, needs_push)
VALUES )";

constexpr const char* one_row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

constexpr const char* or_change = R"(
ON CONFLICT (project_id, branch, remote) DO UPDATE SET head = excluded.head,
  upstream = excluded.upstream, local_oid = excluded.local_oid, remote_oid = excluded.remote_oid,
  ahead = excluded.ahead, behind = excluded.behind, state = excluded.state, reason = excluded.reason)";

// SQLite takes the rows out of the partial indexes, and puts them back, whenever these columns are
// named, whether they change or not: that is half of the work, and of the pages in the log.
constexpr const char* and_needs =
    ", needs_pull = excluded.needs_pull, needs_push = excluded.needs_push";

// A statement of 20 rows does in the time of eleven single ones; of 200, no better.
constexpr std::size_t rows_at_once = 20;

std::string query_of(std::size_t rows, const char* what_else) {
  std::string query{put_into};
  for (std::size_t row = 0; row < rows; ++row)
    query.append(row == 0 ? "" : ", ").append(one_row);
  return query + or_change + what_else;
}

const std::string put_query = query_of(1, and_needs);
const std::string put_many_query = query_of(rows_at_once, and_needs);
const std::string change_query = query_of(1, "");
const std::string change_many_query = query_of(rows_at_once, "");

enum column {
  project_column,
  name_column,
  remote_column,
  head_column,
  upstream_column,
  local_oid_column,
  remote_oid_column,
  ahead_column,
  behind_column,
  state_column,
  reason_column,
};

branch_status branch_from(const row& r) {
  return {.name = r.text(name_column),
          .head = r.integer(head_column) != 0,
          .upstream = r.text(upstream_column),
          .remote = r.text(remote_column),
          .local_oid = r.object_id(local_oid_column),
          .remote_oid = r.object_id(remote_oid_column),
          .ahead = r.count(ahead_column),
          .behind = r.count(behind_column),
          .state = branch_state_from(r.text(state_column)).value_or(branch_state::unknown),
          .reason = r.text(reason_column)};
}

bool needs_pull(branch_state state) noexcept {
  return state == branch_state::behind || state == branch_state::diverged;
}

bool needs_push(branch_state state) noexcept {
  return state == branch_state::ahead || state == branch_state::diverged;
}

bool has_same_needs(branch_state a, branch_state b) noexcept {
  return needs_pull(a) == needs_pull(b) && needs_push(a) == needs_push(b);
}

/// The values of a row, in the order of `put_into`. They refer to the branch.
auto values_of(const std::pair<project_key, const branch_status*>& row) {
  const auto& [project, pointer] = row;
  const auto& branch = *pointer;
  return std::tuple<project_key, std::string_view, std::string_view, bool, std::string_view,
                    const std::optional<oid>&, const std::optional<oid>&,
                    std::optional<std::uint64_t>, std::optional<std::uint64_t>, std::string_view,
                    std::string_view, bool, bool>{project,
                                                  branch.name,
                                                  branch.remote,
                                                  branch.head,
                                                  branch.upstream,
                                                  branch.local_oid,
                                                  branch.remote_oid,
                                                  branch.ahead,
                                                  branch.behind,
                                                  to_string(branch.state),
                                                  branch.reason,
                                                  needs_pull(branch.state),
                                                  needs_push(branch.state)};
}

/// What the rows of one project are told apart by; in the order of SQLite, byte by byte.
using row_key = std::pair<std::string_view, std::string_view>;

row_key key_of(const branch_status& branch) {
  return {branch.name, branch.remote};
}

bool is_same_id(const row& r, int column, const std::optional<oid>& id) {
  if (!id)
    return r.is_null(column);
  const auto bytes = r.view(column);
  return std::equal(bytes.begin(), bytes.end(), id->bytes.begin(), id->bytes.end(),
                    [](char x, std::uint8_t y) { return static_cast<std::uint8_t>(x) == y; });
}

/// Whether the row says all that `branch` says, apart from the key.
bool is_same(const row& r, const branch_status& branch) {
  return (r.integer(head_column) != 0) == branch.head &&
         r.view(upstream_column) == branch.upstream &&
         is_same_id(r, local_oid_column, branch.local_oid) &&
         is_same_id(r, remote_oid_column, branch.remote_oid) &&
         r.count(ahead_column) == branch.ahead && r.count(behind_column) == branch.behind &&
         r.view(state_column) == to_string(branch.state) && r.view(reason_column) == branch.reason;
}

caf::expected<std::vector<project_id>> projects_of(statement& query) {
  std::vector<project_id> projects;
  if (auto error = query.each([&](const row& r) { projects.push_back({r.text(0)}); }))
    return error;
  return projects;
}

}  // namespace

branch_status_table::branch_status_table(connection& db, std::uint64_t seed)
    : digests_(seed),
      select_(db, select_query),
      put_(db, put_query.c_str(), put_many_query.c_str()),
      change_(db, change_query.c_str(), change_many_query.c_str()),
      erase_one_(db,
                 "DELETE FROM branch_sync_status "
                 "WHERE project_id = ?1 AND branch = ?2 AND remote = ?3"),
      erase_all_(db, "DELETE FROM branch_sync_status WHERE project_id = ?1"),
      load_(db, load_query),
      needing_pull_(db, needing_pull_query),
      needing_push_(db, needing_push_query) {}

/// What has to be written of a document.
struct branch_status_table::difference {
  explicit difference(const std::vector<branch_status>& branches) {
    sorted.reserve(branches.size());
    for (const auto& branch : branches)
      sorted.push_back(&branch);
    const auto key = [](const branch_status* branch) { return key_of(*branch); };
    if (!std::ranges::is_sorted(sorted, {}, key))
      std::ranges::sort(sorted, {}, key);
  }

  void differs(branch_state before, const branch_status* now) {
    (has_same_needs(before, now->state) ? changed : turned).push_back(now);
  }

  bool has_name(const std::string& name) const {
    const auto at = std::ranges::lower_bound(sorted, name, {}, &branch_status::name);
    return at != sorted.end() && (*at)->name == name;
  }

  std::vector<const branch_status*> sorted;  ///< All of the document, by key.
  std::vector<const branch_status*> added;
  std::vector<const branch_status*> changed;
  std::vector<const branch_status*> turned;  ///< Changed, and needs other things than before.
  std::vector<branch_status> vanished;
};

caf::error branch_status_table::compare(project_key project, difference& found) {
  // Both sides in one order: rows are compared where they lie, and copied only when they vanish.
  auto next = found.sorted.begin();
  const auto end = found.sorted.end();
  const auto visit = [&](const row& r) {
    const row_key stored{r.view(name_column), r.view(remote_column)};
    while (next != end && key_of(**next) < stored)
      found.added.push_back(*next++);
    if (next == end || key_of(**next) != stored)
      found.vanished.push_back(branch_from(r));
    else if (const auto* branch = *next++; !is_same(r, *branch))
      found.differs(branch_state_from(r.text(state_column)).value_or(branch_state::unknown),
                    branch);
  };
  if (auto error = select_.each(visit, project))
    return error;
  found.added.insert(found.added.end(), next, end);
  return {};
}

bool branch_status_table::compare(const document_digest& before, const document_digest& now,
                                  difference& found) {
  if (before.keys != now.keys || before.rows.size() != now.rows.size())
    return false;
  for (std::size_t i = 0; i < now.rows.size(); ++i)
    if (before.rows[i] != now.rows[i])
      found.differs(before.rows[i].state, found.sorted[i]);
  return true;
}

caf::error branch_status_table::writer::add(row_to_write row) {
  waiting.push_back(row);
  if (waiting.size() < rows_at_once)
    return {};
  auto error = many.run_rows(waiting, [](const row_to_write& x) { return values_of(x); });
  waiting.clear();
  return error;
}

// What does not fill a large statement goes row by row: each length would be one more to keep.
caf::error branch_status_table::writer::flush() {
  for (const auto& row : std::exchange(waiting, {}))
    if (auto error =
            std::apply([&](const auto&... values) { return one.run(values...); }, values_of(row)))
      return error;
  return {};
}

caf::expected<std::size_t> branch_status_table::replace(project_key project,
                                                        const std::vector<branch_status>& branches,
                                                        wall_time now, gone_branch_table& gone) {
  difference found{branches};
  auto digest = digests_.digest(found.sorted);
  const auto* before = digests_.find(project);
  if (before == nullptr || !compare(*before, digest, found))
    if (auto error = compare(project, found))
      return error;
  for (const auto& branch : found.vanished) {
    if (auto error = erase_one_.run(project, branch.name, branch.remote))
      return error;
    if (!found.has_name(branch.name))
      if (auto error = gone.put(project, branch, now))
        return error;
  }
  for (const auto* branch : found.added)
    if (auto error = gone.erase(project, branch->name))
      return error;
  for (const auto* rows : {&found.added, &found.turned})
    for (const auto* branch : *rows)
      if (auto error = put_.add({project, branch}))
        return error;
  for (const auto* branch : found.changed)
    if (auto error = change_.add({project, branch}))
      return error;
  digests_.put(project, std::move(digest));
  return found.vanished.size() + found.added.size() + found.turned.size() + found.changed.size();
}

caf::error branch_status_table::flush() {
  if (auto error = put_.flush())
    return error;
  return change_.flush();
}

void branch_status_table::rolled_back() {
  put_.waiting.clear();
  change_.waiting.clear();
  digests_.drop();
}

caf::error branch_status_table::erase(project_key project) {
  // Rows of this project may wait among the others.
  if (auto error = flush())
    return error;
  digests_.forget(project);
  return erase_all_.run(project);
}

caf::error branch_status_table::load(
    const std::function<void(project_key, branch_status&&)>& visit) {
  return load_.each([&](const row& r) { visit(r.integer(project_column), branch_from(r)); });
}

caf::expected<std::vector<project_id>> branch_status_table::needing_pull() {
  return projects_of(needing_pull_);
}

caf::expected<std::vector<project_id>> branch_status_table::needing_push() {
  return projects_of(needing_push_);
}

}  // namespace headway::db

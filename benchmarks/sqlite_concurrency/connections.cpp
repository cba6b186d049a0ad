#include <functional>
#include <stdexcept>
#include <string_view>
#include <tuple>

#include <benchmarks/measure/stopwatch.hpp>
#include <benchmarks/sqlite_concurrency/connections.hpp>

#include <storage/db/statement.hpp>

namespace headway::sqlite_concurrency {

namespace {

using std::chrono::steady_clock;

const std::string put_rows = [] {
  std::string query =
      "INSERT INTO branch_sync_status (project_id, branch, remote, head, upstream, local_oid, "
      "remote_oid, ahead, behind, state, reason, needs_pull, needs_push) VALUES ";
  for (std::size_t i = 0; i < branches_each; ++i)
    query.append(i == 0 ? "" : ", ").append("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  return query +
         " ON CONFLICT (project_id, branch, remote) DO UPDATE SET head = excluded.head, "
         "upstream = excluded.upstream, local_oid = excluded.local_oid, "
         "remote_oid = excluded.remote_oid, ahead = excluded.ahead, behind = excluded.behind, "
         "state = excluded.state, reason = excluded.reason, needs_pull = excluded.needs_pull, "
         "needs_push = excluded.needs_push";
}();

using branch_row =
    std::tuple<std::int64_t, std::string_view, std::string_view, bool, std::string_view,
               const std::optional<oid>&, const std::optional<oid>&, std::optional<std::uint64_t>,
               std::optional<std::uint64_t>, std::string_view, std::string_view, bool, bool>;

std::vector<branch_row> rows_of(std::size_t project, const sync_status& status) {
  std::vector<branch_row> rows;
  for (const auto& x : status.branches)
    rows.emplace_back(static_cast<std::int64_t>(project + 1), x.name, x.remote, x.head, x.upstream,
                      x.local_oid, x.remote_oid, x.ahead, x.behind, to_string(x.state), x.reason,
                      x.state == branch_state::diverged, true);
  return rows;
}

constexpr const char* put_project_row =
    "UPDATE projects SET state = ?2, reason = ?3, as_of = ?4, detached_head = ?5, shallow = ?6 "
    "WHERE slug = ?1 AND retired_at IS NULL";

constexpr const char* put_move =
    "INSERT INTO projects (slug, path, added_at) VALUES (?1, ?2, 0) "
    "ON CONFLICT (slug) DO UPDATE SET path = excluded.path";

/// Writes the rows that the store writes for a document: those of its branches, and its project's.
class document_rows {
 public:
  explicit document_rows(db::connection& db)
      : branches_(db, put_rows.c_str()), project_(db, put_project_row) {}

  void put(std::size_t project, std::uint64_t version) {
    const auto submission = document(project, version);
    const auto& status = *submission.status;
    must(project_.run(status.project.slug, to_string(status.state), status.reason, status.as_of,
                      status.detached_head, status.shallow));
    must(branches_.run_rows(rows_of(project, status), std::identity{}));
  }

 private:
  db::statement branches_;
  db::statement project_;
};

class move_row {
 public:
  explicit move_row(db::connection& db) : project_(db, put_move) {}

  void put(std::size_t project, std::uint64_t version) {
    const auto move = move_of(project, version);
    must(project_.run(move.project.slug, move.path));
  }

 private:
  db::statement project_;
};

/// As many submissions as threads get through, each a transaction.
template <class Rows>
tally write_each(const std::string& file, journal log, sync how, std::size_t projects,
                 std::size_t threads, std::chrono::milliseconds time) {
  std::atomic<std::uint64_t> version{1};
  return run_threads(threads, time, [&](std::size_t number, const std::atomic<bool>& go_on) {
    const auto db = open_connection(file, log, how);
    Rows rows{*db};
    project_choice choice{projects, number + 1};
    std::vector<double> waits;
    while (go_on) {
      const auto begun = steady_clock::now();
      db::transaction work{*db};
      must(work.begin());
      rows.put(choice.next(), version++);
      must(work.commit());
      waits.push_back(measure::in_seconds(steady_clock::now() - begun) * 1e3);
    }
    return waits;
  });
}

template <class Rows>
tally write_at_once(const std::string& file, sync how, std::size_t projects, std::size_t count) {
  const auto db = open_connection(file, journal::wal, how);
  const measure::stopwatch watch;
  {
    Rows rows{*db};
    project_choice choice{projects, 1};
    db::transaction work{*db};
    must(work.begin());
    for (std::size_t i = 0; i < count; ++i)
      rows.put(choice.next(), i + 1'000'000);
    must(work.commit());
  }
  must(db->execute("PRAGMA wal_checkpoint(PASSIVE)"));
  return {measure::in_seconds(watch.read().wall), count, {}};
}

}  // namespace

std::unique_ptr<db::connection> open_connection(const std::string& file, journal log, sync how) {
  auto opened = must(db::connection::open_read_write(file));
  must(opened->execute(log == journal::wal ? "PRAGMA journal_mode = WAL"
                                           : "PRAGMA journal_mode = DELETE"));
  must(opened->execute(how == sync::normal ? "PRAGMA synchronous = NORMAL"
                                           : "PRAGMA synchronous = FULL"));
  must(opened->execute("PRAGMA cache_size = -65536"));
  return opened;
}

tally bulk_documents(const std::string& file, std::size_t projects, std::size_t documents) {
  return write_at_once<document_rows>(file, sync::normal, projects, documents);
}

tally bulk_moves(const std::string& file, std::size_t projects, std::size_t moves) {
  return write_at_once<move_row>(file, sync::full, projects, moves);
}

tally write_documents(const std::string& file, journal log, std::size_t projects,
                      std::size_t threads, std::chrono::milliseconds time) {
  return write_each<document_rows>(file, log, sync::normal, projects, threads, time);
}

tally write_moves(const std::string& file, std::size_t projects, std::size_t threads,
                  std::chrono::milliseconds time) {
  return write_each<move_row>(file, journal::wal, sync::full, projects, threads, time);
}

std::vector<double> read_documents(const std::string& file, journal log, std::size_t projects,
                                   const std::atomic<bool>& go_on) {
  const auto db = must(db::connection::open_read_only(file));
  if (log == journal::wal)
    must(db->execute("PRAGMA query_only = ON"));
  db::statement look_up{*db,
                        "SELECT branch, remote, head, upstream, local_oid, remote_oid, ahead, "
                        "behind, state, reason FROM branch_sync_status WHERE project_id = ?1"};
  project_choice choice{projects, 7};
  std::vector<double> microseconds;
  while (go_on) {
    const auto begun = steady_clock::now();
    std::size_t rows = 0;
    must(look_up.each([&](const db::row& r) { rows += r.text(0).empty() ? 0 : 1; },
                      choice.next() + 1));
    microseconds.push_back(measure::in_microseconds(steady_clock::now() - begun));
    if (rows != branches_each)
      throw std::runtime_error("a document has " + std::to_string(rows) + " branches");
  }
  return microseconds;
}

}  // namespace headway::sqlite_concurrency

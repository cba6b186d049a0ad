#include <filesystem>
#include <unordered_map>
#include <utility>

#include <sqlite3.h>

#include <messages/error.hpp>
#include <storage/db/batch.hpp>
#include <storage/db/branch_status_table.hpp>
#include <storage/db/checkpointer.hpp>
#include <storage/db/database_file.hpp>
#include <storage/db/failure.hpp>
#include <storage/db/fetch_history.hpp>
#include <storage/db/project_table.hpp>
#include <storage/db/remote_sync_table.hpp>
#include <storage/db/store.hpp>

namespace headway::db {

namespace {

/// A slice of the history that keeps other writes waiting for some milliseconds at most.
constexpr std::uint64_t retired_at_once = 1000;

/// How long a stopping node waits for readers so that it can empty the log.
constexpr int closing_patience_ms = 200;

caf::expected<std::string> absolute(const std::string& directory) {
  std::error_code code;
  auto path = std::filesystem::absolute(directory, code).lexically_normal();
  if (code)
    return system_failure("use as data directory", directory, code.value());
  return (path.has_filename() ? path : path.parent_path()).string();
}

}  // namespace

/// The members are destroyed in reverse: the lock goes last.
struct store::impl {
  impl(std::unique_ptr<instance_lock> held, std::unique_ptr<connection> opened,
       std::chrono::milliseconds retention)
      : lock(std::move(held)), db(std::move(opened)), history_retention(retention) {}
  ~impl();
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  caf::error commit(const batch_plan& batch);
  caf::error commit_durably(const batch_plan& batch);
  void note(const caf::error& error) { stats.failures += error ? 1 : 0; }

  caf::error apply(const put_project& x, wall_time now);
  caf::error apply(const delete_project& x, wall_time now);
  caf::error apply(const put_status& x, wall_time now);
  caf::error apply(const put_remote& x, wall_time now);
  caf::error apply(const put_fetch& x, wall_time now);

  std::unique_ptr<instance_lock> lock;
  std::unique_ptr<connection> db;
  std::chrono::milliseconds history_retention;
  checkpointer log{*db};
  project_table projects{*db};
  branch_status_table branches{*db};
  remote_sync_table remotes{*db};
  fetch_history history{*db};
  store_stats stats;
};

store::impl::~impl() {
  // A failure here costs a longer recovery at the next start, and nothing that was acknowledged.
  db->wait_for_locks(closing_patience_ms);
  db->execute("PRAGMA optimize");
  log.truncate();
}

caf::error store::impl::commit(const batch_plan& batch) {
  const auto now = std::chrono::system_clock::now();
  transaction work{*db};
  if (auto error = work.begin())
    return error;
  // Stops at the first failure: SQLite may have ended the transaction then, and what follows would
  // be committed by itself.
  for (const auto* x : batch.writes)
    if (auto error = std::visit([&](const auto& y) { return apply(y, now); }, *x))
      return error;
  return work.commit();
}

caf::error store::impl::commit_durably(const batch_plan& batch) {
  if (auto error = db->execute("PRAGMA synchronous = FULL"))
    return error;
  auto error = commit(batch);
  note(db->execute("PRAGMA synchronous = NORMAL"));
  return error;
}

caf::error store::impl::apply(const put_project& x, wall_time now) {
  return projects.put(x.project, x.path, now);
}

caf::error store::impl::apply(const delete_project& x, wall_time now) {
  const auto key = projects.find(x.project);
  if (!key)
    return key.error();
  if (!*key)
    return {};
  if (auto error = branches.erase(**key))
    return error;
  if (auto error = remotes.erase(**key))
    return error;
  if (auto error = history.erase(x.project))
    return error;
  return projects.retire(**key, now);
}

// A late write about a removed project is no error: its sender could not know.

caf::error store::impl::apply(const put_status& x, wall_time) {
  const auto key = projects.find(x.status->project);
  if (!key)
    return key.error();
  if (!*key)
    return {};
  if (auto error = projects.put_status(**key, *x.status))
    return error;
  auto written = branches.replace(**key, x.status->branches);
  return written ? caf::error{} : written.error();
}

caf::error store::impl::apply(const put_remote& x, wall_time) {
  const auto key = projects.find(x.project);
  if (!key)
    return key.error();
  return *key ? remotes.put(**key, x.state) : caf::error{};
}

caf::error store::impl::apply(const put_fetch& x, wall_time) {
  return history.record(*x.report);
}

caf::expected<std::unique_ptr<store>> store::open(const store_options& options) {
  std::unique_ptr<instance_lock> lock;
  std::string directory;
  if (!options.directory.empty()) {
    auto path = absolute(options.directory);
    if (!path)
      return path.error();
    directory = std::move(*path);
    auto acquired = instance_lock::acquire(directory);
    if (!acquired)
      return acquired.error();
    lock = std::move(*acquired);
  }
  auto db = directory.empty() ? open_in_memory(options.cache_size)
                              : open_for_writing(directory, options.cache_size);
  if (!db)
    return db.error();
  return std::unique_ptr<store>{new store(
      std::make_unique<impl>(std::move(lock), std::move(*db), options.fetch_history_retention))};
}

store::store(std::unique_ptr<impl> state) : impl_(std::move(state)) {}

store::~store() = default;

caf::expected<stored_state> store::load() {
  auto projects = impl_->projects.load();
  if (!projects)
    return projects.error();
  auto retired = impl_->projects.load_retired();
  if (!retired)
    return retired.error();
  const auto last = impl_->history.last();
  if (!last)
    return last.error();

  stored_state state{.retired = std::move(*retired), .last_fetch = *last};
  std::unordered_map<project_key, std::size_t> position;
  for (auto& project : *projects) {
    position.emplace(project.key, state.projects.size());
    state.projects.push_back({.id = std::move(project.id), .path = std::move(project.path)});
  }
  const auto add_branch = [&](project_key key, branch_status&& branch) {
    if (const auto at = position.find(key); at != position.end())
      if (auto& status = (*projects)[at->second].status)
        status->branches.push_back(std::move(branch));
  };
  const auto add_remote = [&](project_key key, remote_state&& remote) {
    if (const auto at = position.find(key); at != position.end())
      state.projects[at->second].remotes.push_back(std::move(remote));
  };
  if (auto error = impl_->branches.load(add_branch))
    return error;
  if (auto error = impl_->remotes.load(add_remote))
    return error;
  for (std::size_t i = 0; i < state.projects.size(); ++i)
    state.projects[i].last_status = std::move((*projects)[i].status);
  return state;
}

caf::error store::apply(std::vector<write> writes) {
  if (writes.empty())
    return {};
  if (auto error = check_complete(writes))
    return error;
  const auto batch = plan(writes);
  auto error =
      batch.needs == durability::registry ? impl_->commit_durably(batch) : impl_->commit(batch);
  impl_->note(error);
  if (error)
    return error;
  impl_->stats.commits += 1;
  impl_->stats.writes += writes.size();
  impl_->stats.coalesced += batch.coalesced;
  // The batch is committed: a checkpoint that fails does not make it fail.
  impl_->note(impl_->log.after_commit());
  return {};
}

caf::expected<fetch_report> store::find_fetch(fetch_id id) {
  return impl_->history.find(id);
}

void store::checkpoint_if_worthwhile() {
  impl_->note(impl_->log.when_idle());
}

caf::expected<std::uint64_t> store::retire_history(wall_time now) {
  transaction work{*impl_->db};
  if (auto error = work.begin())
    return error;
  auto retired = impl_->history.retire(now - impl_->history_retention, retired_at_once);
  if (!retired)
    return retired;
  if (auto error = work.commit())
    return error;
  impl_->note(impl_->log.after_commit());
  return retired;
}

store_stats store::stats() const noexcept {
  auto stats = impl_->stats;
  stats.wal_pages = impl_->log.pending();
  return stats;
}

const std::string& store::file() const noexcept {
  return impl_->db->file();
}

std::string sqlite_version() {
  return sqlite3_libversion();
}

bool sqlite_has_wal_reset_bug() noexcept {
  return sqlite3_libversion_number() >= 3'007'000 && sqlite3_libversion_number() < 3'051'003;
}

}  // namespace headway::db

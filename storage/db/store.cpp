#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <random>
#include <span>
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
#include <storage/db/gone_branch_table.hpp>
#include <storage/db/project_table.hpp>
#include <storage/db/remote_sync_table.hpp>
#include <storage/db/step_size.hpp>
#include <storage/db/store.hpp>

namespace headway::db {

namespace {

/// Rows, or pages, of a step of the upkeep. (A row of a gone branch takes 25 us, a page 20, on a
/// disk that is quick; the first step does not know the disk.)
constexpr step_size few_rows{8, 64};
constexpr step_size few_pages{4, 64};

/// Free pages that stay for the next rows: below an eighth of the file, moving others into their
/// place costs more than it gives back.
constexpr std::int64_t kept_share = 8;
constexpr std::int64_t kept_pages = 64;

constexpr std::chrono::hours statistics_age{24};
constexpr std::uint64_t bulk_rows = 50'000;
constexpr std::array all_tables{"projects",      "branch_sync_status",    "project_remote_sync",
                                "fetch_history", "fetch_history_remotes", "gone_branches"};

/// How long a stopping node waits for readers so that it can empty the log.
constexpr int closing_patience_ms = 200;

std::uint64_t seed() {
  std::random_device random;
  return (std::uint64_t{random()} << 32) | random();
}

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
       const store_options& options)
      : lock(std::move(held)),
        db(std::move(opened)),
        history_retention(options.fetch_history_retention),
        branch_retention(options.branch_retention),
        branches(*db, seed()) {}
  ~impl();
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  caf::error attempt(const batch_plan& batch);
  caf::error commit(const batch_plan& batch);
  caf::error commit_durably(const batch_plan& batch);
  void note(const caf::error& error) { stats.failures += error ? 1 : 0; }
  caf::expected<std::uint64_t> retire_some(wall_time now);
  caf::expected<upkeep> give_back_pages();
  caf::expected<upkeep> look_at_sizes(wall_time now);
  caf::expected<upkeep> step(wall_time now);

  caf::error apply(const put_project& x, wall_time now);
  caf::error apply(const delete_project& x, wall_time now);
  caf::error apply(const set_activity& x, wall_time now);
  caf::error apply(const put_status& x, wall_time now);
  caf::error apply(const put_remote& x, wall_time now);
  caf::error apply(const put_fetch& x, wall_time now);

  std::unique_ptr<instance_lock> lock;
  std::unique_ptr<connection> db;
  std::chrono::milliseconds history_retention;
  std::chrono::milliseconds branch_retention;
  checkpointer log{*db};
  project_table projects{*db};
  gone_branch_table gone{*db};
  branch_status_table branches;
  remote_sync_table remotes{*db};
  fetch_history history{*db};
  store_stats stats;
  std::uint64_t rows_since_statistics = 0;
  std::optional<wall_time> statistics_taken;
  std::span<const char* const> to_sample;
  step_size rows_at_once = few_rows;
  step_size pages_at_once = few_pages;
  step_size* last_step = nullptr;  // That of the last step of the upkeep, if it was one of these.
};

store::impl::~impl() {
  // A failure here costs a longer recovery at the next start, and nothing that was acknowledged.
  db->wait_for_locks(closing_patience_ms);
  db->execute("PRAGMA optimize");
  log.truncate();
}

caf::error store::impl::attempt(const batch_plan& batch) {
  const auto now = std::chrono::system_clock::now();
  transaction work{*db};
  if (auto error = work.begin())
    return error;
  // Stops at the first failure: SQLite may have ended the transaction then, and what follows would
  // be committed by itself.
  for (const auto* x : batch.writes)
    if (auto error = std::visit([&](const auto& y) { return apply(y, now); }, *x))
      return error;
  if (auto error = branches.flush())
    return error;
  return work.commit();
}

caf::error store::impl::commit(const batch_plan& batch) {
  // Nothing is taken for written that was not, even when memory runs out half way.
  struct undo {
    branch_status_table& rows;
    bool needed = true;
    ~undo() {
      if (needed)
        rows.rolled_back();
    }
  } undo{branches};
  auto error = attempt(batch);
  if (!error) {
    branches.committed();
    undo.needed = false;
  }
  return error;
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
  if (auto error = gone.erase(**key))
    return error;
  if (auto error = remotes.erase(**key))
    return error;
  if (auto error = history.erase(x.project))
    return error;
  return projects.retire(**key, now);
}

caf::error store::impl::apply(const set_activity& x, wall_time) {
  const auto key = projects.find(x.project);
  if (!key)
    return key.error();
  return *key ? projects.set_activity(**key, x.wish) : caf::error{};
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
  auto written = branches.replace(**key, x.status->branches, x.status->as_of, gone);
  if (!written)
    return written.error();
  rows_since_statistics += *written;
  return {};
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
  return std::unique_ptr<store>{
      new store(std::make_unique<impl>(std::move(lock), std::move(*db), options))};
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
    state.projects.push_back({.id = std::move(project.id),
                              .path = std::move(project.path),
                              .activity = project.activity});
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

caf::error store::apply(const std::vector<write>& writes) {
  if (writes.empty())
    return {};
  if (auto error = check_complete(writes))
    return error;
  const auto batch = plan(writes);
  auto error = impl_->log.admit(batch.only_registry ? log_share::reserve : log_share::ordinary);
  if (!error)
    error =
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

caf::expected<std::vector<fetch_report>> store::find_fetches(const headway::find_fetches& query) {
  return impl_->history.find(query);
}

void store::checkpoint_if_worthwhile() {
  impl_->note(impl_->log.when_idle());
}

caf::expected<std::uint64_t> store::impl::retire_some(wall_time now) {
  transaction work{*db};
  if (auto error = work.begin())
    return error;
  auto retired = history.retire(now - history_retention, rows_at_once.now());
  if (retired && *retired == 0)
    retired = gone.retire(now - branch_retention, rows_at_once.now());
  if (!retired)
    return retired;
  if (auto error = work.commit())
    return error;
  rows_since_statistics += *retired;
  return retired;
}

caf::expected<upkeep> store::impl::give_back_pages() {
  const auto pages = db->integer("PRAGMA page_count");
  if (!pages)
    return pages.error();
  const auto free = db->integer("PRAGMA freelist_count");
  if (!free)
    return free.error();
  if (*free <= kept_pages || *free * kept_share <= *pages)
    return upkeep::done;
  const auto some = "PRAGMA incremental_vacuum(" + std::to_string(pages_at_once.now()) + ")";
  if (auto error = db->execute(some.c_str()))
    return error;
  return upkeep::unfinished;
}

caf::expected<upkeep> store::impl::look_at_sizes(wall_time now) {
  const bool many = rows_since_statistics >= bulk_rows;
  if (many) {
    // `optimize` judges by what this connection has asked; after a bulk change all tables are
    // sampled, one at each step.
    rows_since_statistics = 0;
    statistics_taken = now;
    to_sample = all_tables;
  }
  if (!to_sample.empty()) {
    const auto sample = "ANALYZE " + std::string{to_sample.front()};
    to_sample = to_sample.subspan(1);
    if (auto error = db->execute(sample.c_str()))
      return error;
    return upkeep::unfinished;
  }
  if (statistics_taken && now - *statistics_taken < statistics_age)
    return upkeep::done;
  statistics_taken = now;
  if (auto error = db->execute("PRAGMA optimize"))
    return error;
  return upkeep::done;
}

caf::expected<upkeep> store::impl::step(wall_time now) {
  const auto retired = retire_some(now);
  if (!retired)
    return retired.error();
  if (*retired > 0) {
    last_step = &rows_at_once;
    return upkeep::unfinished;
  }
  auto left = give_back_pages();
  if (!left)
    return left;
  if (*left == upkeep::unfinished) {
    last_step = &pages_at_once;
    return left;
  }
  return look_at_sizes(now);
}

caf::expected<upkeep> store::keep_up(wall_time now, std::chrono::nanoseconds last_took) {
  if (auto* last = std::exchange(impl_->last_step, nullptr); last && last_took.count() > 0)
    last->took(last_took);
  if (auto error = impl_->log.admit(log_share::ordinary))
    return error;
  // What the steps have written is moved in steps of its own: that takes fsyncs.
  const auto moved = impl_->log.in_upkeep();
  if (!moved)
    return moved.error();
  if (*moved)
    return upkeep::unfinished;
  return impl_->step(now);
}

store_stats store::stats() const noexcept {
  auto stats = impl_->stats;
  stats.wal_pages = impl_->log.pending();
  stats.wal_bytes = impl_->log.bytes();
  stats.wal_held = impl_->log.held();
  return stats;
}

const std::string& store::file() const noexcept {
  return impl_->db->file();
}

std::string sqlite_version() {
  return sqlite3_libversion();
}

bool sqlite_has_wal_reset_bug() noexcept {
  constexpr int first = 3'007'000;
  constexpr int last = 3'051'002;
  return std::clamp(sqlite3_libversion_number(), first, last) == sqlite3_libversion_number();
}

}  // namespace headway::db

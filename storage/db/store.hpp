/// The database of a node: projects, branch rows, schedules, fetch history.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <caf/expected.hpp>

#include <messages/database.hpp>

namespace headway::db {

/// One write, as the writer gathers them.
using write =
    std::variant<put_project, delete_project, set_activity, put_status, put_remote, put_fetch>;

struct store_options {
  std::string directory;  ///< Empty: in memory.
  std::uint64_t cache_size = 64ull << 20;
  std::chrono::milliseconds fetch_history_retention{30ll * 24 * 60 * 60 * 1000};
  std::chrono::milliseconds branch_retention{30ll * 24 * 60 * 60 * 1000};
};

/// A branch that was in a document of its project and is not any more.
struct gone_branch {
  std::string name;
  std::string upstream;
  std::optional<oid> local_oid;  ///< Where it stood.
  wall_time gone_at{};           ///< The first document without it.

  friend bool operator==(const gone_branch&, const gone_branch&) = default;
};

/// What is left of the upkeep after a step.
enum class upkeep { unfinished, done };

/// Holds a data directory for one node. Released on destruction, and by the kernel on a crash.
class instance_lock {
 public:
  /// How often a lock is tried that a killed node has left to a child of its.
  static constexpr int tries = 400;

  /// Creates the directory (mode 0700) if needed. A child of a killed node holds the lock from its
  /// fork until it becomes another program: while the process that the lock file names is gone, it
  /// is tried again after each `pause`, whose default sleeps 5 ms on the caller's thread. Errors:
  /// `in_use` (names the pid that holds it), `read_only`, `permission_denied`, `disk_full`, `io`.
  static caf::expected<std::unique_ptr<instance_lock>> acquire(
      const std::string& directory, const std::function<void()>& pause = a_moment);
  ~instance_lock();
  instance_lock(const instance_lock&) = delete;
  instance_lock& operator=(const instance_lock&) = delete;

 private:
  static void a_moment();
  explicit instance_lock(int descriptor) noexcept : descriptor_(descriptor) {}
  int descriptor_;
};

/// The only writable connection. One thread: the writer's. SQLite before 3.51.3 can lose commits
/// when one connection checkpoints while another writes, so this one does both, holds the instance
/// lock, and all other connections are read-only.
class store {
 public:
  /// Opens, locks and migrates (after a backup beside the database when it migrates existing data).
  /// Errors: those of `instance_lock`, `newer_schema` (names both versions), `corrupt` (damaged, or
  /// no database at all), `config` (another program's database), `disk_full`, `read_only`, `io`.
  static caf::expected<std::unique_ptr<store>> open(const store_options& options);
  ~store();
  store(const store&) = delete;
  store& operator=(const store&) = delete;

  /// Documents come without remotes: those are in `stored_project::remotes`.
  caf::expected<stored_state> load();

  /// Commits all of `writes` in one transaction (BEGIN IMMEDIATE); later writes of one key replace
  /// earlier ones. A batch with a registry change is durable (fsync) when this returns, others are
  /// as durable as synchronous=NORMAL makes them. On error nothing of the batch is kept. Statuses
  /// and remotes of unknown or removed projects are ignored. Errors: also `already_exists` when a
  /// path is registered under another name, or a name is given to another path than it had;
  /// `overloaded` when a reader that stays has filled the log (a change of the registry alone has a
  /// reserve of its own). REQUIRES: not more than `largest_batch` of branch rows.
  caf::error apply(const std::vector<write>& writes);

  /// Of this many branch rows and writes a batch stays below 16 MiB in the log.
  static constexpr std::size_t largest_batch = 20'000;

  caf::expected<fetch_report> find_fetch(fetch_id id);
  caf::expected<std::vector<fetch_report>> find_fetches(const headway::find_fetches& query);

  /// Checkpoints when the WAL is long enough to be worth it; call when idle.
  void checkpoint_if_worthwhile();

  /// One step of what keeps the file small and its statistics right: drops fetches and gone
  /// branches past their retention, gives free pages back to the file system, and once a day, or
  /// after many changes, looks at the sizes of the tables. A step holds up other writes for some
  /// milliseconds at most; call again, when others have had their turn, until it answers `done`.
  /// `now` decides ages; `last_took` is what the step before this one took (zero: nobody knows),
  /// which decides how much this one does.
  caf::expected<upkeep> keep_up(wall_time now,
                                std::chrono::nanoseconds last_took = std::chrono::nanoseconds{});

  store_stats stats() const noexcept;

  /// The database file; empty in memory.
  const std::string& file() const noexcept;

 private:
  struct impl;
  explicit store(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

/// A read-only connection. One thread at a time. Whatever takes longer than its patience is given
/// up with `deadline_exceeded`: a reader that stays keeps the log from being emptied.
class reader {
 public:
  static constexpr std::chrono::milliseconds usual_patience{250};
  static caf::expected<std::unique_ptr<reader>> open(
      const std::string& file, std::chrono::milliseconds patience = usual_patience);
  ~reader();
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  caf::expected<fetch_report> find_fetch(fetch_id id);
  caf::expected<std::vector<fetch_report>> find_fetches(const headway::find_fetches& query);
  /// Projects with at least one branch behind (or ahead of) its upstream, by the partial indexes.
  caf::expected<std::vector<project_id>> needing_pull();
  caf::expected<std::vector<project_id>> needing_push();
  /// Branches of a project that are gone and not yet past their retention, by name.
  caf::expected<std::vector<gone_branch>> gone_branches(const project_id& project);

 private:
  struct impl;
  explicit reader(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

/// "3.40.1", and whether it has the WAL-reset bug.
std::string sqlite_version();
bool sqlite_has_wal_reset_bug() noexcept;

}  // namespace headway::db

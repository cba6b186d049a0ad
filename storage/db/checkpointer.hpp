/// Moves the write-ahead log into the database file. Private to db/.
#pragma once

#include <cstdint>

#include <caf/error.hpp>

struct sqlite3;

namespace headway::db {

class connection;

/// Belongs to the writer's connection: SQLite before 3.51.3 can lose commits when one connection
/// checkpoints while another writes (sqlite.org/wal.html#walresetbug). All checkpoints are passive,
/// so they never wait for a reader; but for the last one, which also empties the log.
class checkpointer {
 public:
  /// REQUIRES: `db` outlives this.
  explicit checkpointer(connection& db) noexcept;
  ~checkpointer();
  checkpointer(const checkpointer&) = delete;
  checkpointer& operator=(const checkpointer&) = delete;

  /// Bounds the log while there is no idle moment.
  caf::error after_commit();

  /// Does the work when enough has gathered, so that an idle node does not write in small steps.
  caf::error when_idle();

  caf::error truncate();

  /// Pages in the log that the database file lacks.
  std::uint64_t pending() const noexcept { return pages_ - moved_; }

 private:
  static int committed(void* self, sqlite3*, const char*, int pages) noexcept;
  caf::error run(int mode);

  connection& db_;
  std::uint64_t pages_ = 0;
  std::uint64_t moved_ = 0;
  std::uint64_t tried_at_ = 0;
};

}  // namespace headway::db

/// Moves the write-ahead log into the database file. Private to db/.
#pragma once

#include <cstdint>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <storage/db/log_writeback.hpp>

struct sqlite3;

namespace headway::db {

class connection;

/// What a batch may use of the log.
enum class log_share {
  ordinary,  ///< Leaves room for what must not be refused.
  reserve,   ///< A change of the registry: small, and a person's.
};

/// Belongs to the writer's connection: SQLite before 3.51.3 can lose commits when one connection
/// checkpoints while another writes (sqlite.org/wal.html#walresetbug).
///
/// The log begins again at its start once all of it was moved and nobody reads it. A reader that
/// stays keeps it growing; it ends at `most_bytes` all the same, because `admit` refuses then.
class checkpointer {
 public:
  static constexpr std::uint64_t most_bytes = 64ull << 20;

  /// REQUIRES: `db` outlives this.
  explicit checkpointer(connection& db);
  ~checkpointer();
  checkpointer(const checkpointer&) = delete;
  checkpointer& operator=(const checkpointer&) = delete;

  /// Whether the log has room for one more batch; if not, tries to make some. Errors: `overloaded`
  /// while a reader stays in the log.
  caf::error admit(log_share share);

  /// Bounds the log while there is no idle moment.
  caf::error after_commit();

  /// Does the work when enough has gathered, so that an idle node does not write in small steps.
  caf::error when_idle();

  /// Moves what steps of the upkeep have written, when there is so much of it that more would take
  /// longer than a step may; answers whether it did.
  caf::expected<bool> in_upkeep();

  caf::error truncate();

  /// Pages in the log that the database file lacks.
  std::uint64_t pending() const noexcept { return pages_ - moved_; }

  /// Bytes of the log that are in use.
  std::uint64_t bytes() const noexcept;

  /// Whether the last attempt to begin the log again failed for a reader.
  bool held() const noexcept { return held_; }

 private:
  static int committed(void* self, sqlite3*, const char*, int pages) noexcept;
  caf::error run(int mode);
  caf::error begin_again();

  connection& db_;
  log_writeback writeback_;
  std::uint64_t pages_ = 0;
  std::uint64_t moved_ = 0;
  std::uint64_t tried_at_ = 0;
  bool held_ = false;
};

}  // namespace headway::db

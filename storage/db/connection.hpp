/// One connection to a database. Private to db/.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <caf/error.hpp>
#include <caf/expected.hpp>

struct sqlite3;

namespace headway::db {

/// Owns a SQLite handle. One thread at a time. Opening changes nothing in the file, and no
/// connection checkpoints when it is closed unless it was told to.
class connection {
 public:
  static caf::expected<std::unique_ptr<connection>> open_in_memory();

  /// REQUIRES: `file` exists; an empty file becomes a database with the first write.
  static caf::expected<std::unique_ptr<connection>> open_read_write(const std::string& file);

  static caf::expected<std::unique_ptr<connection>> open_read_only(const std::string& file);

  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Runs statements whose rows nobody wants.
  caf::error execute(const char* sql);

  /// First column of the first row, such as that of a pragma; zero when there is no row.
  caf::expected<std::int64_t> integer(const char* sql);
  caf::expected<std::string> text(const char* sql);

  /// Lets the last connection empty and remove the WAL when it is closed.
  void checkpoint_on_close() noexcept;

  /// How long a statement waits for a lock of another process.
  void wait_for_locks(int milliseconds) noexcept;

  /// What is read from now on ends with `deadline_exceeded` once `patience` is over.
  void give_up_after(std::chrono::milliseconds patience) noexcept;

  /// Rows changed by the last statement, less those changed by cascades.
  std::uint64_t changes() const noexcept;

  bool in_transaction() const noexcept;

  /// The last failure as an error of ours.
  caf::error failure(std::string_view doing) const;

  /// Empty in memory.
  const std::string& file() const noexcept { return file_; }
  sqlite3* handle() const noexcept { return handle_; }

 private:
  explicit connection(std::string file) : file_(std::move(file)) {}
  static caf::expected<std::unique_ptr<connection>> open(std::string file, int flags);
  static int is_late(void* self) noexcept;
  void harden() noexcept;

  std::string file_;
  sqlite3* handle_ = nullptr;
  std::chrono::steady_clock::time_point deadline_{};
};

/// How long statements usually wait for a lock of another process.
inline constexpr int usual_lock_patience_ms = 5000;

/// Another patience for as long as it lives.
class lock_patience {
 public:
  lock_patience(connection& db, int milliseconds) noexcept : db_(db) {
    db_.wait_for_locks(milliseconds);
  }
  ~lock_patience() { db_.wait_for_locks(usual_lock_patience_ms); }
  lock_patience(const lock_patience&) = delete;
  lock_patience& operator=(const lock_patience&) = delete;

 private:
  connection& db_;
};

/// A write transaction that is rolled back unless it was committed.
class transaction {
 public:
  explicit transaction(connection& db) noexcept : db_(db) {}
  ~transaction();
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  /// Takes the write lock at once: a transaction that reads first and writes later can fail half
  /// way.
  caf::error begin();
  caf::error commit();

 private:
  connection& db_;
  bool open_ = false;
};

}  // namespace headway::db

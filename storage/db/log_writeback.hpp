/// Has the log written to the disk while it grows. Private to db/.
#pragma once

#include <cstdint>
#include <string>

namespace headway::db {

/// Tells the kernel to begin writing, and does not wait for it, so that the fsync before a
/// checkpoint, for which everybody waits, finds little left to do. Nothing depends on it: where it
/// cannot be done, the fsync takes longer.
class log_writeback {
 public:
  /// `log`: "headway.db-wal"; empty for a database in memory.
  explicit log_writeback(std::string log) : log_(std::move(log)) {}
  ~log_writeback();
  log_writeback(const log_writeback&) = delete;
  log_writeback& operator=(const log_writeback&) = delete;

  /// The log is in use up to here; less than before when it has begun again.
  void grown_to(std::uint64_t bytes) noexcept;

 private:
  std::string log_;
  int descriptor_ = -1;
  std::uint64_t begun_ = 0;  // Up to here the kernel was told.
};

}  // namespace headway::db

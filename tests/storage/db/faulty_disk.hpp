/// A disk that fails when a test says so, below SQLite.
#pragma once

#include <cstdint>
#include <memory>

namespace headway::db::test {

enum class disk_call : std::uint8_t { read, write, sync, lock, space, busy };

enum class fault_length : std::uint8_t {
  once,     ///< The n-th call fails.
  forever,  ///< The n-th and all later ones fail.
};

/// SQLite's default file system for as long as it lives: that of the operating system, but for one
/// kind of call. `space` is a write that finds the disk full, `busy` a lock that somebody else has.
/// One thread.
class faulty_disk {
 public:
  faulty_disk();
  ~faulty_disk();
  faulty_disk(const faulty_disk&) = delete;
  faulty_disk& operator=(const faulty_disk&) = delete;

  /// From now on, the `number`-th call of this kind fails (1 is the next).
  void fail(disk_call call, std::uint64_t number, fault_length length);

  /// From now on nothing fails.
  void mend();

  /// Whether a call failed since `fail`.
  bool has_failed() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace headway::db::test

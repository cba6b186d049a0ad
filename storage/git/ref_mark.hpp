/// Whether refs of a watched clone may have moved, told by one system call where a look at the
/// files takes one for each of them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace headway::git {

class clone_moves;  // storage/git/clone_moves.hpp

/// A moment in the life of a clone. Any thread.
class ref_mark {
 public:
  /// Holds never.
  ref_mark() = default;
  /// This moment.
  explicit ref_mark(std::shared_ptr<const clone_moves> of) noexcept;

  /// Whether nothing that a `ref_watch` hears of has moved since: what has happened to the files
  /// before the call counts, also when the watch has not got to it yet, because the kernel queues
  /// an event before the system call that caused it returns. False when in doubt, and for a clone
  /// that is only swept. Not heard of are a person's own configuration, included files, grafts,
  /// alternates, mounts, and other machines on a shared disk.
  bool holds() const noexcept;

 private:
  std::shared_ptr<const clone_moves> of_;
  std::uint64_t moves_ = 0;
};

/// The clones of a `ref_watch` under their names, for those who make marks. Any thread.
class ref_marks {
 public:
  /// One that never holds when no watch knows the clone.
  ref_mark make(const std::string& clone) const;

  /// By the watch.
  void set(const std::string& clone, std::shared_ptr<const clone_moves> moves);
  void erase(const std::string& clone);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const clone_moves>> clones_;
};

}  // namespace headway::git

/// The documents of all projects, for whoever answers faster than an actor can be asked.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <messages/status.hpp>
#include <storage/git/ref_mark.hpp>

namespace headway {

/// A document, and how to tell that it still says what is on disk. Immutable.
struct shown_status {
  sync_status_ptr status;
  git::ref_mark mark;  ///< Made before the refs were read.
  /// Then what no mark hears of has to be looked at again.
  std::chrono::steady_clock::time_point until;
  std::uint64_t change =
      0;  ///< The last of its remotes that it shows; see `status_slot::announce`.
};

/// Where one project shows its document. Any thread.
class status_slot {
 public:
  /// By the project. Ignored once the slot is closed.
  void show(shown_status what);
  /// Nothing is shown until the next `show`.
  void hide();
  /// Nothing will be shown any more: there is no such project.
  void close();

  /// Says that the project's remotes have changed: what it shows is true again when it has heard of
  /// the change with this number.
  std::uint64_t announce() noexcept { return ++announced_; }
  std::uint64_t announced() const noexcept { return announced_; }

  /// Changes with whatever is shown.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
  /// Null when nothing is shown.
  std::shared_ptr<const shown_status> shown() const;
  bool is_closed() const noexcept { return closed_; }

  /// Whether `what`, shown here, is true at this moment. One system call.
  bool is_true(const shown_status& what, std::chrono::steady_clock::time_point now) const noexcept {
    return now < what.until && what.change == announced_ && what.mark.holds();
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const shown_status> shown_;
  std::atomic<std::uint64_t> version_{0};
  std::atomic<std::uint64_t> announced_{0};
  std::atomic<bool> closed_{false};
};

using status_slot_ptr = std::shared_ptr<status_slot>;

/// Any thread.
class status_board {
 public:
  /// The slot of a project, made if need be.
  status_slot_ptr open(const project_id& project);
  /// Null when nobody has opened it.
  status_slot_ptr find(const project_id& project) const;
  void close(const project_id& project);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, status_slot_ptr> slots_;
};

}  // namespace headway

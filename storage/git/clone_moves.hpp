/// What a watch has heard of one clone, counted. Private to storage/git.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include <storage/git/file_descriptor.hpp>

namespace headway::git {

/// The kernel's queue of events as those see it who do not read it.
struct event_queue {
  file_descriptor events;  ///< Not to be read from.
  /// Set before events are taken out, and until their moves have been counted.
  std::atomic<bool> is_read{false};

  bool is_empty() const noexcept;
};

/// The threads of the watch write, one at a time; any thread reads.
class clone_moves {
 public:
  explicit clone_moves(std::shared_ptr<const event_queue> queue) : queue_{std::move(queue)} {}

  void happened() noexcept { ++count_; }
  /// From now on every move is counted.
  void begin() noexcept { watched_ = true; }
  void end() noexcept {
    watched_ = false;
    ++count_;
  }

  std::uint64_t count() const noexcept { return count_; }
  /// Whether there were `count` moves, no more, and none waits to be counted.
  bool are_still(std::uint64_t count) const noexcept {
    // The order matters: an event that has left the queue has been counted, or is being read.
    return watched_ && count_ == count && queue_->is_empty() && !queue_->is_read &&
           count_ == count && watched_;
  }

 private:
  const std::shared_ptr<const event_queue> queue_;
  std::atomic<bool> watched_{false};
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace headway::git

/// What every actor of one engine shares.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

#include <spdlog/logger.h>

#include <actors/metrics/metrics.hpp>
#include <actors/parts.hpp>
#include <actors/project/status_board.hpp>
#include <actors/subscribers.hpp>
#include <messages/error.hpp>
#include <messages/status.hpp>

namespace headway {

using log_ptr = std::shared_ptr<spdlog::logger>;

/// Counts the living actors of an engine, so that a stop can wait for the last of them, also inside
/// a host's actor system. Any thread.
class population {
 public:
  void join() {
    const std::lock_guard guard{mutex_};
    ++living_;
  }

  void leave() {
    const std::lock_guard guard{mutex_};
    --living_;
    changed_.notify_all();
  }

  /// False when somebody was still alive at the deadline.
  bool await_extinction(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock{mutex_};
    return changed_.wait_until(lock, deadline, [this] { return living_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t living_ = 0;
};

/// Whether the store can be written and the projects are known; what /readyz tells. Any thread.
class health {
 public:
  void store_failed(caf::error error) {
    const std::lock_guard guard{mutex_};
    store_error_ = std::move(error);
  }

  void store_works() { store_failed({}); }

  caf::error store_error() const {
    const std::lock_guard guard{mutex_};
    return store_error_;
  }

  void projects_loading() { projects_known_ = false; }
  void projects_loaded() { projects_known_ = true; }
  bool projects_known() const { return projects_known_; }

 private:
  mutable std::mutex mutex_;
  caf::error store_error_;
  std::atomic<bool> projects_known_{false};
};

struct engine_context {
  log_ptr log;
  std::shared_ptr<headway::metrics> figures;
  parts_ptr others;
  std::shared_ptr<population> living;
  std::shared_ptr<headway::health> condition;
  std::shared_ptr<status_board> statuses = std::make_shared<status_board>();
  std::shared_ptr<subscribers> audience = std::make_shared<subscribers>();
  /// Of the clones that are watched.
  std::shared_ptr<git::ref_marks> marks = std::make_shared<git::ref_marks>();
  /// What the clock on the wall says; it may jump.
  std::function<wall_time()> wall = std::chrono::system_clock::now;
};

}  // namespace headway

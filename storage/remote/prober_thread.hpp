/// What the threads of probers have in common: how others give them orders. Private to
/// storage/remote.
#pragma once

#include <csignal>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <curl/curl.h>

namespace headway::remote {

/// Orders of any thread to the one that waits with `multi`, which they wake. A `Conversation` has
/// an `id`, which it gets here. REQUIRES: `multi` outlives it.
template <class Conversation>
class order_queue {
 public:
  using conversation_ptr = std::unique_ptr<Conversation>;
  using probe_id = std::uint64_t;

  /// What has been ordered since the last look.
  struct orders {
    std::vector<conversation_ptr> submitted;
    std::vector<probe_id> cancelled;
    bool stop = false;
  };

  explicit order_queue(CURLM* multi) : multi_{multi} {}

  probe_id submit(conversation_ptr fresh) {
    const std::lock_guard guard{mutex_};
    const auto id = fresh->id = ++last_id_;
    open_.submitted.push_back(std::move(fresh));
    curl_multi_wakeup(multi_);
    return id;
  }

  void cancel(probe_id which) {
    const std::lock_guard guard{mutex_};
    open_.cancelled.push_back(which);
    curl_multi_wakeup(multi_);
  }

  /// Holds for all looks from now on.
  void stop() {
    const std::lock_guard guard{mutex_};
    open_.stop = true;
    curl_multi_wakeup(multi_);
  }

  orders take() {
    const std::lock_guard guard{mutex_};
    orders result{{}, {}, open_.stop};
    result.submitted.swap(open_.submitted);
    result.cancelled.swap(open_.cancelled);
    return result;
  }

 private:
  CURLM* multi_;
  std::mutex mutex_;  // Guards what follows.
  orders open_;
  probe_id last_id_ = 0;
};

/// For the thread that calls it: a write to a connection that the other end has closed must not end
/// the process, and signals are for the threads of the program.
inline void leave_signals_to_others() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

}  // namespace headway::remote

/// Where the parts of an engine find each other. The supervisor writes a handle when it starts (or
/// restarts) a part; everybody else reads the current one for each message, so that a part that was
/// restarted is used from the next message on.
#pragma once

#include <mutex>
#include <utility>

#include <messages/interfaces.hpp>

namespace headway {

/// Any thread. Holds strong handles: the supervisor clears it before the actor system ends.
class parts {
 public:
  template <class Handle>
  Handle get() const {
    const std::lock_guard guard{mutex_};
    return std::get<Handle>(handles_);
  }

  template <class Handle>
  void set(Handle handle) {
    const std::lock_guard guard{mutex_};
    // The old handle is dropped outside of the lock: it may be the last one.
    std::swap(std::get<Handle>(handles_), handle);
  }

  void clear() {
    handles empty;
    const std::lock_guard guard{mutex_};
    std::swap(handles_, empty);
  }

 private:
  using handles = std::tuple<repo_pool_actor, ref_watcher_actor, graph_cache_actor, prober_actor,
                             fetch_scheduler_actor, database_writer_actor, database_reader_actor,
                             project_registry_actor, resource_monitor_actor>;
  mutable std::mutex mutex_;
  handles handles_;
};

using parts_ptr = std::shared_ptr<parts>;

}  // namespace headway

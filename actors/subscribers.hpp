/// Who follows an engine. They are kept beside the actors: whoever has subscribed hears on when the
/// part that tells is started again.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <messages/interfaces.hpp>

namespace headway {

/// Any thread.
class subscribers {
 public:
  using listener = std::function<void(const engine_event&)>;

  /// Tells `call` of everything from now on, on the thread of whoever tells; it must not block.
  /// Answers with what ends that.
  std::uint64_t add(listener call) {
    auto held = std::make_shared<const listener>(std::move(call));
    const std::lock_guard guard{mutex_};
    listeners_.emplace(++last_, std::move(held));
    return last_;
  }

  /// A call that runs goes on.
  void remove(std::uint64_t subscription) {
    const std::lock_guard guard{mutex_};
    listeners_.erase(subscription);
  }

  /// In the order in which they came. What one throws goes to `failed`, and costs nobody else
  /// anything.
  void tell(const engine_event& news,
            const std::function<void(const std::exception&)>& failed) const {
    for (const auto& call : all()) {
      try {
        (*call)(news);
      } catch (const std::exception& e) {
        failed(e);
      }
    }
  }

 private:
  // They are called without the lock: one may end its own subscription.
  std::vector<std::shared_ptr<const listener>> all() const {
    std::vector<std::shared_ptr<const listener>> result;
    const std::lock_guard guard{mutex_};
    for (const auto& [number, call] : listeners_)
      result.push_back(call);
    return result;
  }

  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<const listener>> listeners_;
  std::uint64_t last_ = 0;
};

}  // namespace headway

/// From threads of the engine to the gateway's own, with admission on the way in.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <caf/expected.hpp>

#include <actors/engine.hpp>
#include <messages/error.hpp>

namespace headway::gateway {

/// Makes callbacks that may be called on any thread, also after the gateway has gone: their answers
/// go on on the gateway's thread, or nowhere.
class call_bridge : public std::enable_shared_from_this<call_bridge> {
 public:
  template <class T>
  using continuation = std::function<void(caf::expected<T>)>;

  /// REQUIRES: `io` lives until `close`.
  call_bridge(boost::asio::io_context& io, std::size_t limit) : io_(io), limit_(limit) {}

  /// A callback that counts as one call in flight until it is called or dropped; empty when there
  /// are `limit` already. Only on the gateway's thread.
  template <class T>
  answer_callback<T> admit(continuation<T> then) {
    if (in_flight_.fetch_add(1, std::memory_order_relaxed) >= limit_) {
      leave();
      return nullptr;
    }
    auto state = std::make_shared<pending<T>>(shared_from_this(), std::move(then));
    return [state](caf::expected<T> result) { state->resolve(std::move(result)); };
  }

  /// Does `work` on the gateway's thread, or never. From any thread.
  template <class Work>
  void run(Work work) {
    // The lock keeps `close` from overtaking a post that has begun.
    const std::scoped_lock lock{mutex_};
    if (open_)
      boost::asio::post(io_, std::move(work));
  }

  /// From now on answers go nowhere.
  void close() {
    const std::scoped_lock lock{mutex_};
    open_ = false;
  }

 private:
  template <class T>
  class pending {
   public:
    pending(std::shared_ptr<call_bridge> bridge, continuation<T> then)
        : bridge_(std::move(bridge)), then_(std::move(then)) {}
    ~pending() {
      resolve(make_error(ec::shutting_down, "the engine dropped the request; try again later"));
    }
    pending(const pending&) = delete;
    pending& operator=(const pending&) = delete;

    void resolve(caf::expected<T> result) {
      if (resolved_.exchange(true))
        return;
      bridge_->leave();
      bridge_->run([then = std::move(then_), result = std::move(result)]() mutable {
        then(std::move(result));
      });
    }

   private:
    std::shared_ptr<call_bridge> bridge_;
    continuation<T> then_;
    std::atomic<bool> resolved_{false};
  };

  void leave() { in_flight_.fetch_sub(1, std::memory_order_relaxed); }

  boost::asio::io_context& io_;
  const std::size_t limit_;
  std::atomic<std::size_t> in_flight_{0};
  std::mutex mutex_;
  bool open_ = true;
};

}  // namespace headway::gateway

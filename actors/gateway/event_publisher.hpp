/// From what happens in the engine to the ring that clients read.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/steady_timer.hpp>

#include <actors/gateway/api.hpp>
#include <actors/gateway/call_bridge.hpp>
#include <actors/gateway/event_feed.hpp>
#include <actors/gateway/event_ring.hpp>

namespace headway::gateway {

/// Publishes ten times a second at most, so that no client gets more writes than that, and asks the
/// scheduler for its limits once a second while somebody reads.
///
/// Not thread-safe but for `note`: the gateway's thread owns it.
class event_publisher {
 public:
  /// `offer` lets every connection send what it has not sent yet and tells whether one could not.
  event_publisher(boost::asio::io_context& io, gateway_api& api,
                  std::shared_ptr<call_bridge> bridge, std::shared_ptr<event_ring> ring,
                  std::function<bool()> offer);

  void start() { watch_scheduler(); }
  /// A new reader, which gets what it has missed at once, and within a second the scheduler's
  /// limits.
  std::shared_ptr<event_reader> subscribe(std::string_view last_event_id);
  void close();

  /// Any thread, until the bridge has closed.
  void note(const engine_event& news);

 private:
  using clock = std::chrono::steady_clock;

  void wake();
  void publish();
  void watch_scheduler();
  void ask_scheduler();

  gateway_api& api_;
  std::shared_ptr<call_bridge> bridge_;
  std::shared_ptr<event_ring> ring_;
  std::function<bool()> offer_;
  event_feed feed_;
  boost::asio::steady_timer publish_timer_;
  boost::asio::steady_timer scheduler_timer_;
  clock::time_point last_publication_{};
  std::string scheduler_;   ///< As last published.
  bool newcomers_ = false;  ///< Who have heard nothing of the scheduler yet.
  bool publication_waits_ = false;
  bool asking_ = false;
  bool closed_ = false;
};

}  // namespace headway::gateway

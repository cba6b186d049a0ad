/// Accepts connections, bounds their number, keeps their deadlines.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_set>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include <actors/gateway/connection.hpp>
#include <actors/gateway/doors.hpp>
#include <actors/gateway/tls.hpp>

namespace spdlog {
class logger;
}

namespace headway::gateway {

/// Not thread-safe: the gateway's thread owns it.
class listener {
 public:
  /// REQUIRES: `doors` has one at least.
  listener(std::vector<door> doors, const connection_limits& limits, std::size_t max_connections,
           routes& service, std::shared_ptr<spdlog::logger> log);

  /// Connections of TCP that come from now on speak TLS; null: plain HTTP.
  void show(tls_identity_ptr identity) { identity_ = std::move(identity); }

  void start();
  /// Lets every client that reads events have what has happened. Whether one has more to come.
  bool offer_events();
  /// Accepts no more and ends every connection as soon as its running request is answered; then
  /// calls `drained`, once.
  void drain(std::function<void()> drained);
  /// Ends everything at once.
  void close();

 private:
  struct entrance {
    door way;
    bool accepting = false;
  };

  void accept(entrance& at);
  void on_accept(entrance& at, boost::system::error_code error, stream_socket socket);
  void take(const entrance& from, stream_socket socket);
  void shut();
  void schedule_sweep();
  void sweep();
  void forget(connection& gone);
  template <class Action>
  void for_each_connection(Action action);

  std::vector<entrance> entrances_;
  tls_identity_ptr identity_;
  boost::asio::steady_timer timer_;
  connection_surroundings surroundings_;
  std::size_t max_connections_;
  std::shared_ptr<spdlog::logger> log_;
  std::chrono::milliseconds sweep_interval_;
  std::unordered_set<connection_ptr> connections_;
  std::function<void()> drained_;
};

}  // namespace headway::gateway

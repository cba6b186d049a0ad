/// Accepts connections, bounds their number, keeps their deadlines.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_set>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <actors/gateway/connection.hpp>

namespace spdlog {
class logger;
}

namespace headway::gateway {

/// Not thread-safe: the gateway's thread owns it.
class listener {
 public:
  listener(boost::asio::ip::tcp::acceptor acceptor, const connection_limits& limits,
           std::size_t max_connections, routes& service, std::shared_ptr<spdlog::logger> log);

  void start();
  /// Lets every client that reads events have what has happened. Whether one has more to come.
  bool offer_events();
  /// Accepts no more and ends every connection as soon as its running request is answered; then
  /// calls `drained`, once.
  void drain(std::function<void()> drained);
  /// Ends everything at once.
  void close();

 private:
  void accept();
  void on_accept(boost::system::error_code error, boost::asio::ip::tcp::socket socket);
  void take(boost::asio::ip::tcp::socket socket);
  void schedule_sweep();
  void sweep();
  void forget(connection& gone);
  template <class Action>
  void for_each_connection(Action action);

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer timer_;
  connection_surroundings surroundings_;
  std::size_t max_connections_;
  std::shared_ptr<spdlog::logger> log_;
  std::chrono::milliseconds sweep_interval_;
  std::unordered_set<connection_ptr> connections_;
  std::function<void()> drained_;
  bool accepting_ = false;
};

}  // namespace headway::gateway

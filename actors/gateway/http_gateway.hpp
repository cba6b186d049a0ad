/// The HTTP interface of a node: a listener, its connections and the routes, on one thread of its
/// own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/error.hpp>

#include <actors/gateway/api.hpp>
#include <actors/gateway/event_ring.hpp>
#include <config/engine_config.hpp>

namespace spdlog {
class logger;
}

namespace headway {

/// Bounds that follow from the design rather than from a person's wishes.
struct gateway_limits {
  /// Requests that wait for the engine at once; more are answered 503 with Retry-After.
  std::size_t max_in_flight = 1024;
  /// Longest wait for an answer of the engine, a `?wait=` not counted; then 504.
  std::chrono::milliseconds answer_timeout{30'000};
  /// Events that are kept for clients that are slow, or that come back.
  gateway::ring_limits events{};
};

/// Functions may be called from any thread but the gateway's own (that is, not from within calls of
/// the `gateway_api`).
class http_gateway {
 public:
  /// `api` must live until the gateway has stopped; `log` may be null: silent.
  http_gateway(http_config config, gateway_api& api, std::shared_ptr<spdlog::logger> log = nullptr,
               gateway_limits limits = {});
  /// Stops at once if nobody has.
  ~http_gateway();
  http_gateway(const http_gateway&) = delete;
  http_gateway& operator=(const http_gateway&) = delete;

  /// Binds and serves. Once. `inherited` are sockets that listen already, as systemd hands them
  /// over; if there are any, they are owned and served instead of what the configuration names.
  /// Errors: `in_use` when the port is taken, `permission_denied`, `config` when the address is
  /// none of this machine or a file of tokens or of TLS is not as it must be.
  caf::error start(const std::vector<int>& inherited = {});

  /// Reads the files of tokens and of TLS again, wherever `config` says they are now, and takes
  /// over its `allowed_hosts`: for requests and connections that come from now on. After an error
  /// (`config`) everything is as before. REQUIRES: started.
  caf::error reload(const http_config& config);

  /// Whether the thread that serves takes up work within `patience`. REQUIRES: started, and not
  /// stopped.
  bool responds(std::chrono::milliseconds patience) const;

  /// The TCP port that is served, also when the configuration left the choice to the system (0); 0
  /// when there is none.
  std::uint16_t port() const;

  /// What is served first, as in a URL: "127.0.0.1:8420", "[::1]:8420"; or a path.
  const std::string& address() const;

  /// All that is served: "http://127.0.0.1:8420", "https://[::1]:8420", "unix:/run/headway.sock".
  const std::vector<std::string>& urls() const;

  /// Accepts no more, lets running requests end, closes. Whatever runs after `deadline` is cut off.
  /// Returns whether everything ended in time.
  bool stop(std::chrono::milliseconds deadline);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace headway

/// Stands between the node and the remotes' servers, and misbehaves as it is told: by host and by
/// time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <tools/load/scenario.hpp>

namespace headway::load {

/// What has passed through, for reports. All connections, all hosts.
struct proxy_traffic {
  std::uint64_t connections = 0;
  std::uint64_t broken = 0;  ///< Refused, reset, silenced or lost on purpose.
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;

  proxy_traffic operator-(const proxy_traffic& before) const {
    return {connections - before.connections, broken - before.broken, bytes_up - before.bytes_up,
            bytes_down - before.bytes_down};
  }
};

/// One loopback address and port a host, 127.0.0.1 for all that need a certificate's name.
///
/// `run` belongs to one thread; the other functions may be called from any.
class fault_proxy {
 public:
  struct endpoint {
    std::uint16_t upstream = 0;  ///< Port of the real server on 127.0.0.1.
    link_quality link;
  };

  /// Listens at once. `seed` decides about jitter and losses. Throws when there is no port.
  fault_proxy(const std::vector<endpoint>& hosts, std::uint64_t seed);
  ~fault_proxy();
  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;

  std::string address(std::size_t host) const;
  std::uint16_t port(std::size_t host) const;

  /// Relays until `stop`.
  void run();
  void stop();

  void fail(std::size_t host, host_failure how);
  void set_link(std::size_t host, const link_quality& link);
  proxy_traffic traffic() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace headway::load

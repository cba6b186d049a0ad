/// A connection that takes its time, without the help of the kernel.
#pragma once

#include <chrono>
#include <cstdint>

#include <sys/types.h>

namespace headway::fetch_decomposition {

/// Passes connections to `port` of this machine on, each byte half a round trip late in both
/// directions, and the first one a whole round trip later, which stands for the handshake. In a
/// process of its own, so that its work is nobody's. REQUIRES of its making: this process has one
/// thread.
class delayed_link {
 public:
  delayed_link(std::uint16_t port, std::chrono::milliseconds round_trip);
  ~delayed_link();
  delayed_link(const delayed_link&) = delete;
  delayed_link& operator=(const delayed_link&) = delete;

  std::uint16_t port() const noexcept { return port_; }

 private:
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace headway::fetch_decomposition

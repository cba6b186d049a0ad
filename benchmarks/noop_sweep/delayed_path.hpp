/// A path to a server on this machine that takes time: a relay that holds back what it passes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace headway::noop_sweep {

/// Every byte arrives half a round trip later in both directions; opening a connection takes one
/// round trip more. Bandwidth is not bounded, and nothing is lost. The kernel's own emulation is
/// not in every kernel and wants privileges.
class delayed_path {
 public:
  delayed_path(std::uint16_t to, std::chrono::milliseconds round_trip);
  ~delayed_path();
  delayed_path(const delayed_path&) = delete;
  delayed_path& operator=(const delayed_path&) = delete;

  std::uint16_t port() const noexcept;

 private:
  struct relay;
  std::unique_ptr<relay> relay_;
};

}  // namespace headway::noop_sweep

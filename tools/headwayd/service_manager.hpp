/// What a node tells the service manager that started it (sd_notify(3)).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <tools/process/directories.hpp>

namespace headway::tools {

/// Datagrams to $NOTIFY_SOCKET; without one, silence. A message that cannot be sent is lost: the
/// node runs on. Any thread.
class service_manager {
 public:
  /// Takes the variables out of the environment, so that no child speaks for the node. `self` is
  /// the id of this process. REQUIRES: no other thread.
  service_manager(const environment& variables, int self);
  ~service_manager();
  service_manager(const service_manager&) = delete;
  service_manager& operator=(const service_manager&) = delete;

  void ready(std::string_view status) const;
  /// `ready` has to follow.
  void reloading() const;
  void stopping() const;
  /// Says that the node is alive.
  void alive() const;

  /// How often `alive` must be said, with a half in reserve; nothing when nobody waits for it.
  std::optional<std::chrono::milliseconds> watch_interval() const noexcept { return interval_; }

 private:
  void send(const std::string& message) const;

  std::string address_;  ///< As sockaddr_un has it.
  int socket_ = -1;
  std::optional<std::chrono::milliseconds> interval_;
};

}  // namespace headway::tools

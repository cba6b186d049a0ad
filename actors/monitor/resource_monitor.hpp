/// The actor that observes the machine and tells the fetch scheduler and the repository pool.
#pragma once

#include <actors/actor_shell.hpp>
#include <actors/monitor/resource_reader.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>

namespace headway {

/// Reads /proc and /sys, which are memory and take microseconds; the free space of a disk that
/// hangs is the one thing that could block, which is why the engine gives it a thread of its own.
class resource_monitor : public actor_shell<resource_monitor_actor> {
 public:
  /// `login_files`: where logins are besides git's and ssh's own files.
  resource_monitor(caf::actor_config& config, engine_context shared, std::string data_directory,
                   std::vector<std::string> login_files = {});

 protected:
  behavior_type make_behavior() override;

 private:
  resource_reader reader_;
  std::vector<std::string> login_files_;
};

}  // namespace headway

/// Starts, restarts and stops the parts of an engine. Which parts there are is `engine`'s business.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <actors/actor_shell.hpp>
#include <messages/interfaces.hpp>

namespace headway {

/// One part under supervision.
struct supervised_part {
  std::string name;
  /// Spawns it and publishes its handle in `parts`; null when it cannot be had now.
  std::function<caf::strong_actor_ptr()> start;
  /// Withdraws the handle from `parts`.
  std::function<void()> withdraw;
  /// After a restart: what others have to tell the new one.
  std::function<void()> restarted;
};

/// Parts are started in the order given and stopped in the opposite one. One that fails is started
/// again alone, after a pause that doubles with each failure within a minute, up to 30 s.
class supervisor : public actor_shell<supervisor_actor> {
 public:
  supervisor(caf::actor_config& config, engine_context shared, std::vector<supervised_part> parts);

  void on_exit() override;

 protected:
  behavior_type make_behavior() override;

 private:
  struct running_part {
    supervised_part part;
    caf::actor_addr address;
    std::optional<std::chrono::steady_clock::time_point> last_failure;
    unsigned failures = 0;
  };

  void start(running_part& part);
  void start_again(running_part& part);
  void down(const caf::down_msg& message);
  void failed(running_part& part, const std::string& why);
  void stop_next();

  std::vector<running_part> parts_;
  bool stopping_ = false;
};

}  // namespace headway

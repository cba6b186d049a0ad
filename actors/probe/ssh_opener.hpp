/// The blocking opener of ssh connections; the engine spawns it on a thread of its own.
#pragma once

#include <memory>

#include <actors/actor_shell.hpp>
#include <messages/interfaces.hpp>
#include <storage/git/ssh_sharing.hpp>

namespace headway {

class ssh_opener : public actor_shell<ssh_opener_actor> {
 public:
  ssh_opener(caf::actor_config& config, engine_context shared,
             std::shared_ptr<git::ssh_sharing> lines, std::shared_ptr<git::cancellation> cancel)
      : actor_shell(config, "ssh-opener", std::move(shared)),
        lines_(std::move(lines)),
        cancel_(std::move(cancel)) {}

 protected:
  behavior_type make_behavior() override {
    return {[this](const ssh_line_request& request) -> caf::result<ssh_line> {
      return guarded<ssh_line>([&]() -> caf::result<ssh_line> {
        // Connecting, logging in, and a way through other hosts.
        constexpr auto patience = std::chrono::seconds{30};
        auto socket = lines_->open(request.command, request.url, patience, *cancel_);
        if (!socket)
          return std::move(socket.error());
        return ssh_line{std::move(*socket)};
      });
    }};
  }

 private:
  std::shared_ptr<git::ssh_sharing> lines_;
  std::shared_ptr<git::cancellation> cancel_;
};

}  // namespace headway

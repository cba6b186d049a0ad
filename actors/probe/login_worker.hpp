/// The blocking runner of credential helpers; the engine spawns it on a thread of its own.
#pragma once

#include <memory>

#include <actors/actor_shell.hpp>
#include <messages/interfaces.hpp>
#include <storage/git/login.hpp>

namespace headway {

class login_worker : public actor_shell<login_worker_actor> {
 public:
  login_worker(caf::actor_config& config, engine_context shared,
               std::shared_ptr<git::cancellation> cancel)
      : actor_shell(config, "login-worker", std::move(shared)), cancel_(std::move(cancel)) {}

 protected:
  behavior_type make_behavior() override {
    return {[this](const login_request& request) -> caf::result<found_login> {
      return guarded<found_login>([&]() -> caf::result<found_login> {
        // A helper may ask a server for a token.
        constexpr auto patience = std::chrono::seconds{30};
        auto login =
            git::fill_login(request.location, request.url, request.username, patience, *cancel_);
        if (!login)
          return std::move(login.error());
        return found_login{std::move(login->username), std::move(login->password)};
      });
    }};
  }

 private:
  std::shared_ptr<git::cancellation> cancel_;
};

}  // namespace headway

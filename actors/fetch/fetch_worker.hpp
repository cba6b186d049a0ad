/// The blocking runner of fetches; the engine spawns it on a thread of its own.
#pragma once

#include <memory>

#include <actors/actor_shell.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>
#include <storage/git/fetch.hpp>

namespace headway {

class fetch_worker : public actor_shell<fetch_worker_actor> {
 public:
  fetch_worker(caf::actor_config& config, engine_context shared,
               std::shared_ptr<git::ssh_sharing> ssh)
      : actor_shell(config, "fetch-worker", std::move(shared)), ssh_(std::move(ssh)) {}

 protected:
  behavior_type make_behavior() override;

 private:
  std::shared_ptr<git::ssh_sharing> ssh_;
};

}  // namespace headway

/// The blocking reader of repositories; the engine spawns it on a thread of its own.
#pragma once

#include <actors/actor_shell.hpp>
#include <messages/interfaces.hpp>

namespace headway {

class repo_worker : public actor_shell<repo_worker_actor> {
 public:
  repo_worker(caf::actor_config& config, engine_context shared)
      : actor_shell(config, "repo-worker", std::move(shared)) {}

 protected:
  behavior_type make_behavior() override;
};

}  // namespace headway

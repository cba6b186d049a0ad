/// The blocking reader of repositories; the engine spawns it on a thread of its own.
#pragma once

#include <actors/actor_shell.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>
#include <storage/git/repository.hpp>

namespace headway {

class repo_worker : public actor_shell<repo_worker_actor> {
 public:
  /// `settings`: which refs fetches move, so which the upstreams are read from, and which branches
  /// of remotes are tracked by pattern.
  repo_worker(caf::actor_config& config, engine_context shared, const fetch_config& settings = {});

 protected:
  behavior_type make_behavior() override;

 private:
  branch_patterns tracked_;
};

}  // namespace headway

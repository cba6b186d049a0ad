/// The blocking reader of repositories; the engine spawns it on a thread of its own.
#pragma once

#include <actors/actor_shell.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>
#include <storage/git/repository.hpp>

namespace headway {

class repo_worker : public actor_shell<repo_worker_actor> {
 public:
  /// `update`: which refs fetches move, so which the upstreams are read from.
  repo_worker(caf::actor_config& config, engine_context shared,
              fetch_config::update_mode update = fetch_config::update_mode::tracking)
      : actor_shell(config, "repo-worker", std::move(shared)),
        upstreams_(update == fetch_config::update_mode::prefetch ? git::upstream_source::prefetch
                                                                 : git::upstream_source::tracking) {
  }

 protected:
  behavior_type make_behavior() override;

 private:
  git::upstream_source upstreams_;
};

}  // namespace headway

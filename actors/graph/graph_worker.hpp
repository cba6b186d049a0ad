/// The blocking loader and walker of commit graphs; the engine spawns it on a thread of its own.
#pragma once

#include <actors/actor_shell.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>

namespace headway {

class graph_worker : public actor_shell<graph_worker_actor> {
 public:
  graph_worker(caf::actor_config& config, engine_context shared, graph_config settings)
      : actor_shell(config, "graph-worker", std::move(shared)), settings_(settings) {}

 protected:
  behavior_type make_behavior() override;

 private:
  graph_config settings_;
};

}  // namespace headway

/// The blocking loader and walker of commit graphs; the engine spawns it on a thread of its own.
#pragma once

#include <memory>

#include <actors/actor_shell.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>
#include <storage/git/child_process.hpp>

namespace headway {

class graph_worker : public actor_shell<graph_worker_actor> {
 public:
  graph_worker(caf::actor_config& config, engine_context shared, graph_config settings,
               std::shared_ptr<git::cancellation> cancel)
      : actor_shell(config, "graph-worker", std::move(shared)),
        settings_(std::move(settings)),
        cancel_(std::move(cancel)) {}

 protected:
  behavior_type make_behavior() override;

 private:
  caf::result<loaded_graph> load(const load_graph_job& job);
  void keep(const keep_graph_job& job);

  graph_config settings_;
  std::shared_ptr<git::cancellation> cancel_;  ///< Of children; the engine requests it at its stop.
};

}  // namespace headway

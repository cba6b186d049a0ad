/// The blocking runner of fetches; the engine spawns it on a thread of its own.
#pragma once

#include <memory>

#include <actors/actor_shell.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>
#include <storage/git/fetch.hpp>
#include <storage/git/fetch_connections.hpp>

namespace headway {

class fetch_worker : public actor_shell<fetch_worker_actor> {
 public:
  fetch_worker(caf::actor_config& config, engine_context shared, const fetch_config& settings,
               std::shared_ptr<git::ssh_sharing> ssh);

 protected:
  behavior_type make_behavior() override;

 private:
  std::shared_ptr<git::ssh_sharing> ssh_;
  fetch_backend backend_;
  std::uint64_t max_pack_size_;
  std::vector<token_source> tokens_;
  std::shared_ptr<git::fetch_connections> connections_;
};

}  // namespace headway

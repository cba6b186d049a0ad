#include <actors/fetch/fetch_worker.hpp>

namespace headway {

namespace {

fetch_backend backend_of(fetch_config::backend_choice choice) {
  switch (choice) {
    case fetch_config::backend_choice::git:
      return fetch_backend::git;
    case fetch_config::backend_choice::native:
      return fetch_backend::native;
    default:
      return fetch_backend::automatic;
  }
}

}  // namespace

fetch_worker::fetch_worker(caf::actor_config& config, engine_context shared,
                           const fetch_config& settings, std::shared_ptr<git::ssh_sharing> ssh)
    : actor_shell(config, "fetch-worker", std::move(shared)),
      ssh_(std::move(ssh)),
      backend_(backend_of(settings.backend)),
      max_pack_size_(settings.max_pack_size),
      tokens_(parse_token_sources(settings.tokens)),
      connections_(std::make_shared<git::fetch_connections>()) {}

fetch_worker::behavior_type fetch_worker::make_behavior() {
  return {
      [this](const fetch_job& job) -> caf::result<remote_fetch_report> {
        return guarded<remote_fetch_report>([&]() -> caf::result<remote_fetch_report> {
          return git::fetch(job.target,
                            {.deadline = job.deadline,
                             .kill_grace = job.kill_grace,
                             .allowed_schemes = job.allowed_schemes,
                             .trusted_repositories = job.trusted_repositories,
                             .addresses = job.addresses,
                             .tokens = tokens_,
                             .seen = job.seen,
                             .ssh = ssh_,
                             .backend = backend_,
                             .connections = connections_,
                             .max_pack_size = max_pack_size_,
                             .space = git::space_rule::leave_some,
                             .haste = job.haste},
                            *job.cancel);
        });
      },
  };
}

}  // namespace headway

#include <actors/fetch/fetch_worker.hpp>

namespace headway {

fetch_worker::behavior_type fetch_worker::make_behavior() {
  return {
      [this](const fetch_job& job) -> caf::result<remote_fetch_report> {
        return guarded<remote_fetch_report>([&]() -> caf::result<remote_fetch_report> {
          return git::fetch(job.target,
                            {.deadline = job.deadline,
                             .kill_grace = job.kill_grace,
                             .allowed_schemes = job.allowed_schemes,
                             .seen = job.seen,
                             .ssh = ssh_},
                            *job.cancel);
        });
      },
  };
}

}  // namespace headway

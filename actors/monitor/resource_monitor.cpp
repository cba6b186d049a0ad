#include <actors/monitor/resource_monitor.hpp>
#include <storage/git/login.hpp>

namespace headway {

resource_monitor::resource_monitor(caf::actor_config& config, engine_context shared,
                                   std::string data_directory, std::vector<std::string> login_files)
    : actor_shell(config, "resource-monitor", std::move(shared)),
      reader_("/", std::move(data_directory)),
      login_files_(std::move(login_files)) {}

resource_monitor::behavior_type resource_monitor::make_behavior() {
  return {
      [this](sample_atom) -> caf::result<resource_sample_ptr> {
        return caf::result<resource_sample_ptr>{std::make_shared<const resource_sample>(
            reader_.read(std::chrono::steady_clock::now()))};
      },
      [this](tick_atom) {
        auto seen = reader_.read(std::chrono::steady_clock::now());
        seen.foreground_p99 = figures().take_status_p99();
        seen.login_files = git::stamp_of_login_files(login_files_);
        const auto sample = std::make_shared<const resource_sample>(seen);
        if (const auto scheduler = other<fetch_scheduler_actor>())
          send(scheduler, resource_sample_ptr{sample});
        if (const auto pool = other<repo_pool_actor>())
          send(pool, resource_sample_ptr{sample});
      },
  };
}

}  // namespace headway

#include <actors/monitor/resource_monitor.hpp>

namespace headway {

resource_monitor::resource_monitor(caf::actor_config& config, engine_context shared,
                                   std::string data_directory)
    : actor_shell(config, "resource-monitor", std::move(shared)),
      reader_("/", std::move(data_directory)) {}

resource_monitor::behavior_type resource_monitor::make_behavior() {
  return {
      [this](sample_atom) -> caf::result<resource_sample_ptr> {
        return caf::result<resource_sample_ptr>{std::make_shared<const resource_sample>(
            reader_.read(std::chrono::steady_clock::now()))};
      },
      [this](tick_atom) {
        const resource_sample_ptr sample =
            std::make_shared<const resource_sample>(reader_.read(std::chrono::steady_clock::now()));
        if (const auto scheduler = other<fetch_scheduler_actor>())
          send(scheduler, sample);
        if (const auto pool = other<repo_pool_actor>())
          send(pool, sample);
      },
  };
}

}  // namespace headway

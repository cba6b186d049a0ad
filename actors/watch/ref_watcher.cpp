#include <actors/watch/ref_watcher.hpp>

namespace headway {

namespace {

git::ref_watch_options options_of(const projects_config& settings) {
  git::ref_watch_options options;
  options.sweep_interval = settings.sweep_interval;
  if (settings.watch == projects_config::watch_mode::sweep)
    options.max_folders = 0;
  return options;
}

}  // namespace

ref_watcher::ref_watcher(caf::actor_config& config, engine_context context,
                         const projects_config& settings)
    : actor_shell(config, "ref-watcher", std::move(context)),
      watch_(std::make_unique<git::ref_watch>(
          options_of(settings),
          [others = shared().others](const std::string& clone) {
            if (const auto registry = others->get<project_registry_actor>())
              caf::anon_send(registry, refs_moved{project_id{clone}});
          },
          [log = shared().log, figures = shared().figures,
           sweeping_told = false](const watch_stats& stats) mutable {
            figures->watch(stats);
            if (stats.why_swept.empty() || std::exchange(sweeping_told, true))
              return;
            log->warn(
                "some clones cannot be watched and are looked at every so often "
                "(projects.sweep_interval) instead: {}",
                stats.why_swept);
          },
          shared().marks)) {}

ref_watcher::behavior_type ref_watcher::make_behavior() {
  return {
      [this](const watch_clone& wish) {
        watch_->add(wish.project.slug, wish.location, wish.known, disks_of(wish.location));
      },
      [this](const unwatch_clone& wish) { watch_->remove(wish.project.slug); },
      [this](stats_atom) { return watch_->stats(); },
  };
}

std::set<disk_id> ref_watcher::disks_of(const repository_location& location) {
  const auto& mounts = mounts_.at(clock().now());
  return {mounts.disk_of(location.path), mounts.disk_of(location.git_dir),
          mounts.disk_of(location.common_dir)};
}

void ref_watcher::on_exit() {
  // Its thread tells the registry, which may be gone by now. No disk is waited for.
  watch_.reset();
}

}  // namespace headway

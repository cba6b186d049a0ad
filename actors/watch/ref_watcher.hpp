/// The actor that tells projects when their refs move, whoever moves them. It never waits for a
/// disk; the engine spawns it on a thread of its own, because its end waits for other threads.
#pragma once

#include <memory>
#include <set>

#include <actors/actor_shell.hpp>
#include <actors/repo/mount_table.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>
#include <storage/git/ref_watch.hpp>

namespace headway {

class ref_watcher : public actor_shell<ref_watcher_actor> {
 public:
  /// `settings.watch` is not `off`.
  ref_watcher(caf::actor_config& config, engine_context shared, const projects_config& settings);

  void on_exit() override;

 protected:
  behavior_type make_behavior() override;

 private:
  std::set<disk_id> disks_of(const repository_location& location);

  std::unique_ptr<git::ref_watch> watch_;
  recent_mounts mounts_{mount_table::of_this_process};
};

}  // namespace headway

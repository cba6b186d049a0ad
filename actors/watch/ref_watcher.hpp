/// The actor that tells projects when their refs move, whoever moves them. The engine spawns it on
/// a thread of its own, because listing the folders of a clone may block.
#pragma once

#include <memory>

#include <actors/actor_shell.hpp>
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
  void added();

  std::unique_ptr<git::ref_watch> watch_;
  bool sweeping_told_ = false;
};

}  // namespace headway

/// In place of the watcher of refs: hears of moves as the kernel would tell them, some time later.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include <tests/simulation/parts.hpp>

#include <storage/git/clone_moves.hpp>

namespace headway::simulation {

using timed_watcher_actor = ref_watcher_actor::extend<caf::reacts_to<later_step>>;

class played_watcher : public actor_shell<timed_watcher_actor> {
 public:
  played_watcher(caf::actor_config& config, engine_context shared, stage& on);

  void on_exit() override;

 protected:
  behavior_type make_behavior() override;

 private:
  struct watched {
    std::string common_dir;
    std::shared_ptr<git::clone_moves> moves;
    std::uint64_t version = 0;  ///< Of the refs, when it was swept last.
    bool is_to_be_told = false;
  };

  void later(milliseconds delay, std::function<void()> what);
  void add(const watch_clone& wish);
  void remove(const std::string& name);
  void queue(const std::string& common_dir);
  void read();
  void tell(const std::string& name);
  void sweep();

  stage& on_;
  /// The kernel's: whoever has a mark sees that something is in it.
  std::shared_ptr<git::event_queue> queue_ = std::make_shared<git::event_queue>();
  git::file_descriptor into_queue_;
  std::multiset<std::string> events_;  ///< That are in the queue.
  std::map<std::string, watched> clones_;
};

}  // namespace headway::simulation

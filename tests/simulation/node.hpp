/// One life of an engine: the real actors under CAF's test coordinator, with played ones in place
/// of those that block. One thread; time moves when told to, and who runs next is a matter of dice.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <tests/simulation/parts.hpp>

#include <actors/edge.hpp>
#include <actors/engine_context.hpp>
#include <actors/fetch/fetch_scheduler.hpp>
#include <actors/supervisor.hpp>
#include <config/engine_config.hpp>
#include <storage/db/store.hpp>

namespace headway::simulation {

class node {
 public:
  node(world& of, witness& eyes, journal& trace, const engine_config& settings,
       std::shared_ptr<db::store> store, fetch_id last_fetch);
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Delivers one message to one of the actors that have some; false: none has.
  bool step();
  /// When the first timer fires, in the world's time.
  moment next_timer() const;
  /// Moves time to the first timer, and fires it.
  void fire_timer();
  /// Moves time to a moment before the first timer.
  void wait_until(moment when);

  template <class T, class Question>
  void ask(Question question, std::function<void(caf::expected<T>)> done) {
    headway::ask<T>(front_, shared_.others->get<project_registry_actor>(), std::move(question),
                    std::move(done));
  }
  template <class T, class Handle, class Question>
  void ask_part(Question question, std::function<void(caf::expected<T>)> done) {
    headway::ask<T>(front_, shared_.others->get<Handle>(), std::move(question), std::move(done));
  }

  void tell(const remote_hint& news);
  /// A ref has moved, as the kernel sees it.
  void ref_moved(const std::string& common_dir);
  /// Compares what is shown as true without a look with what is true.
  void check_shown() const { eyes_.check_shown(*shared_.statuses, coordinator_->clock().now()); }

  /// Ends one part as a failure would. Returns its name.
  std::string kill_a_part();
  /// Begins to stop, in order.
  void stop();
  bool has_stopped() const;
  /// Ends everything at once, in no order.
  void crash();

 private:
  std::vector<supervised_part> make_parts();
  template <class Part, class Spawn>
  supervised_part part(std::string name, Spawn spawn, std::function<void()> restarted = {});
  template <class Actor>
  Actor remembered(Actor handle) {
    everybody_.push_back(handle.address());
    return handle;
  }

  world& world_;
  witness& eyes_;
  journal& trace_;
  const engine_config& settings_;
  std::shared_ptr<db::store> store_;
  stage stage_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* coordinator_ = nullptr;
  moment born_{};
  caf::actor_clock::time_point clock_born_{};
  engine_context shared_;
  fetch_id_source ids_ = std::make_shared<std::atomic<std::uint64_t>>(0);
  std::shared_ptr<store_claims> claims_ = std::make_shared<store_claims>();
  edge_actor front_;
  supervisor_actor root_;
  std::vector<caf::actor_addr> everybody_;
  std::vector<std::pair<std::string, std::function<caf::actor_addr()>>> killable_;
};

}  // namespace headway::simulation

#include <tools/load/crew.hpp>

namespace headway::load {

namespace {

class worker : public worker_actor::base {
 public:
  worker(caf::actor_config& config, const char* name) : worker_actor::base(config), name_(name) {}

  const char* name() const override { return name_; }

 protected:
  behavior_type make_behavior() override {
    return {[](const work& what) -> work_done {
      // One bad repository must not cost a thread.
      try {
        what.run();
      } catch (const std::exception& error) {
        return {error.what()};
      }
      return {};
    }};
  }

 private:
  const char* name_;
};

}  // namespace

crew spawn_crew(caf::actor_system& system) {
  return {system.spawn<worker, caf::detached>("network"),
          system.spawn<worker, caf::detached>("users"),
          system.spawn<worker, caf::detached>("stagehand"),
          system.spawn<worker, caf::detached>("keeper"),
          system.spawn<worker, caf::detached>("observer")};
}

void dismiss(crew& all) {
  for (auto* each : {&all.network, &all.users, &all.stagehand, &all.keeper, &all.observer}) {
    caf::anon_send_exit(*each, caf::exit_reason::user_shutdown);
    *each = nullptr;
  }
}

}  // namespace headway::load

/// Actors on CAF's test coordinator: messages run when the test says, and time moves when the test
/// says.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <actors/edge.hpp>
#include <actors/engine.hpp>
#include <actors/engine_context.hpp>

namespace headway::test {

/// What a question came to; empty until it is answered.
template <class T>
using answer = std::shared_ptr<std::optional<caf::expected<T>>>;

/// One thread. Nothing spawned here may be detached: the coordinator's queue takes no other
/// threads.
class caf_fixture {
 public:
  caf_fixture() : sys_(configured(config_)), sched_(coordinator(sys_)) {
    shared.log =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::null_sink_mt>());
    shared.figures = std::make_shared<headway::metrics>();
    shared.others = std::make_shared<parts>();
    shared.living = std::make_shared<population>();
    shared.condition = std::make_shared<health>();
    front_ = sys_.spawn<edge>(shared);
    spawned_.push_back(front_.address());
    run();
  }

  ~caf_fixture() { end(); }

  /// Ends all actors. Called by the destructor of a fixture whose members they use.
  void end() {
    if (std::exchange(ended_, true))
      return;
    shared.others->clear();
    for (const auto& one : std::exchange(spawned_, {}))
      if (const auto handle = caf::actor_cast<caf::strong_actor_ptr>(one))
        caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    front_ = nullptr;
    run();
    // A timer that arms itself again would keep the coordinator's end from coming.
    sched_.clock().cancel_all();
    // The system would wait for jobs that nobody runs.
    sys_.await_actors_before_shutdown(false);
    if (!shared.living->await_extinction(std::chrono::steady_clock::now()))
      BOOST_ERROR("an actor outlived the test");
  }

  caf_fixture(const caf_fixture&) = delete;
  caf_fixture& operator=(const caf_fixture&) = delete;

  /// Spawns an actor of ours; it is ended with the fixture.
  template <class Actor, class... Args>
  auto spawn(Args&&... args) {
    auto handle = sys_.spawn<Actor>(shared, std::forward<Args>(args)...);
    spawned_.push_back(caf::actor_cast<caf::actor_addr>(handle));
    return handle;
  }

  /// Delivers messages until there are none.
  void run() { sched_.run(); }

  /// Delivers one message; false when there is none.
  bool step() { return sched_.try_run_once(); }

  /// Moves time in small steps, so that a timer that arms itself again fires at its own times.
  void advance(std::chrono::milliseconds total,
               std::chrono::milliseconds step = std::chrono::milliseconds{50}) {
    for (auto left = total; left.count() > 0; left -= step) {
      sched_.advance_time(std::min(left, step));
      run();
    }
  }

  /// Virtual wall time: moves with `advance`.
  wall_time wall() {
    return wall_time{std::chrono::seconds{1'700'000'000}} +
           std::chrono::duration_cast<wall_time::duration>(sched_.clock().now().time_since_epoch());
  }

  /// Sends a question and runs nothing yet.
  template <class T, class Handle, class Question>
  answer<T> ask_later(const Handle& whom, Question question) {
    auto slot = std::make_shared<std::optional<caf::expected<T>>>();
    headway::ask<T>(front_, whom, std::move(question),
                    [slot](caf::expected<T> value) { slot->emplace(std::move(value)); });
    return slot;
  }

  /// Sends a question and delivers messages until there are none.
  template <class T, class Handle, class Question>
  answer<T> ask(const Handle& whom, Question question) {
    auto slot = ask_later<T>(whom, std::move(question));
    run();
    return slot;
  }

  /// Sends all questions before anything else runs, so that they wait in one mailbox together.
  template <class T, class Handle, class Question>
  std::vector<answer<T>> ask_together(const Handle& whom, const std::vector<Question>& questions) {
    std::vector<answer<T>> slots;
    for (std::size_t i = 0; i < questions.size(); ++i)
      slots.push_back(std::make_shared<std::optional<caf::expected<T>>>());
    caf::anon_send(
        front_, edge_job{[whom, questions, slots](edge& self) {
          for (std::size_t i = 0; i < questions.size(); ++i)
            self.request(whom, caf::infinite, questions[i])
                .then([slot = slots[i]](T& value) { slot->emplace(std::move(value)); },
                      [slot = slots[i]](caf::error& error) { slot->emplace(std::move(error)); });
        }});
    run();
    return slots;
  }

  /// The value of an answer that must have come.
  template <class T>
  static T value(const answer<T>& slot) {
    BOOST_REQUIRE_MESSAGE(slot->has_value(), "no answer");
    BOOST_REQUIRE_MESSAGE(slot->value(), (slot->value() ? "" : describe(slot->value().error())));
    return *slot->value();
  }

  /// The error code of an answer that must have come; `none` for a value.
  template <class T>
  static ec code(const answer<T>& slot) {
    BOOST_REQUIRE_MESSAGE(slot->has_value(), "no answer");
    return slot->value() ? ec::none : code_of(slot->value().error());
  }

  template <class T, class Handle, class Question>
  T must(const Handle& whom, Question question) {
    return value(ask<T>(whom, std::move(question)));
  }

  template <class Handle, class Message>
  void tell(const Handle& whom, Message message) {
    caf::anon_send(whom, std::move(message));
    run();
  }

  /// Ends an actor as a failure would.
  template <class Handle>
  void kill(const Handle& whom) {
    caf::anon_send_exit(whom, caf::exit_reason::kill);
    run();
  }

  engine_context shared;

 private:
  static caf::actor_system_config& configured(caf::actor_system_config& config) {
    engine::configure(config);
    config.set("scheduler.policy", caf::atom("testing"));
    // One message a turn: actors take turns as unfairly as they could.
    config.set("scheduler.max-throughput", std::size_t{1});
    return config;
  }

  static caf::scheduler::test_coordinator& coordinator(caf::actor_system& system) {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }

  caf::actor_system_config config_;
  caf::actor_system sys_;
  caf::scheduler::test_coordinator& sched_;
  edge_actor front_;
  bool ended_ = false;
  std::vector<caf::actor_addr> spawned_;
};

}  // namespace headway::test

/// Where threads that are no actors ask actors and get their answer by a callback.
#pragma once

#include <functional>
#include <memory>

#include <caf/expected.hpp>

#include <actors/actor_shell.hpp>

namespace headway {

class edge;

/// Runs on the edge actor.
struct edge_job {
  std::function<void(edge&)> run;
};

}  // namespace headway

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::edge_job)

namespace headway {

using edge_actor = caf::typed_actor<caf::reacts_to<edge_job>>;

class edge : public actor_shell<edge_actor> {
 public:
  edge(caf::actor_config& config, engine_context shared)
      : actor_shell(config, "edge", std::move(shared)) {}

 protected:
  behavior_type make_behavior() override {
    return {[this](const edge_job& job) { job.run(*this); }};
  }
};

/// A callback that is called exactly once: with the answer, or, when everybody who could have
/// answered is gone, with `shutting_down`.
template <class T>
class pending_answer {
 public:
  using callback = std::function<void(caf::expected<T>)>;

  explicit pending_answer(callback done) : done_(std::move(done)) {}
  ~pending_answer() {
    if (done_)
      done_(make_error(ec::shutting_down, "the engine stops"));
  }
  pending_answer(const pending_answer&) = delete;
  pending_answer& operator=(const pending_answer&) = delete;

  void deliver(caf::expected<T> answer) {
    // Emptied first: a callback that throws must not be called again by the destructor.
    const auto done = std::exchange(done_, nullptr);
    done(std::move(answer));
  }

 private:
  callback done_;
};

/// Sends `question` to `whom` from any thread; `done` is called on an actor's thread.
template <class T, class Handle, class Question>
void ask(const edge_actor& from, const Handle& whom, Question question,
         typename pending_answer<T>::callback done) {
  auto pending = std::make_shared<pending_answer<T>>(std::move(done));
  if (!from)
    return;  // `pending` says so.
  if (!whom)
    return pending->deliver(
        make_error(ec::shutting_down,
                   "a part of the engine is being restarted, or stops; try again in a second"));
  caf::anon_send(from, edge_job{[whom, question = std::move(question),
                                 pending = std::move(pending)](edge& self) {
                   self.request(whom, caf::infinite, question)
                       .then([pending](T& answer) { pending->deliver(std::move(answer)); },
                             [pending](caf::error& error) { pending->deliver(std::move(error)); });
                 }});
}

}  // namespace headway

/// A promise that cannot be forgotten.
///
/// CAF 0.17 tells nobody when a promise is dropped, as it is with the callbacks of an actor that
/// fails: whoever asked with an infinite timeout would wait for ever.
#pragma once

#include <memory>
#include <utility>

#include <caf/typed_response_promise.hpp>

#include <messages/error.hpp>

namespace headway {

/// Copies share one answer: the first one counts, and the end of the last copy without any answers
/// `shutting_down`. Lives in callbacks and members of the actor that made the promise, nowhere
/// else.
template <class T>
class owed_answer {
 public:
  owed_answer() = default;
  explicit owed_answer(caf::typed_response_promise<T> promise)
      : state_(std::make_shared<state>(std::move(promise))) {}

  void deliver(T answer) const {
    if (state_->promise.pending())
      state_->promise.deliver(std::move(answer));
  }
  void deliver(caf::error error) const {
    if (state_->promise.pending())
      state_->promise.deliver(std::move(error));
  }

  /// For a handler to return.
  const caf::typed_response_promise<T>& promise() const { return state_->promise; }

 private:
  struct state {
    explicit state(caf::typed_response_promise<T> owed) : promise(std::move(owed)) {}
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    ~state() {
      if (promise.pending())
        promise.deliver(make_error(ec::shutting_down, "the part that was to answer has stopped"));
    }
    caf::typed_response_promise<T> promise;
  };
  std::shared_ptr<state> state_;
};

}  // namespace headway

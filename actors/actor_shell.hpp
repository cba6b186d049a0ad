/// What every actor of Headway is built on: nothing that happens in a handler is printed to stdout
/// or lost, and a failing handler ends its actor with a reason that the supervisor sees.
#pragma once

#include <exception>
#include <memory>
#include <string>

#include <caf/all.hpp>

#include <actors/engine_context.hpp>
#include <messages/error.hpp>

namespace headway {

/// Base of the typed actor `Handle`. Derived classes implement `make_behavior`, and `on_exit` when
/// they hold handles or parked promises.
template <class Handle>
class actor_shell : public Handle::base {
 public:
  using base_type = typename Handle::base;

  actor_shell(caf::actor_config& config, const char* name, engine_context shared)
      : base_type(config), name_(name), shared_(std::move(shared)) {
    // Counted until it has ended, not until it is destroyed: a delayed message that has not fired
    // yet keeps the memory of an actor that ended long ago.
    shared_.living->join();
    this->attach_functor([living = shared_.living](const caf::error&) { living->leave(); });
    this->set_default_handler(caf::scheduled_actor::default_handler{
        [this](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
          log().warn("{}: message without a handler", name_);
          return caf::sec::unexpected_message;
        }});
    this->set_error_handler(
        [this](caf::error& error) { log().warn("{}: error message: {}", name_, describe(error)); });
    this->set_exception_handler([this](std::exception_ptr& thrown) -> caf::error {
      std::string what = "unknown exception";
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& e) {
        what = e.what();
      } catch (...) {
      }
      log().error("{}: stopped by an exception: {}", name_, what);
      return make_error(ec::internal, what);
    });
  }

  const char* name() const override { return name_; }

 protected:
  spdlog::logger& log() const { return *shared_.log; }
  headway::metrics& figures() const { return *shared_.figures; }
  /// The current handle of another part; null while it is being restarted or stopped.
  template <class Part>
  Part other() const {
    return shared_.others->template get<Part>();
  }
  /// What is answered in place of such a part.
  static caf::error absent(const char* part) {
    return make_error(ec::shutting_down,
                      std::string{"the "} + part + " is being restarted; try again in a second");
  }
  const engine_context& shared() const { return shared_; }

 private:
  const char* name_;
  engine_context shared_;
};

/// Runs `job` of a blocking worker; an exception becomes an error answer, so that one bad
/// repository never costs a thread.
template <class Result, class Job>
caf::result<Result> guarded(Job&& job) {
  try {
    return job();
  } catch (const std::exception& e) {
    return make_error(ec::internal, e.what());
  }
}

}  // namespace headway

/// Actors in place of those that block: they answer from the world, after a while, or not well.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include <tests/simulation/child.hpp>
#include <tests/simulation/witness.hpp>

#include <actors/actor_shell.hpp>
#include <messages/interfaces.hpp>

namespace headway::simulation {

/// What a part does some time after it was asked.
struct later_step {
  std::function<void()> run;
};

}  // namespace headway::simulation

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::simulation::later_step)

namespace headway::simulation {

/// What the parts of one node share.
struct stage {
  world& of;
  witness& eyes;
  journal& trace;
  bool stopping = false;  ///< Children are told to end, so nothing takes long any more.
  std::uint64_t last_number = 0;
  /// Those who hear of moves of refs at once; by their names.
  std::function<void(const std::string& common_dir)> kernel;
  /// When the remote had what a probe saw.
  std::map<advertised_refs_ptr, moment> looks;
};

/// Base of a part that works on one or more jobs, each with a promise.
template <class Handle>
class played_part
    : public actor_shell<typename Handle::template extend<caf::reacts_to<later_step>>> {
 public:
  using shell = actor_shell<typename Handle::template extend<caf::reacts_to<later_step>>>;

  played_part(caf::actor_config& config, const char* name, engine_context shared, stage& on)
      : shell(config, name, std::move(shared)), on_(on) {
    // A thread that is in the middle of a job ends after it.
    this->set_exit_handler([this](caf::exit_msg& message) {
      if (!jobs_.empty() && !on_.stopping)
        leaving_ = true;
      else
        this->quit(std::move(message.reason));
    });
  }

  void on_exit() override {
    for (auto& [number, job] : std::exchange(jobs_, {}))
      job.give_up();
    on_.eyes.shaken();
  }

 protected:
  world& of() { return on_.of; }
  dice& chance() { return on_.of.chance; }

  void later(milliseconds delay, std::function<void()> what) {
    this->delayed_send(this, delay, later_step{std::move(what)});
  }

  static void run(const later_step& step) { step.run(); }

  /// Answers the promise with what `work` returns, `delay` from now; an actor that dies before
  /// answers as CAF would.
  template <class T>
  caf::typed_response_promise<T> work(
      milliseconds delay, std::function<caf::expected<T>()> work,
      std::function<void()> lost = [] {}) {
    auto promise = this->template make_response_promise<T>();
    const auto number = ++last_job_;
    jobs_[number] = {[promise, work = std::move(work)]() mutable {
                       auto result = work();
                       if (result)
                         promise.deliver(std::move(*result));
                       else
                         promise.deliver(std::move(result.error()));
                     },
                     [this, promise, lost]() mutable {
                       lost();
                       promise.deliver(chance().one_in(2)
                                           ? caf::make_error(caf::sec::request_receiver_down)
                                           : make_error(ec::internal, "out of memory"));
                     }};
    if (of().has(fault::dying_workers) && chance().one_in(150))
      later(chance().between(milliseconds{0}, delay),
            [this] { this->quit(make_error(ec::internal, "as it happens")); });
    later(delay, [this, number] { finish(number); });
    return promise;
  }

  /// The number of the job that was taken last.
  std::uint64_t last_job() const { return last_job_; }
  bool is_open(std::uint64_t job) const { return jobs_.contains(job); }

  void finish(std::uint64_t number) {
    auto job = jobs_.extract(number);
    if (!job)
      return;
    job.mapped().end();
    if (leaving_ && jobs_.empty())
      this->quit(caf::exit_reason::user_shutdown);
  }

  stage& on_;

 private:
  struct open_job {
    std::function<void()> end;
    std::function<void()> give_up;
  };
  std::map<std::uint64_t, open_job> jobs_;
  std::uint64_t last_job_ = 0;
  bool leaving_ = false;
};

class played_prober : public played_part<prober_actor> {
 public:
  played_prober(caf::actor_config& config, engine_context shared, stage& on)
      : played_part(config, "played-prober", std::move(shared), on) {}

 protected:
  behavior_type make_behavior() override;

 private:
  probe_report report(const fetch_target& target, sickness how, moment looked);

  struct cancellable {
    std::uint64_t job;
    std::shared_ptr<bool> cancelled;
  };
  std::map<std::uint64_t, cancellable> asked_;  ///< By the number of the scheduler's.
};

class played_fetch_worker : public played_part<fetch_worker_actor> {
 public:
  played_fetch_worker(caf::actor_config& config, engine_context shared, stage& on)
      : played_part(config, "played-fetch-worker", std::move(shared), on) {}

 protected:
  behavior_type make_behavior() override;

 private:
  remote_fetch_report end(const fetch_job& job, const child_script& script, moment looked);
  void watch(std::uint64_t number, const fetch_job& job, milliseconds outlives);
  void move_refs(const fetch_job& job, moment looked, remote_fetch_report& report);
};

class played_repo_worker : public played_part<repo_worker_actor> {
 public:
  played_repo_worker(caf::actor_config& config, engine_context shared, stage& on)
      : played_part(config, "played-repo-worker", std::move(shared), on) {}

 protected:
  behavior_type make_behavior() override;

 private:
  caf::error trouble(const std::string& path);
  milliseconds duration(const std::string& path);
};

class played_graph_worker : public played_part<graph_worker_actor> {
 public:
  played_graph_worker(caf::actor_config& config, engine_context shared, stage& on)
      : played_part(config, "played-graph-worker", std::move(shared), on) {}

 protected:
  behavior_type make_behavior() override;

 private:
  caf::expected<loaded_graph> load(const load_graph_job& job, moment began);
  caf::expected<count_answer> count(const count_job& job);
};

class played_monitor : public actor_shell<resource_monitor_actor> {
 public:
  played_monitor(caf::actor_config& config, engine_context shared, stage& on)
      : actor_shell(config, "played-monitor", std::move(shared)), on_(on) {}

 protected:
  behavior_type make_behavior() override;

 private:
  resource_sample_ptr sample();

  stage& on_;
  std::uint64_t pressed_for_ = 0;  ///< Samples: pressure comes in spells.
};

}  // namespace headway::simulation

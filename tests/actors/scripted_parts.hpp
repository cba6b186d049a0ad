/// Parts that do what a test says, in place of those that would read disks and talk to remotes.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <actors/actor_shell.hpp>
#include <messages/interfaces.hpp>

namespace headway::test {

/// Runs inside the actor that it is sent to: promises may be answered there and nowhere else.
struct script_step {
  std::function<void()> run;
};

}  // namespace headway::test

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(headway::test::script_step)

namespace headway::test {

using scripted_fetch_worker_actor = fetch_worker_actor::extend<caf::reacts_to<script_step>>;
using scripted_pool_actor = repo_pool_actor::extend<caf::reacts_to<script_step>>;

/// Fetches that wait for the test to end them, in the order in which they began.
struct fetch_script {
  struct running_job {
    fetch_job job;
    caf::typed_response_promise<remote_fetch_report> promise;
    scripted_fetch_worker_actor worker;
  };
  std::vector<running_job> running;
  std::vector<fetch_job> begun;
  std::size_t most_at_once = 0;
  std::size_t workers = 0;
};
using fetch_script_ptr = std::shared_ptr<fetch_script>;

class scripted_fetch_worker : public actor_shell<scripted_fetch_worker_actor> {
 public:
  scripted_fetch_worker(caf::actor_config& config, engine_context shared, fetch_script_ptr script)
      : actor_shell(config, "scripted-fetch-worker", std::move(shared)),
        script_(std::move(script)) {
    ++script_->workers;
  }

  void on_exit() override {
    // As CAF answers for an actor that ends in the middle of a handler.
    std::erase_if(script_->running, [this](auto& job) {
      if (job.worker != this)
        return false;
      job.promise.deliver(caf::make_error(caf::sec::request_receiver_down));
      return true;
    });
  }

 protected:
  behavior_type make_behavior() override {
    return {
        [this](const fetch_job& job) -> caf::result<remote_fetch_report> {
          auto promise = make_response_promise<remote_fetch_report>();
          script_->running.push_back({job, promise, scripted_fetch_worker_actor{this}});
          script_->begun.push_back(job);
          script_->most_at_once = std::max(script_->most_at_once, script_->running.size());
          return promise;
        },
        [](const script_step& step) { step.run(); },
    };
  }

 private:
  fetch_script_ptr script_;
};

using scripted_prober_actor = prober_actor::extend<caf::reacts_to<script_step>>;

/// Looks that wait for the test to end them, in the order in which they began.
struct probe_script {
  struct running_job {
    probe_job job;
    caf::typed_response_promise<probe_answer> promise;
    scripted_prober_actor prober;
  };
  std::vector<running_job> running;
  std::vector<probe_job> begun;
  std::vector<std::uint64_t> cancelled;
  std::size_t most_at_once = 0;
};
using probe_script_ptr = std::shared_ptr<probe_script>;

class scripted_prober : public actor_shell<scripted_prober_actor> {
 public:
  scripted_prober(caf::actor_config& config, engine_context shared, probe_script_ptr script)
      : actor_shell(config, "scripted-prober", std::move(shared)), script_(std::move(script)) {}

  void on_exit() override {
    for (auto& job : std::exchange(script_->running, {}))
      job.promise.deliver(make_error(ec::shutting_down, "the prober has stopped"));
  }

 protected:
  behavior_type make_behavior() override {
    return {
        [this](const probe_job& job) -> caf::result<probe_answer> {
          auto promise = make_response_promise<probe_answer>();
          script_->running.push_back({job, promise, scripted_prober_actor{this}});
          script_->begun.push_back(job);
          script_->most_at_once = std::max(script_->most_at_once, script_->running.size());
          return promise;
        },
        [this](const cancel_probe& which) { script_->cancelled.push_back(which.number); },
        [](const script_step& step) { step.run(); },
    };
  }

 private:
  probe_script_ptr script_;
};

/// A monitor that has stopped working.
class silent_monitor : public actor_shell<resource_monitor_actor> {
 public:
  silent_monitor(caf::actor_config& config, engine_context shared)
      : actor_shell(config, "silent-monitor", std::move(shared)) {}

 protected:
  behavior_type make_behavior() override {
    return {
        [](sample_atom) -> caf::result<resource_sample_ptr> {
          return make_error(ec::internal, "no samples here");
        },
        [](tick_atom) {},
    };
  }
};

/// What projects and the scheduler told.
struct registry_record {
  std::vector<sync_status_ptr> published;
  std::vector<remotes_changed> changes;
  std::function<void(const refs_moved&)> moved = [](const refs_moved&) {};

  /// The last that `project` was told of its remotes.
  std::vector<remote_state> remotes_of(const std::string& project) const {
    for (auto it = changes.rbegin(); it != changes.rend(); ++it)
      if (it->project.slug == project)
        return *it->remotes;
    return {};
  }
};
using registry_record_ptr = std::shared_ptr<registry_record>;

class recording_registry : public actor_shell<project_registry_actor> {
 public:
  recording_registry(caf::actor_config& config, engine_context shared, registry_record_ptr record)
      : actor_shell(config, "recording-registry", std::move(shared)), record_(std::move(record)) {}

 protected:
  behavior_type make_behavior() override {
    static const auto nothing = [] { return make_error(ec::internal, "only records"); };
    return {
        [](load_atom) -> caf::result<std::uint64_t> { return nothing(); },
        [](const add_project&) -> caf::result<project_info> { return nothing(); },
        [](const remove_project&) -> caf::result<project_info> { return nothing(); },
        [](const set_activity&) -> caf::result<project_info> { return nothing(); },
        [](const list_projects&) -> caf::result<project_page> { return nothing(); },
        [](const status_request&) -> caf::result<status_answer> { return nothing(); },
        [](const fetch_request&) -> caf::result<fetch_report_ptr> { return nothing(); },
        [](const project_id&) -> caf::result<project_info> { return nothing(); },
        [this](const status_published& news) { record_->published.push_back(news.status); },
        [this](const remotes_changed& change) { record_->changes.push_back(change); },
        [this](const refs_moved& news) { record_->moved(news); },
        [](retrack_atom) {},
        [](const projects_limits&) {},
        [](tick_atom) {},
    };
  }

 private:
  registry_record_ptr record_;
};

/// A pool that answers from functions; with `hold`, reads wait for the test to let them go.
struct pool_script {
  std::function<caf::expected<repository_location>(const std::string& path)> locate;
  std::function<caf::expected<read_refs_answer>(const read_refs_request&)> read;
  bool hold = false;
  std::vector<std::pair<read_refs_request, caf::typed_response_promise<read_refs_answer>>> held;
  std::vector<read_refs_request> reads;
  std::size_t locates = 0;
  std::vector<std::string> swept;
  std::vector<person_waits> hurried;
  caf::actor_addr last_asker;
};
using pool_script_ptr = std::shared_ptr<pool_script>;

class scripted_pool : public actor_shell<scripted_pool_actor> {
 public:
  scripted_pool(caf::actor_config& config, engine_context shared, pool_script_ptr script)
      : actor_shell(config, "scripted-pool", std::move(shared)), script_(std::move(script)) {}

  void on_exit() override { script_->held.clear(); }

 protected:
  behavior_type make_behavior() override {
    return {
        [](const lease_request&) -> caf::result<repo_lease_ptr> {
          return make_error(ec::internal, "no leases here");
        },
        [this](const read_refs_request& request) -> caf::result<read_refs_answer> {
          script_->reads.push_back(request);
          auto promise = make_response_promise<read_refs_answer>();
          if (script_->hold)
            script_->held.emplace_back(request, promise);
          else
            answer(request, promise);
          return promise;
        },
        [this](const locate_request& request) -> caf::result<repository_location> {
          ++script_->locates;
          script_->last_asker = caf::actor_cast<caf::actor_addr>(current_sender());
          auto location = script_->locate(request.path);
          if (!location)
            return std::move(location.error());
          return std::move(*location);
        },
        [this](const sweep_request& request) -> caf::result<caf::ok_atom> {
          script_->swept.push_back(request.path);
          if (!script_->locate(request.path))
            return make_error(ec::missing, "nothing is there");
          return caf::ok_atom::value;
        },
        [this](const person_waits& news) { script_->hurried.push_back(news); },
        [](stats_atom) -> caf::result<pool_stats> { return pool_stats{}; },
        [](const resource_sample_ptr&) {},
        [](const lease_returned&) {},
        [](const lease_overdue&) {},
        [](tick_atom) {},
        [this](const script_step&) {
          for (auto& [request, promise] : std::exchange(script_->held, {}))
            answer(request, promise);
        },
    };
  }

 private:
  void answer(const read_refs_request& request,
              caf::typed_response_promise<read_refs_answer> promise) {
    auto result = script_->read(request);
    if (result)
      promise.deliver(std::move(*result));
    else
      promise.deliver(std::move(result.error()));
  }

  pool_script_ptr script_;
};

/// Counts by a function.
struct graph_script {
  std::function<caf::expected<count_answer>(const count_request&)> count;
  std::size_t asked = 0;
  std::vector<urgency> askers;
  std::vector<person_waits> hurried;
};
using graph_script_ptr = std::shared_ptr<graph_script>;

class scripted_graphs : public actor_shell<graph_cache_actor> {
 public:
  scripted_graphs(caf::actor_config& config, engine_context shared, graph_script_ptr script)
      : actor_shell(config, "scripted-graphs", std::move(shared)), script_(std::move(script)) {}

 protected:
  behavior_type make_behavior() override {
    return {
        [this](const count_request& request) -> caf::result<count_answer> {
          ++script_->asked;
          script_->askers.push_back(request.who);
          auto answer = script_->count(request);
          if (!answer)
            return std::move(answer.error());
          return std::move(*answer);
        },
        [this](const person_waits& news) { script_->hurried.push_back(news); },
        [](stats_atom) -> caf::result<graph_stats> { return graph_stats{}; },
    };
  }

 private:
  graph_script_ptr script_;
};

/// A store that keeps what it is told, or refuses it.
struct store_script {
  caf::error refusal;  ///< Answered to every write when set.
  caf::error load_refusal;
  stored_state state;
  std::vector<put_project> projects;
  std::vector<delete_project> deletions;
  std::vector<set_activity> activities;
  std::vector<sync_status_ptr> statuses;
  std::vector<put_remote> remotes;
  std::vector<fetch_report_ptr> fetches;
};
using store_script_ptr = std::shared_ptr<store_script>;

class scripted_store : public actor_shell<database_writer_actor> {
 public:
  scripted_store(caf::actor_config& config, engine_context shared, store_script_ptr script)
      : actor_shell(config, "scripted-store", std::move(shared)), script_(std::move(script)) {}

 protected:
  behavior_type make_behavior() override {
    return {
        [this](load_atom) -> caf::result<stored_state_ptr> {
          if (script_->load_refusal)
            return script_->load_refusal;
          return caf::result<stored_state_ptr>{
              std::make_shared<const stored_state>(script_->state)};
        },
        [this](const put_project& write) { return keep(script_->projects, write); },
        [this](const delete_project& write) { return keep(script_->deletions, write); },
        [this](const set_activity& write) { return keep(script_->activities, write); },
        [this](const put_status& write) { return keep(script_->statuses, write.status); },
        [this](const put_remote& write) { return keep(script_->remotes, write); },
        [this](const put_fetch& write) { return keep(script_->fetches, write.report); },
        [](const find_fetch&) -> caf::result<fetch_report_ptr> {
          return make_error(ec::not_found, "no such fetch");
        },
        [](const find_fetches&) -> caf::result<fetch_reports_ptr> {
          return caf::result<fetch_reports_ptr>{
              std::make_shared<const std::vector<fetch_report>>()};
        },
        [](stats_atom) -> caf::result<store_stats> { return store_stats{}; },
        [](retire_atom) {},
        [](tick_atom) {},
    };
  }

 private:
  template <class T>
  caf::result<caf::ok_atom> keep(std::vector<T>& list, const T& write) {
    if (script_->refusal)
      return script_->refusal;
    list.push_back(write);
    return caf::ok_atom::value;
  }

  store_script_ptr script_;
};

struct watcher_record {
  std::vector<watch_clone> watched;
  std::vector<std::string> unwatched;
};
using watcher_record_ptr = std::shared_ptr<watcher_record>;

class recording_watcher : public actor_shell<ref_watcher_actor> {
 public:
  recording_watcher(caf::actor_config& config, engine_context shared, watcher_record_ptr record)
      : actor_shell(config, "recording-watcher", std::move(shared)), record_(std::move(record)) {}

 protected:
  behavior_type make_behavior() override {
    return {
        [this](const watch_clone& wish) { record_->watched.push_back(wish); },
        [this](const unwatch_clone& gone) { record_->unwatched.push_back(gone.project.slug); },
        [](stats_atom) -> caf::result<watch_stats> { return watch_stats{}; },
    };
  }

 private:
  watcher_record_ptr record_;
};

/// What the scheduler was asked to keep fresh.
struct scheduler_record {
  std::vector<track_project> tracked;
  std::vector<std::string> untracked;
  std::vector<fetch_request> fetches;
  std::vector<std::string> hints;
  std::vector<std::string> viewed;
};
using scheduler_record_ptr = std::shared_ptr<scheduler_record>;

class recording_scheduler : public actor_shell<fetch_scheduler_actor> {
 public:
  recording_scheduler(caf::actor_config& config, engine_context shared, scheduler_record_ptr record)
      : actor_shell(config, "recording-scheduler", std::move(shared)), record_(std::move(record)) {}

 protected:
  behavior_type make_behavior() override {
    return {
        [this](const track_project& tracked) { record_->tracked.push_back(tracked); },
        [this](const untrack_project& gone) { record_->untracked.push_back(gone.project.slug); },
        [this](const remote_hint& news) { record_->hints.push_back(news.url); },
        [this](const project_viewed& seen) { record_->viewed.push_back(seen.project.slug); },
        [this](const fetch_request& request) -> caf::result<fetch_report_ptr> {
          record_->fetches.push_back(request);
          return caf::result<fetch_report_ptr>{
              std::make_shared<const fetch_report>(fetch_report{.project = request.project})};
        },
        [](const await_fetch&) -> caf::result<fetch_report_ptr> {
          return make_error(ec::not_found, "no such fetch");
        },
        [](const cancel_fetch&) -> caf::result<fetch_report_ptr> {
          return make_error(ec::not_found, "no such fetch");
        },
        [](stats_atom) -> caf::result<scheduler_stats> { return scheduler_stats{}; },
        [](const resource_sample_ptr&) {},
        [](const fetch_limits_ptr&) {},
        [](schedule_atom) -> caf::result<scheduler_state_ptr> {
          return make_error(ec::internal, "only records");
        },
        [](const schedule_request&) -> caf::result<project_schedule_ptr> {
          return make_error(ec::internal, "only records");
        },
        [](tick_atom) {},
    };
  }

 private:
  scheduler_record_ptr record_;
};

}  // namespace headway::test

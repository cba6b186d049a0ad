#include <algorithm>

#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <tests/simulation/node.hpp>
#include <tests/simulation/watcher.hpp>

#include <actors/database/database_writer.hpp>
#include <actors/engine.hpp>
#include <actors/graph/graph_cache.hpp>
#include <actors/project/project_registry.hpp>
#include <actors/repo/repo_pool.hpp>

namespace headway::simulation {

namespace {

class trace_sink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit trace_sink(journal& trace) : trace_(trace) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    trace_("log", {line.payload.data(), line.payload.size()});
  }
  void flush_() override {}

 private:
  journal& trace_;
};

log_ptr log_into(journal& trace) {
  if (trace.on())
    return std::make_shared<spdlog::logger>("run", std::make_shared<trace_sink>(trace));
  return std::make_shared<spdlog::logger>("run", std::make_shared<spdlog::sinks::null_sink_st>());
}

}  // namespace

node::node(world& of, witness& eyes, journal& trace, const engine_config& settings,
           std::shared_ptr<db::store> store, fetch_id last_fetch)
    : world_(of),
      eyes_(eyes),
      trace_(trace),
      settings_(settings),
      store_(std::move(store)),
      stage_{of, eyes, trace} {
  *ids_ = last_id_at_start(last_fetch, of.wall()).value;
  engine::configure(config_);
  config_.set("scheduler.policy", caf::atom("testing"));
  config_.set("scheduler.max-throughput", std::size_t{1});
  system_ = std::make_unique<caf::actor_system>(config_);
  coordinator_ = &dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  born_ = world_.now();
  clock_born_ = coordinator_->clock().now();
  shared_.log = log_into(trace);
  shared_.figures = std::make_shared<headway::metrics>();
  shared_.others = std::make_shared<parts>();
  shared_.living = std::make_shared<population>();
  shared_.condition = std::make_shared<health>();
  shared_.wall = [this] { return world_.wall(); };
  shared_.audience->add([this](const engine_event& news) { eyes_.told(news); });
  front_ = remembered(edge_actor{system_->spawn<edge>(shared_)});
  root_ = system_->spawn<supervisor>(shared_, make_parts());
  caf::anon_send(shared_.others->get<project_registry_actor>(), load_atom::value);
}

node::~node() {
  crash();
  // A timer that arms itself again would keep the coordinator's end from coming.
  coordinator_->clock().cancel_all();
  system_->await_actors_before_shutdown(false);
  if (!shared_.living->await_extinction(std::chrono::steady_clock::now()))
    eyes_.complain("an actor outlived its node");
}

template <class Part, class Spawn>
supervised_part node::part(std::string name, Spawn spawn, std::function<void()> restarted) {
  killable_.emplace_back(name, [this] { return shared_.others->get<Part>().address(); });
  return {std::move(name),
          [this, spawn]() -> caf::strong_actor_ptr {
            Part handle = remembered(Part{spawn()});
            shared_.others->set(handle);
            return caf::actor_cast<caf::strong_actor_ptr>(handle);
          },
          [others = shared_.others] { others->set(Part{}); }, std::move(restarted)};
}

// As the engine does it, but for the parts that block.
std::vector<supervised_part> node::make_parts() {
  std::vector<supervised_part> result;
  result.push_back(part<database_writer_actor>("database-writer", [this] {
    return system_->spawn<database_writer>(shared_, store_, settings_.database);
  }));
  result.push_back(part<resource_monitor_actor>(
      "resource-monitor", [this] { return system_->spawn<played_monitor>(shared_, stage_); }));
  result.push_back(part<repo_pool_actor>("repo-pool", [this] {
    return system_->spawn<repo_pool>(
        shared_,
        // Handles are no part of a disk's lane: those of a slow one would hold up the others.
        lease_limits{.handles = world_.ever(fault::slow_disk) ? 32u : 4u, .per_repository = 2},
        settings_.pool, settings_.pool.workers,
        [this] {
          return remembered(repo_worker_actor{system_->spawn<played_repo_worker>(shared_, stage_)});
        },
        [this] { return mount_table{world_.mounts()}; });
  }));
  result.push_back(part<graph_cache_actor>("graph-cache", [this] {
    return system_->spawn<graph_cache>(shared_, settings_.graph, settings_.graph.workers, [this] {
      return remembered(graph_worker_actor{system_->spawn<played_graph_worker>(shared_, stage_)});
    });
  }));
  result.push_back(part<prober_actor>(
      "prober", [this] { return system_->spawn<played_prober>(shared_, stage_); }));
  const auto retrack = [this] {
    if (const auto registry = shared_.others->get<project_registry_actor>())
      caf::anon_send(registry, retrack_atom::value);
  };
  result.push_back(part<fetch_scheduler_actor>(
      "fetch-scheduler",
      [this] {
        return system_->spawn<fetch_scheduler>(
            shared_, settings_.fetch,
            scheduler_environment{4, world_.chance.below(1'000'000), ids_,
                                  settings_.monitor.interval, [this] { return world_.wall(); },
                                  claims_},
            [this] {
              return remembered(
                  fetch_worker_actor{system_->spawn<played_fetch_worker>(shared_, stage_)});
            });
      },
      retrack));
  result.push_back(part<ref_watcher_actor>(
      "ref-watcher", [this] { return system_->spawn<played_watcher>(shared_, stage_); }, retrack));
  result.push_back(part<project_registry_actor>(
      "project-registry",
      [this] {
        return project_registry_actor{system_->spawn<project_registry>(shared_, settings_.projects,
                                                                       settings_.fetch.background)};
      },
      [this] {
        if (const auto registry = shared_.others->get<project_registry_actor>())
          caf::anon_send(registry, load_atom::value);
      }));
  return result;
}

bool node::step() {
  auto& jobs = coordinator_->jobs;
  if (jobs.empty())
    return false;
  const auto chosen = std::ptrdiff_t(world_.chance.below(jobs.size()));
  std::rotate(jobs.begin(), jobs.begin() + chosen, jobs.begin() + chosen + 1);
  return coordinator_->try_run_once();
}

moment node::next_timer() const {
  const auto& timers = coordinator_->clock().schedule();
  if (timers.empty())
    return moment::max();
  return born_ + std::chrono::ceil<milliseconds>(timers.begin()->first - clock_born_);
}

void node::wait_until(moment when) {
  const auto clock = clock_born_ + (when - born_);
  auto& virtual_clock = coordinator_->clock();
  if (clock > virtual_clock.now())
    virtual_clock.current_time = clock;
  world_.move_to(when);
}

void node::fire_timer() {
  wait_until(next_timer());
  coordinator_->trigger_timeout();
}

void node::tell(const remote_hint& news) {
  if (const auto scheduler = shared_.others->get<fetch_scheduler_actor>())
    caf::anon_send(scheduler, news);
}

void node::ref_moved(const std::string& common_dir) {
  if (stage_.kernel)
    stage_.kernel(common_dir);
}

std::string node::kill_a_part() {
  const auto& [name, address] = world_.chance.pick(killable_);
  const auto handle = caf::actor_cast<caf::strong_actor_ptr>(address());
  if (!handle)
    return {};
  if (name == "fetch-scheduler")
    eyes_.scheduler_ended();
  eyes_.shaken();
  caf::anon_send_exit(handle, caf::exit_reason::kill);
  return name;
}

void node::stop() {
  stage_.stopping = true;
  caf::anon_send(root_, stop_atom::value);
  caf::anon_send_exit(front_, caf::exit_reason::user_shutdown);
  front_ = nullptr;
}

bool node::has_stopped() const {
  return shared_.living->await_extinction(std::chrono::steady_clock::now());
}

void node::crash() {
  stage_.stopping = true;
  shared_.others->clear();
  if (const auto root = std::exchange(root_, nullptr))
    caf::anon_send_exit(root, caf::exit_reason::kill);
  front_ = nullptr;
  for (const auto& one : std::exchange(everybody_, {}))
    if (const auto handle = caf::actor_cast<caf::strong_actor_ptr>(one))
      caf::anon_send_exit(handle, caf::exit_reason::kill);
  while (step()) {
  }
}

}  // namespace headway::simulation

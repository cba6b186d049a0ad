#include <atomic>
#include <future>
#include <map>
#include <random>

#include <caf/actor_system.hpp>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <actors/database/database_writer.hpp>
#include <actors/edge.hpp>
#include <actors/engine.hpp>
#include <actors/fetch/fetch_scheduler.hpp>
#include <actors/fetch/fetch_worker.hpp>
#include <actors/graph/graph_cache.hpp>
#include <actors/graph/graph_worker.hpp>
#include <actors/monitor/resource_monitor.hpp>
#include <actors/probe/login_worker.hpp>
#include <actors/probe/prober.hpp>
#include <actors/probe/ssh_opener.hpp>
#include <actors/project/project_registry.hpp>
#include <actors/repo/repo_pool.hpp>
#include <actors/repo/repo_worker.hpp>
#include <actors/supervisor.hpp>
#include <actors/watch/ref_watcher.hpp>
#include <messages/token_source.hpp>
#include <storage/db/care.hpp>
#include <storage/db/store.hpp>
#include <storage/git/host_token.hpp>
#include <storage/git/repository.hpp>

namespace headway {

namespace {

// Longer than any answer takes that comes at all: reading a large history for the first time.
constexpr auto patience = std::chrono::minutes{10};

log_ptr or_silent(log_ptr log) {
  if (log)
    return log;
  return std::make_shared<spdlog::logger>("headway",
                                          std::make_shared<spdlog::sinks::null_sink_mt>());
}

std::uint64_t default_memory_budget() {
  return std::min<std::uint64_t>(1ull << 30, usable_memory() / 4);
}

std::uint64_t default_descriptor_budget() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return 512;
  return std::max<std::uint64_t>(16, limit.rlim_cur / 2);
}

lease_limits limits_of(const pool_config& config) {
  lease_limits limits;
  limits.memory_bytes = config.memory_budget != 0 ? config.memory_budget : default_memory_budget();
  limits.file_descriptors = config.file_descriptor_budget != 0 ? config.file_descriptor_budget
                                                               : default_descriptor_budget();
  limits.handles = config.max_open;
  limits.idle_ttl = config.idle_ttl;
  limits.queue = config.queue_limit;
  return limits;
}

// libgit2 maps pack windows process-wide: half of the pool's budget is theirs, the other half is
// left for the handles' own structures.
git::library_limits library_limits(const lease_limits& pool) {
  git::library_limits limits;
  limits.mapped_limit = std::max<std::uint64_t>(32ull << 20, pool.memory_bytes / 2);
  limits.window_size = std::min<std::uint64_t>(32ull << 20, limits.mapped_limit / 4);
  limits.file_limit = std::max<std::uint64_t>(8, pool.file_descriptors / 2);
  limits.cache_size = std::min<std::uint64_t>(32ull << 20, pool.memory_bytes / 8);
  return limits;
}

std::uint64_t seed_of(const engine_config& config) {
  if (config.seed != 0)
    return config.seed;
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

struct engine::impl {
  enum class stage { made, running, stopped };

  impl(engine_config settings, log_ptr logger) : config(std::move(settings)) {
    shared.log = or_silent(std::move(logger));
    for (const char* name :
         {"database-writer", "database-reader", "resource-monitor", "repo-pool", "graph-cache",
          "prober", "fetch-scheduler", "ref-watcher", "project-registry"})
      logs.emplace(name, shared.log->clone(name));
    shared.figures = std::make_shared<headway::metrics>();
    shared.others = std::make_shared<parts>();
    shared.living = std::make_shared<population>();
    shared.condition = std::make_shared<health>();
    cancel_children = std::make_shared<git::cancellation>();
    ssh = std::make_shared<git::ssh_sharing>();
    fetch_ids = std::make_shared<std::atomic<std::uint64_t>>(0);
  }

  caf::error open_store();
  caf::error try_to_open_store();
  std::vector<supervised_part> make_parts();
  template <class Part, class Spawn>
  supervised_part part(std::string name, Spawn spawn, std::function<void()> restarted = {});
  template <class T, class Question>
  void ask_registry(Question question, answer_callback<T> done) {
    ask<T>(front, shared.others->get<project_registry_actor>(), std::move(question),
           std::move(done));
  }
  template <class T, class Ask>
  caf::expected<T> wait(Ask ask_it);

  /// What the actors of `name` share with all others, but for their log.
  engine_context of(std::string_view name) const {
    auto context = shared;
    context.log = logs.find(name)->second;
    return context;
  }

  engine_config config;
  engine_context shared;
  std::map<std::string, log_ptr, std::less<>> logs;  ///< By part; not changed after construction.
  std::shared_ptr<db::store> store;
  std::shared_ptr<git::cancellation> cancel_children;
  std::shared_ptr<git::ssh_sharing> ssh;
  fetch_id_source fetch_ids;
  std::shared_ptr<store_claims> fetch_claims = std::make_shared<store_claims>();
  std::unique_ptr<caf::actor_system_config> own_config;
  std::unique_ptr<caf::actor_system> own_system;
  caf::actor_system* system = nullptr;
  supervisor_actor root;
  edge_actor front;
  std::atomic<stage> phase{stage::made};
};

class engine::subscription {
 public:
  explicit subscription(std::weak_ptr<subscribers> audience) : audience_(std::move(audience)) {}
  ~subscription() {
    if (const auto audience = audience_.lock())
      audience->remove(id_);
  }
  subscription(const subscription&) = delete;
  subscription& operator=(const subscription&) = delete;
  void established(std::uint64_t id) { id_ = id; }

 private:
  std::weak_ptr<subscribers> audience_;
  std::uint64_t id_ = 0;
};

void engine::configure(caf::actor_system_config& system, const actors_config& actors) {
  // Work stealing burns a quarter of a core on idle polling and unlimited throughput starves
  // actors; both were measured.
  system.set("scheduler.policy", caf::atom("sharing"));
  system.set("scheduler.max-threads", actors.threads);
  system.set("scheduler.max-throughput", std::size_t{16});
  system.add_error_category(
      error_category, [](std::uint8_t code, caf::atom_value, const caf::message& text) {
        return "headway." + std::string{to_string(static_cast<ec>(code))} + caf::to_string(text);
      });
}

engine::engine(engine_config config, std::shared_ptr<spdlog::logger> log)
    : impl_(std::make_unique<impl>(std::move(config), std::move(log))) {}

engine::engine(engine_config config, caf::actor_system& host, std::shared_ptr<spdlog::logger> log)
    : engine(std::move(config), std::move(log)) {
  impl_->system = &host;
}

engine::~engine() {
  if (impl_ && impl_->phase == impl::stage::running)
    stop();
}

caf::error engine::impl::open_store() {
  auto error = try_to_open_store();
  if (code_of(error) != ec::corrupt || config.database.directory.empty())
    return error;
  shared.log->error("the database is damaged: {}", describe(error));
  const auto saved = db::rescue(config.database.directory, std::chrono::system_clock::now());
  if (!saved)
    return saved.error();
  shared.log->error(
      "the damaged database is set aside as '{}'; {} projects were read from it and {} from {}; "
      "their "
      "statuses are computed anew, the history of fetches is lost",
      saved->set_aside, saved->salvaged, saved->restored,
      saved->backup.empty() ? "no backup" : "the backup '" + saved->backup + "'");
  return try_to_open_store();
}

caf::error engine::impl::try_to_open_store() {
  auto opened =
      db::store::open({config.database.directory, config.database.cache_size,
                       config.database.fetch_history_retention, config.database.branch_retention});
  if (!opened)
    return std::move(opened.error());
  auto state = (*opened)->load();
  if (!state)
    return std::move(state.error());
  store = std::move(*opened);
  *fetch_ids = last_id_at_start(state->last_fetch, std::chrono::system_clock::now()).value;
  return {};
}

template <class Part, class Spawn>
supervised_part engine::impl::part(std::string name, Spawn spawn, std::function<void()> restarted) {
  return {std::move(name),
          [this, spawn]() -> caf::strong_actor_ptr {
            Part handle = spawn();
            shared.others->set(handle);
            return caf::actor_cast<caf::strong_actor_ptr>(handle);
          },
          [others = shared.others] { others->set(Part{}); }, std::move(restarted)};
}

// In the order of starting: who is asked comes before who asks. Stopping goes the other way, so
// that the store is the last to end and nothing that was acknowledged is lost.
std::vector<supervised_part> engine::impl::make_parts() {
  const auto cores = usable_cores();
  const auto pool_limits = limits_of(config.pool);
  // One more than there is work for: openings never have all.
  const auto pool_workers =
      config.pool.workers != 0 ? config.pool.workers : std::clamp<std::size_t>(cores, 2, 4) + 1;
  const auto graph_workers = config.graph.workers != 0 ? config.graph.workers : cores;
  const auto& background = config.fetch.background;
  const auto seed = seed_of(config);
  const auto tokens = parse_token_sources(config.fetch.tokens);

  const auto retrack = [this] {
    if (const auto registry = shared.others->get<project_registry_actor>())
      caf::anon_send(registry, retrack_atom::value);
  };

  std::vector<supervised_part> result;
  result.push_back(part<database_writer_actor>("database-writer", [this] {
    return system->spawn<database_writer, caf::detached>(of("database-writer"), store,
                                                         config.database);
  }));
  if (!store->file().empty())
    result.push_back(
        part<database_reader_actor>("database-reader", [this]() -> database_reader_actor {
          auto reader = db::reader::open(store->file());
          if (!reader) {
            shared.log->error("the database cannot be read: {}", describe(reader.error()));
            return {};
          }
          return system->spawn<database_reader, caf::detached>(
              of("database-reader"), std::shared_ptr<db::reader>{std::move(*reader)});
        }));
  result.push_back(part<resource_monitor_actor>("resource-monitor", [this, tokens] {
    return system->spawn<resource_monitor, caf::detached>(
        of("resource-monitor"), config.database.directory, git::token_files(tokens));
  }));
  result.push_back(part<repo_pool_actor>("repo-pool", [this, pool_limits, pool_workers] {
    return system->spawn<repo_pool>(
        of("repo-pool"), pool_limits, config.pool, pool_workers,
        [this] {
          return repo_worker_actor{
              system->spawn<repo_worker, caf::detached>(of("repo-pool"), config.fetch)};
        },
        mount_table::of_this_process);
  }));
  result.push_back(part<graph_cache_actor>("graph-cache", [this, graph_workers] {
    return system->spawn<graph_cache>(of("graph-cache"), config.graph, graph_workers, [this] {
      return graph_worker_actor{system->spawn<graph_worker, caf::detached>(
          of("graph-cache"), config.graph, cancel_children)};
    });
  }));
  result.push_back(part<prober_actor>("prober", [this, tokens] {
    return system->spawn<prober, caf::detached>(
        of("prober"),
        prober_staff{
            [this] {
              return probe_reader_actor{system->spawn<probe_reader, caf::detached>(of("prober"))};
            },
            [this] {
              return login_worker_actor{
                  system->spawn<login_worker, caf::detached>(of("prober"), cancel_children)};
            },
            [this] {
              return ssh_opener_actor{
                  system->spawn<ssh_opener, caf::detached>(of("prober"), ssh, cancel_children)};
            }},
        mount_table::of_this_process, tokens);
  }));
  result.push_back(part<fetch_scheduler_actor>(
      "fetch-scheduler",
      [this, cores, seed] {
        return system->spawn<fetch_scheduler>(
            of("fetch-scheduler"), config.fetch,
            scheduler_environment{cores, seed, fetch_ids, config.monitor.interval,
                                  std::chrono::system_clock::now, fetch_claims},
            [this] {
              return fetch_worker_actor{system->spawn<fetch_worker, caf::detached>(
                  of("fetch-scheduler"), config.fetch, ssh)};
            });
      },
      retrack));
  if (config.projects.watch != projects_config::watch_mode::off)
    result.push_back(part<ref_watcher_actor>(
        "ref-watcher",
        [this] {
          return system->spawn<ref_watcher, caf::detached>(of("ref-watcher"), config.projects);
        },
        retrack));
  result.push_back(part<project_registry_actor>(
      "project-registry",
      [this, background] {
        return system->spawn<project_registry>(of("project-registry"), config.projects, background);
      },
      [this] {
        if (const auto registry = shared.others->get<project_registry_actor>())
          caf::anon_send(registry, load_atom::value);
      }));
  return result;
}

caf::error engine::start() {
  auto& self = *impl_;
  if (self.phase != impl::stage::made)
    return make_error(ec::invalid_argument, "an engine can be started once");
  git::initialise_library(library_limits(limits_of(self.config.pool)));
  if (auto error = self.open_store())
    return error;
  if (self.system == nullptr) {
    self.own_config = std::make_unique<caf::actor_system_config>();
    configure(*self.own_config, self.config.actors);
    self.own_system = std::make_unique<caf::actor_system>(*self.own_config);
    self.system = self.own_system.get();
  }
  self.shared.log->info("SQLite {}{}", db::sqlite_version(),
                        db::sqlite_has_wal_reset_bug()
                            ? " (can lose commits when one connection checkpoints while another "
                              "writes; here one does both)"
                            : "");
  self.front = self.system->spawn<edge>(self.shared);
  self.root = self.system->spawn<supervisor>(self.shared, self.make_parts());
  self.phase = impl::stage::running;
  const auto loaded = self.wait<std::uint64_t>(
      [&](auto done) { self.ask_registry<std::uint64_t>(load_atom::value, std::move(done)); });
  if (loaded)
    return {};
  stop();
  return loaded.error();
}

bool engine::stop() {
  auto& self = *impl_;
  if (self.phase.exchange(impl::stage::stopped) != impl::stage::running)
    return true;
  const auto deadline = std::chrono::steady_clock::now() + self.config.stop_deadline;
  self.cancel_children->request();
  // The handle stays until the supervisor has done its work: CAF ends an actor that nobody can
  // reach.
  caf::anon_send(self.root, stop_atom::value);
  caf::anon_send_exit(self.front, caf::exit_reason::user_shutdown);
  self.front = nullptr;
  const bool ended = self.shared.living->await_extinction(deadline);
  self.root = nullptr;
  if (!ended) {
    // A destructor of the actor system would wait for as long as the stuck work takes.
    self.shared.log->error("the engine did not stop within {} ms",
                           self.config.stop_deadline.count());
    static_cast<void>(self.own_system.release());
    static_cast<void>(self.own_config.release());
    return false;
  }
  self.shared.others->clear();
  self.own_system.reset();
  self.own_config.reset();
  self.store.reset();
  self.ssh.reset();
  return true;
}

template <class T, class Ask>
caf::expected<T> engine::impl::wait(Ask ask_it) {
  auto promise = std::make_shared<std::promise<caf::expected<T>>>();
  auto answer = promise->get_future();
  ask_it(answer_callback<T>{
      [promise](caf::expected<T> value) { promise->set_value(std::move(value)); }});
  if (answer.wait_for(patience) != std::future_status::ready)
    return make_error(ec::deadline_exceeded, "the engine did not answer in time");
  return answer.get();
}

void engine::async_add(const std::string& path, answer_callback<project_info> done) {
  impl_->ask_registry<project_info>(add_project{path}, std::move(done));
}

void engine::async_remove(const project_id& project, answer_callback<project_info> done) {
  impl_->ask_registry<project_info>(remove_project{project}, std::move(done));
}

void engine::async_set_activity(const project_id& project, project_activity wish,
                                answer_callback<project_info> done) {
  impl_->ask_registry<project_info>(headway::set_activity{project, wish}, std::move(done));
}

void engine::async_list(const list_projects& query, answer_callback<project_page> done) {
  impl_->ask_registry<project_page>(query, std::move(done));
}

void engine::async_find(const project_id& project, answer_callback<project_info> done) {
  impl_->ask_registry<project_info>(project, std::move(done));
}

void engine::async_sync_status(const project_id& project, answer_callback<status_answer> done) {
  impl_->ask_registry<status_answer>(status_request{project}, std::move(done));
}

void engine::async_fetch(const project_id& project, answer_callback<fetch_report_ptr> done) {
  impl_->ask_registry<fetch_report_ptr>(fetch_request{project, fetch_reason::user_asked},
                                        std::move(done));
}

void engine::async_fetch_result(fetch_id id, std::chrono::milliseconds how_long,
                                answer_callback<fetch_report_ptr> done) {
  ask<fetch_report_ptr>(impl_->front, impl_->shared.others->get<fetch_scheduler_actor>(),
                        await_fetch{id, how_long}, std::move(done));
}

void engine::async_cancel(fetch_id id, answer_callback<fetch_report_ptr> done) {
  ask<fetch_report_ptr>(impl_->front, impl_->shared.others->get<fetch_scheduler_actor>(),
                        cancel_fetch{id}, std::move(done));
}

// The history outlives what it tells of: the registry knows whether there is such a project.
void engine::async_fetches(const find_fetches& query, answer_callback<fetch_reports_ptr> done) {
  async_find(query.project, [front = impl_->front, others = impl_->shared.others, query,
                             done = std::move(done)](const caf::expected<project_info>& known) {
    if (!known)
      return done(known.error());
    // A database in memory has no connection but the writer's.
    if (const auto reader = others->get<database_reader_actor>())
      ask<fetch_reports_ptr>(front, reader, query, done);
    else
      ask<fetch_reports_ptr>(front, others->get<database_writer_actor>(), query, done);
  });
}

void engine::hint(const std::string& url) {
  if (const auto scheduler = impl_->shared.others->get<fetch_scheduler_actor>())
    caf::anon_send(scheduler, remote_hint{url});
}

// The scheduler knows remotes, the registry knows whether there is such a project.
void engine::async_schedule(const project_id& project, answer_callback<project_schedule_ptr> done) {
  async_find(project, [front = impl_->front, others = impl_->shared.others, project,
                       done = std::move(done)](const caf::expected<project_info>& known) {
    if (!known)
      return done(known.error());
    ask<project_schedule_ptr>(front, others->get<fetch_scheduler_actor>(),
                              schedule_request{project}, done);
  });
}

void engine::async_scheduler(answer_callback<scheduler_state_ptr> done) {
  ask<scheduler_state_ptr>(impl_->front, impl_->shared.others->get<fetch_scheduler_actor>(),
                           schedule_atom::value, std::move(done));
}

caf::expected<project_info> engine::add(const std::string& path) {
  return impl_->wait<project_info>([&](auto done) { async_add(path, std::move(done)); });
}

caf::expected<project_info> engine::remove(const project_id& project) {
  return impl_->wait<project_info>([&](auto done) { async_remove(project, std::move(done)); });
}

caf::expected<project_info> engine::set_activity(const project_id& project, project_activity wish) {
  return impl_->wait<project_info>(
      [&](auto done) { async_set_activity(project, wish, std::move(done)); });
}

caf::expected<project_page> engine::list(const list_projects& query) {
  return impl_->wait<project_page>([&](auto done) { async_list(query, std::move(done)); });
}

caf::expected<project_info> engine::find(const project_id& project) {
  return impl_->wait<project_info>([&](auto done) { async_find(project, std::move(done)); });
}

caf::expected<status_answer> engine::sync_status(const project_id& project) {
  return impl_->wait<status_answer>(
      [&](auto done) { async_sync_status(project, std::move(done)); });
}

caf::expected<fetch_report_ptr> engine::fetch(const project_id& project) {
  return impl_->wait<fetch_report_ptr>([&](auto done) { async_fetch(project, std::move(done)); });
}

caf::expected<fetch_report_ptr> engine::fetch_result(fetch_id id,
                                                     std::chrono::milliseconds how_long) {
  return impl_->wait<fetch_report_ptr>(
      [&](auto done) { async_fetch_result(id, how_long, std::move(done)); });
}

caf::expected<fetch_report_ptr> engine::cancel(fetch_id id) {
  return impl_->wait<fetch_report_ptr>([&](auto done) { async_cancel(id, std::move(done)); });
}

engine::subscription_ptr engine::subscribe(std::function<void(const sync_status_ptr&)> listener) {
  return follow([listener = std::move(listener)](const engine_event& news) {
    if (const auto* status = std::get_if<sync_status_ptr>(&news))
      listener(*status);
  });
}

engine::subscription_ptr engine::follow(std::function<void(const engine_event&)> listener) {
  const auto& audience = impl_->shared.audience;
  auto result = std::make_shared<subscription>(audience);
  // The callback goes quiet with the subscription, also one that is about to be called.
  result->established(audience->add([alive = std::weak_ptr<subscription>{result},
                                     listener = std::move(listener)](const engine_event& news) {
    if (const auto subscribed = alive.lock())
      listener(news);
  }));
  return result;
}

std::vector<std::shared_ptr<spdlog::logger>> engine::logs() const {
  std::vector<std::shared_ptr<spdlog::logger>> all;
  for (const auto& [part, log] : impl_->logs)
    all.push_back(log);
  return all;
}

std::string engine::metrics() {
  return impl_->shared.figures->text();
}

std::shared_ptr<const status_slot> engine::slot_of(const project_id& project) const {
  return impl_->shared.statuses->find(project);
}

void engine::status_shown(std::chrono::nanoseconds took) {
  impl_->shared.figures->status_shown(took);
}

caf::error engine::readiness() {
  switch (impl_->phase) {
    case impl::stage::made:
      return make_error(ec::shutting_down, "the engine has not been started");
    case impl::stage::stopped:
      return make_error(ec::shutting_down, "the engine stops");
    case impl::stage::running:
      break;
  }
  if (auto error = impl_->shared.condition->store_error())
    return error;
  // Other parts are back within moments; without this one no project is known.
  if (!impl_->shared.others->get<project_registry_actor>() ||
      !impl_->shared.condition->projects_known())
    return make_error(ec::shutting_down, "the projects are being loaded; try again in a second");
  return {};
}

void engine::reload(const engine_config& config) {
  impl_->config.fetch = config.fetch;
  impl_->config.projects = config.projects;
  const auto& others = *impl_->shared.others;
  if (const auto scheduler = others.get<fetch_scheduler_actor>())
    caf::anon_send(scheduler, fetch_limits_ptr{std::make_shared<const fetch_config>(config.fetch)});
  if (const auto registry = others.get<project_registry_actor>())
    caf::anon_send(registry,
                   projects_limits{config.projects.allowed_roots, config.projects.max_count});
}

engine_handles engine::handles() const {
  const auto& others = *impl_->shared.others;
  return {others.get<project_registry_actor>(), others.get<fetch_scheduler_actor>(),
          others.get<graph_cache_actor>(),      others.get<repo_pool_actor>(),
          others.get<database_writer_actor>(),  others.get<resource_monitor_actor>()};
}

}  // namespace headway

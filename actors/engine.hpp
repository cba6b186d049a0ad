/// Headway inside a C++ program.
///
///     headway::engine_config config;
///     headway::engine engine{config};
///     if (auto error = engine.start()) …
///     auto project = engine.add("/home/me/src/linux");
///     auto answer = engine.sync_status(project->id);
///
/// Needs no argv, no files and no environment; several engines may live in one process. All
/// functions may be called from any thread that is not an actor's. Callbacks are called on threads
/// of the engine and must not block.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system_config.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>

#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>

namespace spdlog {
class logger;
}

namespace headway {

/// The actors of an engine, for hosts that speak CAF. Drop all of them before the engine stops.
struct engine_handles {
  project_registry_actor registry;
  fetch_scheduler_actor scheduler;
  graph_cache_actor graphs;
  repo_pool_actor pool;
  database_writer_actor store;
  resource_monitor_actor monitor;
};

template <class T>
using answer_callback = std::function<void(caf::expected<T>)>;

class status_slot;  // actors/project/status_board.hpp

class engine {
 public:
  /// An engine with an actor system of its own. `log` may be null: silent.
  explicit engine(engine_config config, std::shared_ptr<spdlog::logger> log = nullptr);
  /// An engine inside the host's actor system, which must outlive it and must have been configured
  /// by `configure` (scheduler settings, error category).
  engine(engine_config config, caf::actor_system& host,
         std::shared_ptr<spdlog::logger> log = nullptr);
  /// Stops if nobody has.
  ~engine();
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  /// What an actor system needs for an engine to run well in it.
  static void configure(caf::actor_system_config& system, const actors_config& actors = {});

  /// Opens the store, brings back the known projects, starts the schedule. Once. A database that is
  /// damaged is set aside, and its projects are saved; the log says so.
  caf::error start();

  /// Stops in order; what was acknowledged is kept. Running fetches are cancelled. Returns whether
  /// everything ended within the deadline of the configuration.
  bool stop();

  caf::expected<project_info> add(const std::string& path);
  caf::expected<project_info> remove(const project_id& project);
  /// Suspended, the remotes of a project are neither asked nor fetched, also after a restart.
  caf::expected<project_info> set_activity(const project_id& project, project_activity wish);
  caf::expected<project_page> list(const list_projects& query = {});
  caf::expected<project_info> find(const project_id& project);
  caf::expected<status_answer> sync_status(const project_id& project);
  /// Starts a fetch, or joins one; answers at once.
  caf::expected<fetch_report_ptr> fetch(const project_id& project);
  /// A fetch as it stands once it has ended or `patience` is over.
  caf::expected<fetch_report_ptr> fetch_result(fetch_id id, std::chrono::milliseconds patience);
  /// Ends a fetch. What it has in common with fetches that other people asked for goes on for them.
  /// Answers, within a quarter of a second, with the fetch as it then has ended.
  caf::expected<fetch_report_ptr> cancel(fetch_id id);

  /// The same without waiting; `done` is called exactly once, also when the engine stops first.
  void async_add(const std::string& path, answer_callback<project_info> done);
  void async_remove(const project_id& project, answer_callback<project_info> done);
  void async_set_activity(const project_id& project, project_activity wish,
                          answer_callback<project_info> done);
  void async_list(const list_projects& query, answer_callback<project_page> done);
  void async_find(const project_id& project, answer_callback<project_info> done);
  void async_sync_status(const project_id& project, answer_callback<status_answer> done);
  void async_fetch(const project_id& project, answer_callback<fetch_report_ptr> done);
  void async_fetch_result(fetch_id id, std::chrono::milliseconds patience,
                          answer_callback<fetch_report_ptr> done);

  /// Says that the remotes at `url`, in any spelling, may have moved: they are looked at in a
  /// moment.
  void hint(const std::string& url);
  void async_cancel(fetch_id id, answer_callback<fetch_report_ptr> done);
  /// Ended fetches of a project, the latest first.
  void async_fetches(const find_fetches& query, answer_callback<fetch_reports_ptr> done);

  /// Why a project's remotes are fetched when they are, and how the whole schedule stands.
  void async_schedule(const project_id& project, answer_callback<project_schedule_ptr> done);
  void async_scheduler(answer_callback<scheduler_state_ptr> done);

  /// Ends with its destruction. May outlive the engine.
  class subscription;
  using subscription_ptr = std::shared_ptr<subscription>;
  /// `listener` is called with every new document.
  subscription_ptr subscribe(std::function<void(const sync_status_ptr&)> listener);
  /// `listener` is called with everything that happens to projects and their remotes.
  subscription_ptr follow(std::function<void(const engine_event&)> listener);

  /// The logs of the parts, each of the name of its part, writing where the log of the engine does.
  /// Their levels may be changed at any time.
  std::vector<std::shared_ptr<spdlog::logger>> logs() const;

  /// Prometheus text exposition of all figures.
  std::string metrics();

  /// Where a project shows its document whenever that is known to say what is on disk, for hosts to
  /// whom even a message to an actor takes too long; null when there is no such project. May
  /// outlive the engine.
  std::shared_ptr<const status_slot> slot_of(const project_id& project) const;
  /// Counts an answer that was taken from there.
  void status_shown(std::chrono::nanoseconds took);

  /// Nothing when the engine can do its work; otherwise why not (starting, store failing, projects
  /// not loaded yet after a part failed, stopping).
  caf::error readiness();

  /// Takes over what can change while running: all of `fetch` and `projects`. The rest needs a new
  /// engine (`config/reload.hpp` tells which option is which).
  void reload(const engine_config& config);

  engine_handles handles() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace headway

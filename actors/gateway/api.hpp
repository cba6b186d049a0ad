/// What the gateway asks of the engine. An interface, so that routes can be tested against answers
/// that a real engine gives only on a bad day.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <caf/error.hpp>

#include <actors/engine.hpp>
#include <actors/project/status_board.hpp>
#include <messages/fetch.hpp>
#include <messages/ids.hpp>
#include <messages/interfaces.hpp>
#include <messages/project.hpp>
#include <messages/schedule.hpp>

namespace headway {

/// All functions but `follow` are called on the gateway's thread and must not block it. `done` may
/// be called on any thread, at once or later, also after the gateway has gone; only its first call
/// counts. Dropping it uncalled answers the request with `shutting_down`.
class gateway_api {
 public:
  virtual ~gateway_api() = default;

  /// An `already_exists` error names the project in its sentence, last, as "project '<id>'".
  virtual void async_add(const std::string& path, answer_callback<project_info> done) = 0;
  virtual void async_remove(const project_id& project, answer_callback<project_info> done) = 0;
  virtual void async_set_activity(const project_id& project, project_activity wish,
                                  answer_callback<project_info> done) = 0;
  virtual void async_list(const list_projects& query, answer_callback<project_page> done) = 0;
  virtual void async_find(const project_id& project, answer_callback<project_info> done) = 0;
  virtual void async_sync_status(const project_id& project,
                                 answer_callback<status_answer> done) = 0;
  virtual void async_fetch(const project_id& project, answer_callback<fetch_report_ptr> done) = 0;
  virtual void async_fetch_result(fetch_id id, std::chrono::milliseconds patience,
                                  answer_callback<fetch_report_ptr> done) = 0;
  virtual void async_cancel(fetch_id id, answer_callback<fetch_report_ptr> done) = 0;
  virtual void async_fetches(const find_fetches& query,
                             answer_callback<fetch_reports_ptr> done) = 0;
  /// Says that the remotes at `url` may have moved.
  virtual void hint(const std::string& url) = 0;
  virtual void async_schedule(const project_id& project,
                              answer_callback<project_schedule_ptr> done) = 0;
  virtual void async_scheduler(answer_callback<scheduler_state_ptr> done) = 0;

  /// Where a project shows its document whenever that is known to be true; null when there is none.
  virtual std::shared_ptr<const status_slot> slot_of(const project_id& project) = 0;
  /// Counts an answer that was taken from there.
  virtual void status_shown(std::chrono::nanoseconds took) = 0;

  /// Called once, before anything is served, on the thread that starts the gateway, which it may
  /// block. `listener` is called on any thread, until what is returned has been dropped.
  virtual std::shared_ptr<void> follow(std::function<void(const engine_event&)> listener) = 0;

  /// Prometheus text exposition.
  virtual std::string metrics() = 0;
  /// Nothing when the engine can do its work; otherwise why not.
  virtual caf::error readiness() = 0;
};

}  // namespace headway

#include <utility>

#include <actors/gateway/engine_api.hpp>

namespace headway {

void engine_api::async_add(const std::string& path, answer_callback<project_info> done) {
  engine_.async_add(path, std::move(done));
}

void engine_api::async_remove(const project_id& project, answer_callback<project_info> done) {
  engine_.async_remove(project, std::move(done));
}

void engine_api::async_set_activity(const project_id& project, project_activity wish,
                                    answer_callback<project_info> done) {
  engine_.async_set_activity(project, wish, std::move(done));
}

void engine_api::async_list(const list_projects& query, answer_callback<project_page> done) {
  engine_.async_list(query, std::move(done));
}

void engine_api::async_find(const project_id& project, answer_callback<project_info> done) {
  engine_.async_find(project, std::move(done));
}

void engine_api::async_sync_status(const project_id& project, answer_callback<status_answer> done) {
  engine_.async_sync_status(project, std::move(done));
}

void engine_api::async_fetch(const project_id& project, answer_callback<fetch_report_ptr> done) {
  engine_.async_fetch(project, std::move(done));
}

void engine_api::async_fetch_result(fetch_id id, std::chrono::milliseconds patience,
                                    answer_callback<fetch_report_ptr> done) {
  engine_.async_fetch_result(id, patience, std::move(done));
}

void engine_api::async_cancel(fetch_id id, answer_callback<fetch_report_ptr> done) {
  engine_.async_cancel(id, std::move(done));
}

void engine_api::async_fetches(const find_fetches& query, answer_callback<fetch_reports_ptr> done) {
  engine_.async_fetches(query, std::move(done));
}

void engine_api::hint(const std::string& url) {
  engine_.hint(url);
}

void engine_api::async_schedule(const project_id& project,
                                answer_callback<project_schedule_ptr> done) {
  engine_.async_schedule(project, std::move(done));
}

void engine_api::async_scheduler(answer_callback<scheduler_state_ptr> done) {
  engine_.async_scheduler(std::move(done));
}

std::shared_ptr<const status_slot> engine_api::slot_of(const project_id& project) {
  return engine_.slot_of(project);
}

void engine_api::status_shown(std::chrono::nanoseconds took) {
  engine_.status_shown(took);
}

std::shared_ptr<void> engine_api::follow(std::function<void(const engine_event&)> listener) {
  return engine_.follow(std::move(listener));
}

std::string engine_api::metrics() {
  return engine_.metrics();
}

caf::error engine_api::readiness() {
  return engine_.readiness();
}

}  // namespace headway

/// The engine as the gateway sees it.
#pragma once

#include <actors/gateway/api.hpp>

namespace headway {

/// REQUIRES: `target` outlives this object, and this object the gateway that uses it.
class engine_api final : public gateway_api {
 public:
  explicit engine_api(engine& target) : engine_(target) {}

  void async_add(const std::string& path, answer_callback<project_info> done) override;
  void async_remove(const project_id& project, answer_callback<project_info> done) override;
  void async_set_activity(const project_id& project, project_activity wish,
                          answer_callback<project_info> done) override;
  void async_list(const list_projects& query, answer_callback<project_page> done) override;
  void async_find(const project_id& project, answer_callback<project_info> done) override;
  void async_sync_status(const project_id& project, answer_callback<status_answer> done) override;
  void async_fetch(const project_id& project, answer_callback<fetch_report_ptr> done) override;
  void async_fetch_result(fetch_id id, std::chrono::milliseconds patience,
                          answer_callback<fetch_report_ptr> done) override;
  void async_cancel(fetch_id id, answer_callback<fetch_report_ptr> done) override;
  void async_fetches(const find_fetches& query, answer_callback<fetch_reports_ptr> done) override;
  void hint(const std::string& url) override;
  void async_schedule(const project_id& project,
                      answer_callback<project_schedule_ptr> done) override;
  void async_scheduler(answer_callback<scheduler_state_ptr> done) override;
  std::shared_ptr<const status_slot> slot_of(const project_id& project) override;
  void status_shown(std::chrono::nanoseconds took) override;
  std::shared_ptr<void> follow(std::function<void(const engine_event&)> listener) override;
  std::string metrics() override;
  caf::error readiness() override;

 private:
  engine& engine_;
};

}  // namespace headway

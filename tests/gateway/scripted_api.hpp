/// An engine whose answers the test sets.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <actors/gateway/api.hpp>
#include <messages/error.hpp>

namespace headway::test {

/// What one function of the double does. Without a script it answers `not_found`.
template <class Answer, class... Arguments>
class script {
 public:
  using function = std::function<void(Arguments..., answer_callback<Answer>)>;

  void set(function next) {
    const std::scoped_lock lock{mutex_};
    function_ = std::move(next);
  }

  /// Answers the same every time.
  void answer(caf::expected<Answer> what) {
    set([what](Arguments..., answer_callback<Answer> done) { done(what); });
  }

  void run(Arguments... arguments, answer_callback<Answer> done) {
    function now;
    {
      const std::scoped_lock lock{mutex_};
      now = function_;
    }
    if (!now)
      return done(make_error(ec::not_found, "nothing is scripted"));
    now(std::move(arguments)..., std::move(done));
  }

 private:
  std::mutex mutex_;
  function function_;
};

/// Callbacks that nobody has called yet.
template <class Answer>
class held_calls {
 public:
  void keep(answer_callback<Answer> call) {
    const std::scoped_lock lock{mutex_};
    calls_.push_back(std::move(call));
    arrived_.notify_all();
  }

  /// The oldest; waits for it.
  answer_callback<Answer> take() {
    std::unique_lock lock{mutex_};
    arrived_.wait(lock, [this] { return !calls_.empty(); });
    auto call = std::move(calls_.front());
    calls_.pop_front();
    return call;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<answer_callback<Answer>> calls_;
};

class scripted_api final : public gateway_api {
 public:
  script<project_info, std::string> add;
  script<project_info, project_id> remove;
  script<project_info, project_id, project_activity> set_activity;
  script<project_page, list_projects> list;
  script<project_info, project_id> find;
  script<status_answer, project_id> sync_status;
  script<fetch_report_ptr, project_id> fetch;
  script<fetch_report_ptr, fetch_id, std::chrono::milliseconds> fetch_result;
  script<fetch_report_ptr, fetch_id> cancel;
  script<fetch_reports_ptr, find_fetches> fetches;
  script<project_schedule_ptr, project_id> schedule;
  script<scheduler_state_ptr> scheduler;
  status_board board;
  std::atomic<int> shown{0};  ///< Answers that were taken from the board.

  /// Something happens in the engine.
  void tell(const engine_event& news) {
    std::function<void(const engine_event&)> listener;
    {
      const std::scoped_lock lock{mutex_};
      listener = listener_;
    }
    if (listener)
      listener(news);
  }

  void be_ready(caf::error what) {
    const std::scoped_lock lock{mutex_};
    readiness_ = std::move(what);
  }

  void async_add(const std::string& path, answer_callback<project_info> done) override {
    add.run(path, std::move(done));
  }
  void async_remove(const project_id& project, answer_callback<project_info> done) override {
    remove.run(project, std::move(done));
  }
  void async_set_activity(const project_id& project, project_activity wish,
                          answer_callback<project_info> done) override {
    set_activity.run(project, wish, std::move(done));
  }
  void async_list(const list_projects& query, answer_callback<project_page> done) override {
    list.run(query, std::move(done));
  }
  void async_find(const project_id& project, answer_callback<project_info> done) override {
    find.run(project, std::move(done));
  }
  void async_sync_status(const project_id& project, answer_callback<status_answer> done) override {
    sync_status.run(project, std::move(done));
  }
  void async_fetch(const project_id& project, answer_callback<fetch_report_ptr> done) override {
    fetch.run(project, std::move(done));
  }
  void async_fetch_result(fetch_id id, std::chrono::milliseconds patience,
                          answer_callback<fetch_report_ptr> done) override {
    fetch_result.run(id, patience, std::move(done));
  }
  void async_cancel(fetch_id id, answer_callback<fetch_report_ptr> done) override {
    cancel.run(id, std::move(done));
  }
  void async_fetches(const find_fetches& query, answer_callback<fetch_reports_ptr> done) override {
    fetches.run(query, std::move(done));
  }
  void hint(const std::string& url) override {
    const std::scoped_lock lock{mutex_};
    hints_.push_back(url);
  }
  std::vector<std::string> hints() {
    const std::scoped_lock lock{mutex_};
    return hints_;
  }
  void async_schedule(const project_id& project,
                      answer_callback<project_schedule_ptr> done) override {
    schedule.run(project, std::move(done));
  }
  void async_scheduler(answer_callback<scheduler_state_ptr> done) override {
    scheduler.run(std::move(done));
  }
  std::shared_ptr<const status_slot> slot_of(const project_id& project) override {
    return board.find(project);
  }
  void status_shown(std::chrono::nanoseconds) override { ++shown; }
  std::shared_ptr<void> follow(std::function<void(const engine_event&)> listener) override {
    const std::scoped_lock lock{mutex_};
    listener_ = std::move(listener);
    return {this, [](scripted_api* self) {
              const std::scoped_lock end{self->mutex_};
              self->listener_ = nullptr;
            }};
  }
  std::string metrics() override { return "# TYPE headway_projects gauge\nheadway_projects 3\n"; }
  caf::error readiness() override {
    const std::scoped_lock lock{mutex_};
    return readiness_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> hints_;
  caf::error readiness_;
  std::function<void(const engine_event&)> listener_;
};

}  // namespace headway::test

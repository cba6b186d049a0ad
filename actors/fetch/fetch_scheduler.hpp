/// The actor that decides which remote is fetched next and how many fetches run at once. First the
/// prober looks at a remote; only one that has moved is fetched. What next, how many and how long
/// are decided by `probe_queue`, `host_health`, `fetch_queue`, `admission_controller`,
/// `bandwidth_meter` and `fetch_policy`.
///
/// Due times are durable; what waits or runs is only in memory, so that a crash leaves nothing
/// "running".
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <unordered_map>
#include <vector>

#include <actors/actor_shell.hpp>
#include <actors/fetch/admission_controller.hpp>
#include <actors/fetch/bandwidth_meter.hpp>
#include <actors/fetch/fetch_policy.hpp>
#include <actors/fetch/fetch_queue.hpp>
#include <actors/fetch/host_health.hpp>
#include <actors/fetch/probe_queue.hpp>
#include <actors/fetch/store_claims.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>
#include <storage/git/child_process.hpp>

namespace headway {

using fetch_worker_factory = std::function<fetch_worker_actor()>;

/// The last fetch id given out; shared over restarts of the scheduler.
using fetch_id_source = std::shared_ptr<std::atomic<std::uint64_t>>;

/// What the scheduler cannot know by itself.
struct scheduler_environment {
  unsigned cores = 1;
  std::uint64_t seed = 0;
  fetch_id_source ids;
  milliseconds sample_interval{5'000};  ///< Between two looks at the machine.
  std::function<wall_time()> now;       ///< Due times are wall times: they outlive a restart.
  std::shared_ptr<store_claims> claims = std::make_shared<store_claims>();
};

/// Tells of looks that ended quietly.
using quiet_atom = caf::atom_constant<caf::atom("quiet")>;
using timed_scheduler_actor = fetch_scheduler_actor::extend<caf::reacts_to<quiet_atom>>;

class fetch_scheduler : public actor_shell<timed_scheduler_actor> {
 public:
  fetch_scheduler(caf::actor_config& config, engine_context shared, fetch_config settings,
                  scheduler_environment environment, fetch_worker_factory make_worker);

  void on_exit() override;

 protected:
  behavior_type make_behavior() override;

 private:
  using steady_time = std::chrono::steady_clock::time_point;
  using report_promise = caf::typed_response_promise<fetch_report_ptr>;

  /// One remote of one object store, with the projects that share it.
  struct entry {
    fetch_target target;  ///< What is fetched: all that any of the projects needs.
    std::map<std::string, fetch_target> projects;
    remote_state state;
    unsigned timeouts = 0;  ///< In a row.
    std::vector<fetch_id> tickets;
    /// Asked for while it ran: what they want to see may have come to the remote after the running
    /// one looked, so they are served together by one that starts when it has ended.
    std::vector<fetch_id> next_tickets;
    wall_time queued_at{};
    milliseconds queued{};     ///< In queues until the present step began.
    milliseconds probed{};     ///< How long the probe took.
    milliseconds took{};       ///< The last step, on a clock that nobody sets.
    advertised_refs_ptr seen;  ///< By a probe, for the fetch that follows.

    std::string address;  ///< `repository_key` of where it lies.
    std::uint64_t credential = 0;
    remote_habits habits;
    double spending = 0;  ///< Its part of `all_spending_`.
    milliseconds interval{};
    std::optional<wall_time> viewed;
    std::optional<wall_time> begun;        ///< The last attempt.
    bool hinted = false;                   ///< It is due because somebody said that it has moved.
    bool again = false;                    ///< The same was said while it ran.
    bool is_asked_elsewhere = false;       ///< What runs asks the address that it had before.
    bool told_that_it_runs = false;        ///< To its projects.
    std::optional<wall_time> promoted_at;  ///< When it has waited for long enough.
  };

  /// A fetch that somebody (or the schedule) asked for.
  struct ticket {
    fetch_report report;
    std::set<fetch_key> open;
  };
  /// A look that the prober is at.
  struct probe_run {
    probe_batch batch;
    wall_time started;  ///< To be shown.
    steady_time began;  ///< To be measured from: nobody sets this clock.
  };
  /// A fetch that a worker is at.
  struct run {
    fetch_key key;
    fetch_worker_actor worker;
    wall_time started;
    steady_time began;
    std::shared_ptr<git::cancellation> cancel;
    std::string host;  ///< That is asked; the remote may get another address meanwhile.
  };
  struct waiter {
    fetch_id id;
    report_promise promise;
    std::chrono::steady_clock::time_point until;
  };

  void track(const track_project& tracked);
  void untrack(const std::string& project);
  void leave(const fetch_key& key, const std::string& project);
  void drop_if_unused(const fetch_key& key);
  static bool is_new_address(const entry& remote, const std::string& project,
                             const std::string& url);
  void forget_former_address(const fetch_key& key, entry& remote);
  static void merge_targets(entry& remote);
  void schedule(const fetch_key& key, entry& remote, std::optional<wall_time> due);
  caf::result<fetch_report_ptr> fetch(const fetch_request& request);
  caf::result<fetch_report_ptr> await(const await_fetch& request);
  caf::result<fetch_report_ptr> cancel(const cancel_fetch& request);
  void hint(const remote_hint& news);
  void bring_forward(const fetch_key& key, entry& remote);
  void view(const std::string& project);
  void observe(const resource_sample& sample);
  void suspend_login(const fetch_key& key, entry& remote);
  void hold_back(const fetch_key& key, entry& remote);
  void resume_login(const std::string& host, std::uint64_t credential);
  void try_refused_logins();
  void promote_aged();
  void settle_spending(entry& remote);
  void place(const fetch_key& key, entry& remote, std::string address);
  admission_bounds transfer_bounds() const;
  admission_bounds probe_bounds() const;
  void withdraw(fetch_id id, const fetch_key& key);
  void stop_work(const fetch_key& key, entry& remote);
  bool wanted_by_people(const std::vector<fetch_id>& tickets, fetch_id but) const;
  remote_fetch_report cancelled(const fetch_key& key, std::string why) const;
  fetch_id open_ticket(const project_id& project, fetch_reason reason, std::set<fetch_key> keys);
  std::size_t queue_limit() const;
  bool enqueue(const fetch_key& key, entry& remote, fetch_id id, fetch_reason reason);
  void line_up(const fetch_key& key, entry& remote, fetch_reason reason);
  void start_due();
  void put_off(const fetch_key& key, entry& remote, wall_time until);
  void start_admitted();
  void start_probes();
  void probe(const prober_actor& prober, probe_batch batch);
  void probed(std::uint64_t number, const probe_answer& answer);
  void not_probed(std::uint64_t number);
  void follow_up(const fetch_key& key, fetch_reason reason, const probe_run& look,
                 const probe_report& report);
  void start_fetches();
  void begin_step(entry& remote);
  void tell_that_it_runs(entry& remote);
  void tell_of_long_probes();
  void tell_soon(const fetch_key& key);
  void tell_of_quiet_ends();
  void start(const fetch_key& key, entry& remote);
  void end_run(std::uint64_t number, remote_fetch_report report);
  void fail_run(std::uint64_t number, const caf::error& error);
  void ended(const fetch_key& key, remote_fetch_report report);
  void learn(entry& remote, const remote_fetch_report& report);
  static void move_tips(entry& remote, const std::vector<ref_update>& updates);
  void learn_of_host(const std::string& host, host_sign sign,
                     std::optional<milliseconds> retry_after = {});
  void give_up_on(const std::string& host);
  void settle_ticket(fetch_id id, const fetch_key& key, const remote_fetch_report& report);
  void close(ticket& ended_one);
  void keep_report(fetch_report_ptr report);
  void tell(const entry& remote);
  void announce(const entry& remote);
  void announce_to(const std::string& project);
  void store(const entry& remote);
  void tick();
  void watch_clock();
  void replace_worker(const caf::actor_addr& dead);
  void configure(const fetch_config& settings);
  void reschedule(const fetch_key& key, entry& remote);
  scheduler_stats stats() const;
  scheduler_state_ptr state() const;
  std::vector<host_state> host_states() const;
  caf::result<project_schedule_ptr> schedule_of(const schedule_request& request) const;
  remote_schedule schedule_of(const fetch_key& key, const entry& remote) const;
  /// `remote` waits no longer in any queue.
  void stop_aging(const fetch_key& key, entry& remote);
  milliseconds deadline_of(const entry& remote) const {
    return deadline_after(settings_, remote.habits.usual(), remote.timeouts);
  }
  chance random() { return {std::uniform_real_distribution<double>{0, 1}(random_)}; }
  wall_time now() const { return environment_.now(); }
  milliseconds since(steady_time began) const {
    return std::chrono::duration_cast<milliseconds>(clock().now() - began);
  }

  fetch_config settings_;
  scheduler_environment environment_;
  std::mt19937_64 random_;
  fetch_worker_factory make_worker_;
  admission_controller admission_;  ///< Of transfers.
  admission_controller probing_;
  bandwidth_meter bandwidth_;
  host_health hosts_;
  probe_queue probes_;
  fetch_queue queue_;
  std::vector<fetch_worker_actor> workers_;
  std::vector<fetch_worker_actor> idle_;
  std::map<std::uint64_t, probe_run> probe_runs_;
  std::map<std::uint64_t, run> runs_;
  std::uint64_t last_run_ = 0;
  std::map<fetch_key, entry> remotes_;
  std::set<std::pair<wall_time, fetch_key>> due_;
  std::unordered_map<std::string, std::set<fetch_key>> by_project_;
  std::unordered_map<std::string, std::set<fetch_key>> by_address_;  ///< By `repository_key`.
  std::set<std::pair<wall_time, fetch_key>> aging_;  ///< What waits, by when it is promoted.
  std::set<std::pair<std::string, std::uint64_t>> refused_logins_;  ///< Host and credential.
  std::uint64_t login_files_ = 0;
  double all_spending_ = 0;
  std::size_t largest_project_ = 1;    ///< The most remotes of one project so far.
  unsigned unanswered_samples_ = 0;    ///< In a row.
  std::set<fetch_key> ended_quietly_;  ///< Found nothing, for nobody in particular; not told yet.
  std::map<fetch_id, ticket> tickets_;
  std::map<fetch_id, fetch_report_ptr> recent_;
  std::vector<waiter> waiters_;
  std::chrono::steady_clock::time_point next_sample_{};
  /// Now on the wall, and on the clock that only goes forward, when they were last compared.
  std::optional<std::pair<wall_time, std::chrono::steady_clock::time_point>> clocks_;
  std::uint64_t completed_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace headway

/// The actor that owns the open repositories. Decisions are `lease_book`'s (who may use which
/// handle) and `disk_lanes`' (whose turn it is to wait for a disk).
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <variant>
#include <vector>

#include <actors/actor_shell.hpp>
#include <actors/owed_answer.hpp>
#include <actors/repo/disk_lanes.hpp>
#include <actors/repo/lease_book.hpp>
#include <actors/repo/mount_table.hpp>
#include <actors/repo/repo_lease.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>

namespace headway {

/// Spawns one more blocking worker, monitored by nobody yet.
using repo_worker_factory = std::function<repo_worker_actor()>;

class repo_pool : public actor_shell<repo_pool_actor> {
 public:
  repo_pool(caf::actor_config& config, engine_context shared, lease_limits limits,
            pool_config settings, std::size_t workers, repo_worker_factory make_worker,
            mount_reader read_mounts);

  void on_exit() override;

 protected:
  behavior_type make_behavior() override;

 private:
  using lease_promise = owed_answer<repo_lease_ptr>;
  using read_promise = owed_answer<read_refs_answer>;
  using locate_promise = owed_answer<repository_location>;
  using sweep_promise = owed_answer<caf::ok_atom>;
  using clock_point = lease_book::clock::time_point;

  /// Somebody who waits for a lease: an outside asker, or a read of ours.
  struct waiter {
    repository_location location;
    lease_promise promise;
    std::optional<read_refs_request> read;
    read_promise read_answer;
    urgency who;
    clock_point since;
    std::chrono::milliseconds patience;
  };
  /// Work for a blocking worker.
  struct read_work {
    read_refs_job job;
    read_promise promise;
    clock_point since;
  };
  struct locate_work {
    locate_request job;
    locate_promise promise;
  };
  struct sweep_work {
    sweep_request job;
    sweep_promise promise;
  };
  struct open_work {
    open_lease_job job;
    lease_promise promise;
  };
  using work_item = std::variant<read_work, locate_work, sweep_work, open_work>;

  void seek_lease(waiter wait);
  void hurry(const person_waits& news);
  void settle();
  void grant(std::uint64_t ticket, std::uint64_t slot);
  void fail(waiter& wait, caf::error error);
  void give_back(std::uint64_t ticket);
  void give_up(std::uint64_t ticket);
  void offer(work_item item, const std::string& path, urgency who, job_pace pace,
             std::chrono::milliseconds patience);
  void add_worker();
  void pump();
  void run(std::uint64_t job, repo_worker_actor worker, read_work work);
  void run(std::uint64_t job, repo_worker_actor worker, locate_work work);
  void run(std::uint64_t job, repo_worker_actor worker, sweep_work work);
  void run(std::uint64_t job, repo_worker_actor worker, open_work work);
  template <class Answer, class Job, class Promise, class Finish>
  void run(std::uint64_t job, repo_worker_actor worker, Job order, Promise promise, Finish finish);
  void ended(std::uint64_t job, const repo_worker_actor& worker);
  void replace_worker(const caf::actor_addr& dead);
  void tick();
  void adapt(const resource_sample& sample);
  void publish();

  pool_config settings_;
  repo_worker_factory make_worker_;
  lease_book book_;
  disk_lanes lanes_;
  mount_reader read_mounts_;
  mount_table mounts_;
  std::unordered_map<std::uint64_t, work_item> work_;  // That waits for a worker.
  std::vector<repo_worker_actor> workers_;
  std::vector<repo_worker_actor> idle_;
  std::size_t next_closer_ = 0;
  std::uint64_t next_ticket_ = 1;  // Of leases and of work.
  std::unordered_map<std::uint64_t, waiter> waiting_;
  std::unordered_map<std::uint64_t, std::shared_ptr<open_repository>> slots_;
  std::unordered_map<std::uint64_t, std::uint64_t> slot_of_;  // Ticket to slot, while leased.
};

}  // namespace headway

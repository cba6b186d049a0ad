/// The actor that owns the open repositories. Decisions are `lease_book`'s.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <variant>
#include <vector>

#include <actors/actor_shell.hpp>
#include <actors/owed_answer.hpp>
#include <actors/repo/lease_book.hpp>
#include <actors/repo/repo_lease.hpp>
#include <actors/worker_queue.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>

namespace headway {

/// Spawns one more blocking worker, monitored by nobody yet.
using repo_worker_factory = std::function<repo_worker_actor()>;

class repo_pool : public actor_shell<repo_pool_actor> {
 public:
  repo_pool(caf::actor_config& config, engine_context shared, lease_limits limits,
            pool_config settings, std::size_t workers, repo_worker_factory make_worker);

  void on_exit() override;

 protected:
  behavior_type make_behavior() override;

 private:
  using lease_promise = owed_answer<repo_lease_ptr>;
  using read_promise = owed_answer<read_refs_answer>;
  using locate_promise = owed_answer<repository_location>;
  using clock_point = lease_book::clock::time_point;

  /// Somebody who waits for a lease: an outside asker, or a read of ours.
  struct waiter {
    repository_location location;
    lease_promise promise;
    std::optional<read_refs_request> read;
    read_promise read_answer;
    clock_point since;
  };
  /// Whether a repository is looked at for the first time, on a disk that may be slow.
  enum class pace { quick, opening };
  struct read_work {
    read_refs_job job;
    read_promise promise;
    clock_point since;
    pace speed = pace::opening;
  };
  struct locate_work {
    locate_request job;
    locate_promise promise;
    pace speed = pace::opening;
  };
  using work_item = std::variant<read_work, locate_work>;

  void seek_lease(waiter wait, urgency who, std::chrono::milliseconds patience);
  void settle();
  void grant(std::uint64_t ticket, std::uint64_t slot);
  void fail(waiter& wait, caf::error error);
  void give_back(std::uint64_t ticket);
  void give_up(std::uint64_t ticket);
  void pump();
  void offer(work_item item, urgency who);
  void refuse(work_item& item);
  void admit_openings();
  void ended(pace speed);
  void run(repo_worker_actor worker, read_work work);
  void run(repo_worker_actor worker, locate_work work);
  void done(repo_worker_actor worker);
  void replace_worker(const caf::actor_addr& dead);
  void tick();
  void adapt(const resource_sample& sample);
  void publish();

  pool_config settings_;
  repo_worker_factory make_worker_;
  lease_book book_;
  worker_queue<repo_worker_actor, work_item> work_;
  std::deque<work_item> openings_[2];  ///< By urgency; they wait until they may go to `work_`.
  std::size_t opening_ = 0;            ///< Of those that went, how many have not ended.
  std::vector<repo_worker_actor> workers_;
  std::size_t next_closer_ = 0;
  std::uint64_t next_ticket_ = 1;
  std::unordered_map<std::uint64_t, waiter> waiting_;
  std::unordered_map<std::uint64_t, std::shared_ptr<open_repository>> slots_;
  std::unordered_map<std::uint64_t, std::uint64_t> slot_of_;  // Ticket to slot, while leased.
};

}  // namespace headway

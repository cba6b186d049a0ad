/// Which job goes to which blocking worker next: a bounded queue with two priorities in front of
/// idle workers. Workers pull; a job never waits in a busy worker's mailbox while another worker is
/// idle.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include <messages/repo.hpp>

namespace headway {

/// Plain data structure; owned by one dispatcher actor.
template <class Worker, class Job>
class worker_queue {
 public:
  explicit worker_queue(std::size_t limit) : limit_(limit) {}

  void add_idle(Worker worker) { idle_.push_back(std::move(worker)); }

  /// A worker died: it is not handed out again. Its running job is the dispatcher's to fail.
  template <class Predicate>
  void remove_idle_if(Predicate dead) {
    std::erase_if(idle_, dead);
  }

  /// False when the queue is full; the job is untouched then.
  bool offer(Job& job, urgency who) {
    if (waiting() >= limit_)
      return false;
    queues_[static_cast<std::size_t>(who)].push_back(std::move(job));
    return true;
  }

  /// The next job and who is to do it; foreground first, each first come, first served.
  std::optional<std::pair<Worker, Job>> next() {
    if (idle_.empty())
      return std::nullopt;
    for (auto& queue : queues_) {
      if (queue.empty())
        continue;
      std::pair<Worker, Job> result{std::move(idle_.back()), std::move(queue.front())};
      idle_.pop_back();
      queue.pop_front();
      return result;
    }
    return std::nullopt;
  }

  std::size_t waiting() const { return queues_[0].size() + queues_[1].size(); }

  /// Takes out everything that waits, for the dispatcher to fail.
  std::vector<Job> drain() {
    std::vector<Job> result;
    for (auto& queue : queues_) {
      for (auto& job : queue)
        result.push_back(std::move(job));
      queue.clear();
    }
    return result;
  }

  void drop_workers() { idle_.clear(); }

 private:
  std::size_t limit_;
  std::deque<Job> queues_[2];
  std::vector<Worker> idle_;
};

}  // namespace headway

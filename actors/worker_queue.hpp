/// Which job goes to which blocking worker next: a bounded queue with two priorities in front of
/// idle workers. Workers pull; a job never waits in a busy worker's mailbox while another worker is
/// idle.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <messages/repo.hpp>

namespace headway {

/// So many jobs of people in a row begin before one of the background that waits. Whoever asks
/// about what the background is at waits for it, so it must not wait for as long as anybody asks
/// about anything else.
inline constexpr std::size_t most_of_people_in_a_row = 4;

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

  /// People wait now for what was of the background and is `wanted`: it goes to the end of theirs.
  template <class Predicate>
  void promote(Predicate wanted) {
    auto& [people, background] = queues_;
    const auto first = std::stable_partition(background.begin(), background.end(),
                                             [&](const Job& job) { return !wanted(job); });
    std::move(first, background.end(), std::back_inserter(people));
    background.erase(first, background.end());
  }

  /// The next job and who is to do it; foreground first, but not for ever, and each first come,
  /// first served.
  std::optional<std::pair<Worker, Job>> next() {
    auto& [people, background] = queues_;
    if (idle_.empty() || waiting() == 0)
      return std::nullopt;
    const bool turn_of_background =
        people.empty() || (in_a_row_ >= most_of_people_in_a_row && !background.empty());
    in_a_row_ = turn_of_background || background.empty() ? 0 : in_a_row_ + 1;
    auto& queue = turn_of_background ? background : people;
    std::pair<Worker, Job> result{std::move(idle_.back()), std::move(queue.front())};
    idle_.pop_back();
    queue.pop_front();
    return result;
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
  std::size_t in_a_row_ = 0;  ///< Jobs of people that have begun while the background waited.
};

}  // namespace headway

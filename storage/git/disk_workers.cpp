#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <signal.h>

#include <storage/git/disk_workers.hpp>

namespace headway::git {

namespace {

using time_point = std::chrono::steady_clock::time_point;

}  // namespace

/// Owned by every thread, too: one that hangs outlives the object.
struct disk_workers::state {
  /// A thread, and what it has to do.
  struct lane {
    disk_set disks;
    std::deque<job> waiting;
    std::optional<time_point> busy_since;
    std::condition_variable news;
  };
  using lanes = std::list<lane>;

  explicit state(const disk_workers_options& how) : options(how) {}

  lanes::iterator lane_for(const disk_set& disks, const std::shared_ptr<state>& self);
  void run(lanes::iterator own);

  const disk_workers_options options;
  std::mutex mutex;
  std::condition_variable ended;
  lanes running;
  bool stopping = false;
};

disk_workers::state::lanes::iterator disk_workers::state::lane_for(
    const disk_set& disks, const std::shared_ptr<state>& self) {
  if (const auto found = std::ranges::find(running, disks, &lane::disks); found != running.end())
    return found;
  if (running.size() == most)
    return std::ranges::max_element(
        running, {}, [](const lane& one) { return one.busy_since.value_or(time_point::max()); });
  running.emplace_front().disks = disks;
  try {
    std::thread{[self, own = running.begin()] { self->run(own); }}.detach();
  } catch (const std::system_error&) {
    running.pop_front();
    return running.end();
  }
  return running.begin();
}

void disk_workers::state::run(lanes::iterator own) {
  // Signals are for the threads of the program.
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
  std::unique_lock lock{mutex};
  for (;;) {
    own->news.wait_for(lock, options.idle, [&] { return stopping || !own->waiting.empty(); });
    if (own->waiting.empty())
      break;
    auto work = std::move(own->waiting.front());
    own->waiting.pop_front();
    own->busy_since = std::chrono::steady_clock::now();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
    own->busy_since.reset();
  }
  running.erase(own);
  ended.notify_all();
}

disk_workers::disk_workers(const disk_workers_options& options)
    : state_(std::make_shared<state>(options)) {}

disk_workers::~disk_workers() {
  stop();
}

bool disk_workers::give(const disk_set& disks, job work) {
  const std::lock_guard guard{state_->mutex};
  if (state_->stopping)
    return false;
  const auto lane = state_->lane_for(disks, state_);
  if (lane == state_->running.end())
    return false;
  lane->waiting.push_back(std::move(work));
  lane->news.notify_one();
  return true;
}

void disk_workers::stop() {
  std::deque<job> dropped;
  std::unique_lock lock{state_->mutex};
  if (std::exchange(state_->stopping, true))
    return;
  const auto now = std::chrono::steady_clock::now();
  for (auto& lane : state_->running) {
    std::ranges::move(std::exchange(lane.waiting, {}), std::back_inserter(dropped));
    lane.news.notify_one();
  }
  for (;;) {
    // Those that hang for long have had their time.
    auto last = time_point::min();
    for (const auto& lane : state_->running)
      last = std::max(last, lane.busy_since.value_or(now) + state_->options.grace);
    if (last <= std::chrono::steady_clock::now())
      break;
    state_->ended.wait_until(lock, last);
  }
  lock.unlock();
}

}  // namespace headway::git

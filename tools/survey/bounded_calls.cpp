#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include <tools/survey/bounded_calls.hpp>

namespace headway::tools {

namespace {

constexpr std::chrono::milliseconds glance{100};

struct ledger {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t ended = 0;

  void note_end() {
    {
      const std::lock_guard lock{mutex};
      ++ended;
    }
    changed.notify_one();
  }

  std::size_t await_more_than(std::size_t known) {
    std::unique_lock lock{mutex};
    changed.wait_for(lock, glance, [&] { return ended > known; });
    return ended;
  }
};

}  // namespace

bool run_bounded(std::size_t count, std::size_t limit,
                 const std::function<void(std::size_t index, call_done done)>& start,
                 const std::function<pace(std::size_t done_so_far)>& watch) {
  const auto book = std::make_shared<ledger>();
  std::size_t started = 0;
  std::size_t ended = 0;
  while (ended < count) {
    if (watch(ended) == pace::stop)
      return false;
    for (; started < count && started - ended < limit; ++started)
      start(started, [book] { book->note_end(); });
    ended = book->await_more_than(ended);
  }
  watch(ended);
  return true;
}

}  // namespace headway::tools

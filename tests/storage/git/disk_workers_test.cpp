#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <storage/git/disk_workers.hpp>

BOOST_AUTO_TEST_SUITE(disk_workers)

using namespace headway;
using namespace std::chrono_literals;

namespace {

using disk_set = git::disk_workers::disk_set;

/// Something that happens on another thread, and can be waited for.
class event {
 public:
  void happen() { promise_.set_value(); }
  bool happens() const { return future_.wait_for(20s) == std::future_status::ready; }
  void wait() const { future_.wait(); }

 private:
  std::promise<void> promise_;
  std::shared_future<void> future_ = promise_.get_future().share();
};

/// Happens when the thread ends that has called `on_this_thread`.
class thread_end : public event {
 public:
  void on_this_thread() {
    struct at_end {
      explicit at_end(thread_end& which) : ended(which) {}
      ~at_end() { ended.happen(); }
      thread_end& ended;
    };
    thread_local std::optional<at_end> here;
    here.emplace(*this);
  }
};

struct fixture {
  /// A job that lasts until the end of the test, on the thread of `disks`.
  void hang(const disk_set& disks) {
    const auto begun = std::make_shared<event>();
    BOOST_REQUIRE(workers.give(disks, [begun, answer = answer] {
      begun->happen();
      answer->wait();
    }));
    BOOST_REQUIRE(begun->happens());
  }

  /// Whether a job that is given now runs, whatever hangs.
  bool runs(const disk_set& disks) {
    const auto ran = std::make_shared<event>();
    return workers.give(disks, [ran] { ran->happen(); }) && ran->happens();
  }

  ~fixture() { answer->happen(); }

  const std::shared_ptr<event> answer = std::make_shared<event>();
  git::disk_workers workers;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(jobs_of_a_disk_run_in_their_order, fixture) {
  std::vector<int> order;
  for (int i = 0; i < 100; ++i)
    BOOST_REQUIRE(workers.give({1}, [&order, i] { order.push_back(i); }));
  BOOST_REQUIRE(runs({1}));
  BOOST_REQUIRE(order.size() == 100u);
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(order[static_cast<std::size_t>(i)] == i);
}

BOOST_FIXTURE_TEST_CASE(a_disk_that_hangs_holds_up_no_job_that_does_not_need_it, fixture) {
  hang({1});
  BOOST_TEST(runs({2}));
  hang({2, 3});
  BOOST_TEST(runs({2}));
  BOOST_TEST(runs({3}));
}

BOOST_FIXTURE_TEST_CASE(more_disks_than_threads_share_one_that_does_not_hang, fixture) {
  for (std::uint64_t disk = 1; disk < git::disk_workers::most; ++disk)
    hang({disk});
  BOOST_REQUIRE(runs({50}));
  for (std::uint64_t disk = 100; disk < 110; ++disk)
    BOOST_TEST(runs({disk}));
}

BOOST_AUTO_TEST_CASE(a_thread_that_has_nothing_to_do_ends) {
  thread_end ended;
  git::disk_workers workers{{.idle = 1ms}};
  BOOST_REQUIRE(workers.give({1}, [&] { ended.on_this_thread(); }));
  BOOST_TEST(ended.happens());
  event ran;
  BOOST_REQUIRE(workers.give({1}, [&] { ran.happen(); }));
  BOOST_TEST(ran.happens());
}

BOOST_AUTO_TEST_CASE(stopping_waits_for_what_runs) {
  git::disk_workers workers{{.grace = 60s}};
  event begun;
  event answer;
  bool done = false;
  BOOST_REQUIRE(workers.give({1}, [&] {
    begun.happen();
    answer.wait();
    done = true;
  }));
  BOOST_REQUIRE(begun.happens());
  std::thread disk{[&] { answer.happen(); }};
  workers.stop();
  BOOST_TEST(done);
  disk.join();
}

BOOST_AUTO_TEST_CASE(stopping_lets_go_of_what_hangs_and_drops_the_rest) {
  const auto answer = std::make_shared<event>();
  const auto ended = std::make_shared<thread_end>();
  const auto of_dropped = std::make_shared<int>(0);
  {
    git::disk_workers workers{{.grace = 0ms}};
    event begun;
    BOOST_REQUIRE(workers.give({1}, [&begun, answer, ended] {
      ended->on_this_thread();
      begun.happen();
      answer->wait();
    }));
    BOOST_REQUIRE(begun.happens());
    BOOST_REQUIRE(workers.give({1}, [of_dropped] { ++*of_dropped; }));
    workers.stop();
    BOOST_TEST(!workers.give({2}, [] {}));
  }
  BOOST_TEST(of_dropped.use_count() == 1);
  answer->happen();
  BOOST_TEST(ended->happens());
  BOOST_TEST(*of_dropped == 0);
}

BOOST_AUTO_TEST_SUITE_END()

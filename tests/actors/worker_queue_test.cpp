#include <string>

#include <boost/test/unit_test.hpp>

#include <actors/worker_queue.hpp>

BOOST_AUTO_TEST_SUITE(worker_queue)

using namespace headway;

namespace {

using queue = headway::worker_queue<int, std::string>;

bool put(queue& jobs, std::string job, urgency who = urgency::foreground) {
  return jobs.offer(job, who);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_job_waits_until_a_worker_is_idle) {
  queue jobs{4};
  BOOST_TEST(put(jobs, "a"));
  BOOST_TEST(!jobs.next());
  jobs.add_idle(1);
  const auto next = jobs.next();
  BOOST_REQUIRE(next.has_value());
  BOOST_TEST(next->first == 1);
  BOOST_TEST(next->second == "a");
  BOOST_TEST(!jobs.next());
}

BOOST_AUTO_TEST_CASE(people_go_first_and_each_kind_in_order) {
  queue jobs{8};
  put(jobs, "b1", urgency::background);
  put(jobs, "f1");
  put(jobs, "b2", urgency::background);
  put(jobs, "f2");
  std::string order;
  for (int i = 0; i < 4; ++i) {
    jobs.add_idle(i);
    order += jobs.next()->second + " ";
  }
  BOOST_TEST(order == "f1 f2 b1 b2 ");
}

BOOST_AUTO_TEST_CASE(the_turn_of_the_background_comes_however_much_people_ask) {
  queue jobs{8};
  put(jobs, "b", urgency::background);
  std::string order;
  for (std::size_t i = 0; i < most_of_people_in_a_row + 3; ++i) {
    put(jobs, "f");
    jobs.add_idle(0);
    order += jobs.next()->second;
  }
  BOOST_TEST(order == std::string(most_of_people_in_a_row, 'f') + "bff");
}

BOOST_AUTO_TEST_CASE(what_people_come_to_wait_for_goes_to_the_end_of_theirs) {
  queue jobs{8};
  put(jobs, "b1", urgency::background);
  put(jobs, "b2", urgency::background);
  put(jobs, "b3", urgency::background);
  put(jobs, "f1");
  jobs.promote([](const std::string& job) { return job != "b2"; });
  std::string order;
  for (int i = 0; i < 4; ++i) {
    jobs.add_idle(0);
    order += jobs.next()->second + " ";
  }
  BOOST_TEST(order == "f1 b1 b3 b2 ");
}

BOOST_AUTO_TEST_CASE(a_full_queue_leaves_the_job_untouched) {
  queue jobs{2};
  put(jobs, "a");
  put(jobs, "b", urgency::background);
  std::string job = "refused";
  BOOST_TEST(!jobs.offer(job, urgency::foreground));
  BOOST_TEST(job == "refused");
  BOOST_TEST(jobs.waiting() == 2u);
}

BOOST_AUTO_TEST_CASE(a_dead_worker_gets_no_job) {
  queue jobs{4};
  jobs.add_idle(1);
  jobs.add_idle(2);
  jobs.remove_idle_if([](int worker) { return worker == 2; });
  put(jobs, "a");
  put(jobs, "b");
  BOOST_TEST(jobs.next()->first == 1);
  BOOST_TEST(!jobs.next());
}

BOOST_AUTO_TEST_CASE(draining_gives_back_every_job) {
  queue jobs{4};
  put(jobs, "b", urgency::background);
  put(jobs, "a");
  const auto rest = jobs.drain();
  BOOST_TEST(rest == (std::vector<std::string>{"a", "b"}));
  BOOST_TEST(jobs.waiting() == 0u);
  jobs.add_idle(1);
  BOOST_TEST(!jobs.next());
}

BOOST_AUTO_TEST_SUITE_END()

#include <boost/test/unit_test.hpp>

#include <actors/metrics/latency_window.hpp>

BOOST_AUTO_TEST_SUITE(latency_window)

using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(one_of_a_hundred_may_wait_longer_than_the_99th_percentile) {
  headway::latency_window window;
  for (int i = 0; i < 99; ++i)
    window.add(10ms);
  window.add(1s);
  const auto p99 = window.take_p99().value();
  BOOST_TEST((p99 >= 10ms && p99 <= 12ms));
  for (int i = 0; i < 98; ++i)
    window.add(10ms);
  window.add(1s);
  window.add(1s);
  BOOST_TEST((window.take_p99().value() >= 1s));
}

BOOST_AUTO_TEST_CASE(what_was_asked_for_is_forgotten) {
  headway::latency_window window;
  BOOST_TEST(!window.take_p99().has_value());
  window.add(0ns);
  window.add(100h);
  BOOST_TEST(window.take_p99().has_value());
  BOOST_TEST(!window.take_p99().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

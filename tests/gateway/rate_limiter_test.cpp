#include <string>

#include <boost/test/unit_test.hpp>

#include <actors/gateway/rate_limiter.hpp>

BOOST_AUTO_TEST_SUITE(rate_limiter)

using namespace std::chrono_literals;
using limiter = headway::gateway::rate_limiter;

namespace {

const limiter::time_point start{1h};

int admitted(limiter& limits, const std::string& client, limiter::time_point now, int asked) {
  int count = 0;
  for (int i = 0; i < asked; ++i)
    count += limits.admit(client, now) ? 1 : 0;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_CASE(two_seconds_worth_may_come_at_once_and_then_the_rate) {
  limiter limits{10};
  BOOST_TEST(admitted(limits, "a", start, 100) == 20);
  BOOST_TEST(admitted(limits, "a", start + 1s, 100) == 10);
  BOOST_TEST(admitted(limits, "a", start + 1h, 100) == 20);
}

BOOST_AUTO_TEST_CASE(clients_do_not_pay_for_each_other) {
  limiter limits{10};
  BOOST_TEST(admitted(limits, "a", start, 100) == 20);
  BOOST_TEST(admitted(limits, "b", start, 5) == 5);
}

BOOST_AUTO_TEST_CASE(who_has_no_name_and_everybody_without_a_limit_always_may) {
  limiter limits{1};
  BOOST_TEST(admitted(limits, "", start, 1'000) == 1'000);
  limiter none{0};
  BOOST_TEST(admitted(none, "a", start, 1'000) == 1'000);
  BOOST_TEST(none.size() == 0u);
}

BOOST_AUTO_TEST_CASE(many_clients_cost_bounded_memory) {
  limiter limits{1, 100};
  for (int i = 0; i < 1'000; ++i)
    limits.admit(std::to_string(i), start);
  BOOST_TEST(limits.size() == 100u);
  // Those beyond share what one may.
  BOOST_TEST(!limits.admit("another", start));
  BOOST_TEST(limits.admit("another", start + 1h));
  BOOST_TEST(limits.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

#include <thread>

#include <boost/test/unit_test.hpp>

#include <actors/engine_context.hpp>

BOOST_AUTO_TEST_SUITE(engine_context)

using namespace headway;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

BOOST_AUTO_TEST_CASE(nobody_alive_is_extinct_at_once) {
  population living;
  BOOST_TEST(living.await_extinction(steady_clock::now()));
}

BOOST_AUTO_TEST_CASE(one_alive_at_the_deadline_is_told) {
  population living;
  living.join();
  living.join();
  living.leave();
  BOOST_TEST(!living.await_extinction(steady_clock::now() + 1ms));
  living.leave();
  BOOST_TEST(living.await_extinction(steady_clock::now()));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_last_one_wakes_who_waits) {
  population living;
  living.join();
  std::jthread other{[&] { living.leave(); }};
  BOOST_TEST(living.await_extinction(steady_clock::now() + 1min));
}

BOOST_AUTO_TEST_CASE(the_store_is_healthy_again_after_a_write_that_works) {
  health condition;
  BOOST_TEST(!condition.store_error());
  condition.store_failed(make_error(ec::disk_full, "no space"));
  BOOST_TEST((code_of(condition.store_error()) == ec::disk_full));
  condition.store_works();
  BOOST_TEST(!condition.store_error());
}

BOOST_AUTO_TEST_SUITE_END()

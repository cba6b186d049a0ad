#include <boost/test/unit_test.hpp>

#include <storage/db/step_size.hpp>

BOOST_AUTO_TEST_SUITE(step_size)

using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(it_begins_with_little_and_grows_while_steps_are_short) {
  headway::db::step_size size{8, 64};
  BOOST_TEST(size.now() == 8u);
  size.took(100us);
  BOOST_TEST(size.now() == 16u);
  for (int i = 0; i < 10; ++i)
    size.took(100us);
  BOOST_TEST(size.now() == 64u);
}

BOOST_AUTO_TEST_CASE(a_step_that_was_too_long_halves_the_next_and_one_that_fits_does_nothing) {
  headway::db::step_size size{8, 64};
  size.took(0us);
  size.took(0us);
  BOOST_TEST(size.now() == 32u);
  size.took(1ms);
  BOOST_TEST(size.now() == 32u);
  size.took(3ms);
  BOOST_TEST(size.now() == 16u);
  for (int i = 0; i < 10; ++i)
    size.took(1s);
  BOOST_TEST(size.now() == 8u);
}

BOOST_AUTO_TEST_CASE(on_a_disk_of_any_speed_steps_settle_at_the_goal) {
  for (const auto row : {1us, 20us, 90us}) {
    headway::db::step_size size{8, 1'024};
    for (int i = 0; i < 20; ++i)
      size.took(size.now() * row);
    BOOST_TEST((size.now() * row <= headway::db::step_size::goal * 2));
    BOOST_TEST((size.now() == 1'024u || size.now() * row * 4 >= headway::db::step_size::goal));
  }
}

BOOST_AUTO_TEST_SUITE_END()

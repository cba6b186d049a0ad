#include <boost/test/unit_test.hpp>

#include <tools/terminal/meter.hpp>

BOOST_AUTO_TEST_SUITE(meter)

using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(it_tells_how_far_how_fast_and_how_long) {
  headway::terminal::meter meter;
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(meter.text("fetching", 0, 60, begin) == "fetching [····················] 0/60");
  BOOST_TEST(meter.text("fetching", 24, 60, begin + 2s) ==
             "fetching [########············] 24/60, 12/s, 3 s left");
  BOOST_TEST(meter.text("fetching", 60, 60, begin + 5s) ==
             "fetching [####################] 60/60, 12/s");
}

BOOST_AUTO_TEST_CASE(slow_work_has_decimals_and_minutes) {
  headway::terminal::meter meter;
  const auto begin = std::chrono::steady_clock::now();
  meter.text("adding", 0, 100, begin);
  BOOST_TEST(meter.text("adding", 5, 100, begin + 20s).ends_with(" 5/100, 0.2/s, 7 min left"));
}

BOOST_AUTO_TEST_CASE(other_work_begins_anew) {
  headway::terminal::meter meter;
  const auto begin = std::chrono::steady_clock::now();
  meter.text("adding", 0, 10, begin);
  meter.text("adding", 10, 10, begin + 10s);
  BOOST_TEST(meter.text("fetching", 0, 10, begin + 10s).ends_with(" 0/10"));
  BOOST_TEST(meter.text("fetching", 4, 10, begin + 12s).ends_with(" 4/10, 2.0/s, 3 s left"));
  BOOST_TEST(meter.text("fetching", 0, 0, begin + 13s).ends_with(" 0/0"));
}

BOOST_AUTO_TEST_SUITE_END()

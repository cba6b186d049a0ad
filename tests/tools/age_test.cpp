#include <boost/test/unit_test.hpp>

#include <tools/terminal/age.hpp>

namespace headway::test {

using namespace terminal;

BOOST_AUTO_TEST_SUITE(age)

BOOST_AUTO_TEST_CASE(the_unit_grows_with_the_age) {
  using namespace std::chrono;
  const auto now = system_clock::time_point{days{20'000}};
  const auto after = [&](auto passed) { return terminal::age(now - passed, now); };
  BOOST_TEST(after(0s) == "just now");
  BOOST_TEST(after(9s) == "just now");
  BOOST_TEST(after(10s) == "10 s ago");
  BOOST_TEST(after(59s) == "59 s ago");
  BOOST_TEST(after(60s) == "1 min ago");
  BOOST_TEST(after(59min + 59s) == "59 min ago");
  BOOST_TEST(after(1h) == "1 h ago");
  BOOST_TEST(after(23h + 59min) == "23 h ago");
  BOOST_TEST(after(days{1}) == "1 d ago");
  BOOST_TEST(after(days{59}) == "59 d ago");
  BOOST_TEST(after(days{100}) == "3 mo ago");
  BOOST_TEST(after(days{1'000}) == "2 y ago");
}

BOOST_AUTO_TEST_CASE(a_time_ahead_of_the_clock_is_now) {
  const auto now = std::chrono::system_clock::now();
  BOOST_TEST(terminal::age(now + std::chrono::hours{5}, now) == "just now");
}

BOOST_AUTO_TEST_CASE(no_time_is_never) {
  BOOST_TEST(terminal::age(std::nullopt, std::chrono::system_clock::now()) == "never");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

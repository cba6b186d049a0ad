#include <benchmarks/measure/rounds.hpp>
#include <boost/test/unit_test.hpp>

using namespace headway::measure;

BOOST_AUTO_TEST_SUITE(rounds)

BOOST_AUTO_TEST_CASE(contenders_take_turns_and_every_other_round_goes_backwards) {
  std::string order;
  double clock = 0;
  const auto mark = [&](char name) {
    return [&order, &clock, name] {
      order += name;
      return ++clock;
    };
  };
  const std::vector<contender> three{{"a", mark('a')}, {"b", mark('b')}, {"c", mark('c')}};
  const auto costs = run_rounds(3, three);
  BOOST_TEST(order == "abccbaabc");
  BOOST_TEST(costs[0] == (std::vector<double>{1, 6, 7}), boost::test_tools::per_element());
  BOOST_TEST(costs[1] == (std::vector<double>{2, 5, 8}), boost::test_tools::per_element());
  BOOST_TEST(costs[2] == (std::vector<double>{3, 4, 9}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_ratio_is_taken_within_each_round) {
  // The machine was three times slower in the second round: no ratio is the worse for it.
  const auto times = ratio_of(std::vector<double>{10, 33, 12}, std::vector<double>{1, 3, 1});
  BOOST_TEST(times.median == 11);
  BOOST_TEST(times.least == 10);
  BOOST_TEST(times.greatest == 12);
}

BOOST_AUTO_TEST_CASE(a_ratio_reads_as_its_median_with_its_spread) {
  BOOST_TEST(to_text(ratio{152.4, 140.2, 1171}) == "152 (140 to 1,171)");
}

BOOST_AUTO_TEST_SUITE_END()

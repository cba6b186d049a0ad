#include <boost/test/unit_test.hpp>
#include <tests/benchmarks/graph_queries/small_subject.hpp>

using namespace headway;
using namespace headway::graph_queries;

BOOST_AUTO_TEST_SUITE(pair_choice)

BOOST_FIXTURE_TEST_CASE(pairs_are_as_far_apart_as_their_class_says, test::small_subject) {
  random_engine random{1};
  const auto classes = pairs_by_distance(of, *indexed(), 10, random);
  BOOST_REQUIRE(classes.size() >= 3u);
  for (const auto& one : classes)
    for (const auto& pair : one.pairs) {
      const auto counts = of.truth(pair);
      BOOST_TEST(5 * (counts.ahead + counts.behind) >= 4 * one.distance);
      BOOST_TEST(4 * (counts.ahead + counts.behind) <= 5 * one.distance);
    }
}

BOOST_FIXTURE_TEST_CASE(tips_are_commits_and_mostly_recent, test::small_subject) {
  random_engine random{1};
  const auto tips = branch_like_tips(of, 300, random);
  BOOST_TEST(tips.size() == 300u);
  std::size_t recent = 0;
  for (const auto& tip : tips)
    recent += of.number(tip) < of.commits().size() / 10 ? 1 : 0;
  BOOST_TEST(recent > 150u);
  BOOST_TEST(recent < 300u);
}

BOOST_AUTO_TEST_SUITE_END()

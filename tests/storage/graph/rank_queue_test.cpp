#include <random>
#include <set>

#include <boost/test/unit_test.hpp>

#include <storage/graph/rank_queue.hpp>

BOOST_AUTO_TEST_SUITE(rank_queue)

BOOST_AUTO_TEST_CASE(the_greatest_comes_out_first_however_far_they_lie_apart) {
  constexpr std::uint32_t size = 80'000'000;
  headway::graph::rank_queue queue;
  queue.reserve(size);
  std::mt19937_64 random{1};
  std::set<std::uint32_t> expected;
  for (int round = 0; round < 2'000; ++round) {
    // Some close together, some anywhere.
    const auto id =
        static_cast<std::uint32_t>(round % 2 == 0 ? random() % size : size / 2 + random() % 200);
    queue.insert(id);
    expected.insert(id);
  }
  for (auto bound = size - 1; !expected.empty(); expected.erase(bound)) {
    bound = queue.extract_greatest(bound);
    BOOST_REQUIRE(bound == *expected.rbegin());
  }
}

BOOST_AUTO_TEST_SUITE_END()

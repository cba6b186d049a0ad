#include <algorithm>
#include <numeric>
#include <random>

#include <benchmarks/measure/summary.hpp>
#include <boost/test/unit_test.hpp>

using namespace headway::measure;

namespace {

/// 1 to `count`, in no order.
std::vector<double> shuffled(int count) {
  std::vector<double> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 1.0);
  std::shuffle(numbers.begin(), numbers.end(), std::mt19937{7});
  return numbers;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(summary)

BOOST_AUTO_TEST_CASE(a_percentile_is_the_least_sample_that_so_many_do_not_exceed) {
  BOOST_TEST(percentile(shuffled(100), 50) == 50);
  BOOST_TEST(percentile(shuffled(100), 95) == 95);
  BOOST_TEST(percentile(shuffled(100), 99) == 99);
  BOOST_TEST(percentile(shuffled(100), 100) == 100);
  BOOST_TEST(percentile(shuffled(101), 99) == 100);
  BOOST_TEST(percentile(shuffled(10), 99) == 10);
  BOOST_TEST(percentile(shuffled(10), 1) == 1);
  BOOST_TEST(percentile(shuffled(1000), 99.9) == 999);
}

BOOST_AUTO_TEST_CASE(a_percentile_of_few_samples_is_one_of_them) {
  BOOST_TEST(percentile({3, 1, 2}, 50) == 2);
  BOOST_TEST(percentile({4, 1, 2, 3}, 50) == 2);
  BOOST_TEST(percentile({5}, 1) == 5);
}

BOOST_AUTO_TEST_CASE(the_median_of_an_even_number_lies_between_the_middle_two) {
  BOOST_TEST(median({4, 1, 2, 3}) == 2.5);
  BOOST_TEST(median({9, 1, 2}) == 2);
  BOOST_TEST(median({7}) == 7);
}

BOOST_AUTO_TEST_CASE(a_summary_tells_ends_mean_and_percentiles) {
  const auto all = summarize(shuffled(200));
  BOOST_TEST(all.count == 200);
  BOOST_TEST(all.mean == 100.5);
  BOOST_TEST(all.p50 == 100);
  BOOST_TEST(all.p95 == 190);
  BOOST_TEST(all.p99 == 198);
  BOOST_TEST(all.least == 1);
  BOOST_TEST(all.greatest == 200);
}

BOOST_AUTO_TEST_CASE(no_samples_have_an_empty_summary) {
  BOOST_TEST(summarize({}).count == 0);
}

BOOST_AUTO_TEST_SUITE_END()

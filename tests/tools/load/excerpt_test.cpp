#include <boost/test/unit_test.hpp>

#include <tools/load/excerpt.hpp>

using namespace headway::load;
using namespace std::chrono_literals;

namespace {

scenario with_groups(std::vector<std::uint64_t> counts) {
  scenario plan;
  for (const auto count : counts)
    plan.projects.push_back({.count = count, .spare = 3});
  return plan;
}

std::vector<std::uint64_t> counts_in(const scenario& plan) {
  std::vector<std::uint64_t> result;
  for (const auto& group : plan.projects)
    result.push_back(group.count);
  return result;
}

std::vector<std::uint64_t> of_size(std::vector<std::uint64_t> counts, std::uint64_t projects) {
  return counts_in(excerpt_of_size(with_groups(std::move(counts)), projects));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(excerpt)

BOOST_AUTO_TEST_CASE(a_shorter_run_leaves_four_fifths_of_itself_to_judge) {
  scenario plan;
  plan.duration = 1h;
  plan.warm_up = 10min;
  BOOST_TEST((excerpt_of_length(plan, 5min).duration == 5min));
  BOOST_TEST((excerpt_of_length(plan, 5min).warm_up == 1min));
  BOOST_TEST((excerpt_of_length(plan, 2h).warm_up == 10min));
}

BOOST_AUTO_TEST_CASE(fewer_projects_keep_the_proportion_of_their_groups) {
  const std::vector<std::uint64_t> tenth{750, 250};
  BOOST_TEST(of_size({7'500, 2'500}, 1'000) == tenth, boost::test_tools::per_element());
  const std::vector<std::uint64_t> thirds{33, 34, 33};
  BOOST_TEST(of_size({10, 10, 10}, 100) == thirds, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_group_keeps_a_project) {
  const std::vector<std::uint64_t> both{9, 1};
  BOOST_TEST(of_size({1'000, 1}, 10) == both, boost::test_tools::per_element());
  const std::vector<std::uint64_t> one_each{1, 1, 1};
  BOOST_TEST(of_size({500, 400, 100}, 1) == one_each, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

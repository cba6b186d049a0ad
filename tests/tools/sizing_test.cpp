#include <cmath>

#include <boost/test/unit_test.hpp>

#include <tools/headway/plan.hpp>

namespace headway::test {

using namespace tools;

namespace {

using namespace std::chrono_literals;

/// A thousand projects at hosts that answer in a tenth of a second.
fleet thousand() {
  return {.projects = 1'000,
          .hosts = 10,
          .branches = 5,
          .commits = 10'000,
          .changes = 0,
          .requests = 0,
          .round_trip = 60ms,
          .answers_in = 40ms};
}

engine_config generous() {
  engine_config settings;
  settings.fetch.budget_percent = 1'000;
  return settings;
}

constexpr unit_costs free{};

}  // namespace

BOOST_AUTO_TEST_SUITE(sizing)

BOOST_AUTO_TEST_CASE(a_small_fleet_is_looked_at_at_the_shortest_interval) {
  const auto expected = foresee(thousand(), generous(), free);
  BOOST_TEST(expected.interval == 60.0);
  BOOST_TEST(expected.bound_by == "fetch.min_interval");
  // An interval begins with the end of a look.
  BOOST_TEST(expected.looks == 1'000 / 60.1, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(expected.looks_at_once == 100 / 60.1, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(the_budget_of_looks_makes_the_interval_longer) {
  // 1,000 looks of 0.1 s take 100 s one after the other; half of one at a time is 200 s.
  const auto expected = foresee(thousand(), engine_config{}, free);
  BOOST_TEST(expected.interval == 200.0, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(expected.bound_by == "fetch.budget_percent");
  BOOST_TEST(expected.looks_at_once == 0.5, boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(changes_take_their_part_of_the_budget) {
  auto busy = thousand();
  busy.changes = 1'440;  // Every minute.
  BOOST_TEST(foresee(busy, engine_config{}, free).interval >
             1.3 * foresee(thousand(), engine_config{}, free).interval);
}

BOOST_AUTO_TEST_CASE(the_longer_the_interval_the_more_looks_are_followed_by_a_fetch) {
  auto busy = thousand();
  busy.changes = 144;  // Every ten minutes.
  const auto interval = foresee(busy, engine_config{}, free).interval;
  const auto moved = 1 - std::exp(-interval / 600);
  BOOST_TEST(interval == 1'000 * (0.1 + moved * (2 * 0.06 + 0.04)) / 0.5,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(one_host_takes_no_more_looks_at_once_than_its_limit) {
  auto many = thousand();
  many.projects = 100'000;
  many.hosts = 1;
  auto settings = generous();
  settings.fetch.budget_percent = 10'000;
  const auto at_one = foresee(many, settings, free);
  BOOST_TEST(at_one.bound_by == "fetch.max_probes_per_host");
  BOOST_TEST(at_one.interval == 100'000 * 0.1 / 32, boost::test_tools::tolerance(1e-9));
  many.hosts = 100;
  const auto at_many = foresee(many, settings, free);
  BOOST_TEST(at_many.bound_by == "fetch.budget_percent");
  settings.fetch.max_probes = 64;
  BOOST_TEST(foresee(many, settings, free).bound_by == "fetch.max_probes");
}

BOOST_AUTO_TEST_CASE(no_interval_is_longer_than_the_longest) {
  auto many = thousand();
  many.projects = 1'000'000;
  const auto expected = foresee(many, engine_config{}, free);
  BOOST_TEST(expected.interval == 6 * 3'600.0);
  BOOST_TEST(expected.bound_by == "fetch.max_interval");
}

BOOST_AUTO_TEST_CASE(ages_follow_the_interval_and_its_jitter) {
  auto settings = generous();
  settings.fetch.jitter_percent = 0;
  const auto even = foresee(thousand(), settings, free);
  BOOST_TEST(even.mean_age == 60.1 / 2, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(even.p99_age == 0.99 * 60.1, boost::test_tools::tolerance(1e-9));
  settings.fetch.jitter_percent = 10;
  const auto jittered = foresee(thousand(), settings, free);
  BOOST_TEST(jittered.mean_age > even.mean_age);
  BOOST_TEST(jittered.p99_age > even.p99_age);
  BOOST_TEST(jittered.p99_age < 66.0);
}

BOOST_AUTO_TEST_CASE(a_change_costs_a_fetch_and_several_between_two_looks_cost_one) {
  auto busy = thousand();
  busy.changes = 24 * 60 * 60;  // Every second, and a look every minute.
  BOOST_TEST(foresee(busy, generous(), free).fetches == 1'000 / 60.1,
             boost::test_tools::tolerance(1e-3));
  busy.changes = 1;
  BOOST_TEST(foresee(busy, generous(), free).fetches == 1'000 / 86'400.0,
             boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(costs_add_up) {
  auto what = thousand();
  what.projects = 601;  // Ten looks in a second.
  what.changes = 144;   // One fetch in a second, less what falls together.
  what.requests = 50;
  const unit_costs costs{.look_seconds = 0.001,
                         .look_branch_seconds = 0.0001,
                         .fetch_seconds = 0.01,
                         .request_seconds = 0.0002,
                         .idle_share = 0.01,
                         .idle_project_share = 0.0001,
                         .look_bytes = 500,
                         .look_branch_bytes = 100,
                         .fetch_bytes = 10'000,
                         .base_memory = 1e7,
                         .looking_memory = 2e6,
                         .project_memory = 10'000,
                         .fetched_project_memory = 3'000,
                         .branch_memory = 1'000,
                         .commit_memory = 40};
  const auto expected = foresee(what, generous(), costs);
  BOOST_TEST(expected.look_cpu == 10 * 0.0015, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(expected.fetch_cpu == expected.fetches * 0.01, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(expected.request_cpu == 0.01, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(expected.idle_cpu == 0.0701, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(expected.bytes == 10'000 + expected.fetches * 10'000,
             boost::test_tools::tolerance(1e-9));
  BOOST_TEST(expected.base_memory == 1.2e7, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(expected.project_memory == 601 * 18'000.0, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(expected.graph_memory == 601 * 10'000 * 40.0, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(
      expected.memory() == expected.graph_memory + expected.project_memory + expected.base_memory,
      boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(what_a_fetch_leaves_in_memory_is_not_counted_where_nothing_changes) {
  auto still = thousand();
  still.changes = 0;
  const unit_costs costs{.project_memory = 10'000, .fetched_project_memory = 3'000};
  BOOST_TEST(foresee(still, generous(), costs).project_memory == still.projects * 10'000,
             boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(graphs_take_no_more_than_their_budget) {
  auto large = thousand();
  large.commits = 1'300'000;
  engine_config settings;
  settings.graph.memory_budget = 100ull << 20;
  BOOST_TEST(foresee(large, settings, measured_costs()).graph_memory ==
             static_cast<double>(100ull << 20));
}

BOOST_AUTO_TEST_CASE(a_plan_tells_each_figure_with_its_unit) {
  forecast expected{.interval = 200,
                    .bound_by = "fetch.budget_percent",
                    .mean_age = 100,
                    .p99_age = 207,
                    .looks = 5,
                    .looks_at_once = 0.5,
                    .fetches = 0.25,
                    .look_cpu = 0.02,
                    .fetch_cpu = 0.01,
                    .request_cpu = 0.005,
                    .idle_cpu = 0.015,
                    .bytes = 2'560,
                    .project_memory = 20.0 * (1 << 20),
                    .graph_memory = 300.0 * (1 << 20),
                    .base_memory = 4.0 * (1 << 20)};
  BOOST_TEST(plan_text(thousand(), expected) ==
             "1000 projects, 10 hosts: each remote is looked at every 3 min, bound by "
             "fetch.budget_percent\n"
             "  staleness  100 s on average, p99 3 min\n"
             "  looks      5 a second, 0.5 at once; 0.25 fetches a second\n"
             "  CPU        5.0 % of a core: looks 2.0, fetches 1.0, answers 0.5, idling 1.5\n"
             "  network    2.5 KiB a second, 6.2 GiB a month\n"
             "  memory     324 MiB: graphs 300 MiB, projects 20 MiB, the rest 4.0 MiB\n");
  BOOST_TEST(plan_json(expected).find("\"bound_by\":\"fetch.budget_percent\"") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

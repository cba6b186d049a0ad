#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <actors/fetch/fetch_policy.hpp>

BOOST_AUTO_TEST_SUITE(fetch_policy)

using namespace headway;
using namespace std::chrono_literals;

namespace {

const wall_time start{std::chrono::seconds{1'700'000'000}};

fetch_config settings() {
  fetch_config config;
  config.min_interval = 60s;
  config.max_interval = 6h;
  config.jitter_percent = 10;
  config.backoff = 5s;
  config.max_backoff = 15min;
  config.deadline = 2min;
  config.max_deadline = 30min;
  return config;
}

milliseconds interval_when_quiet_for(milliseconds quiet, double random = 0.5) {
  return interval_after_success(settings(), start, start - quiet, {}, 0, {}, {random});
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_changed_long_ago_is_asked_less_often) {
  BOOST_TEST((interval_when_quiet_for(0s) == 60s));
  BOOST_TEST((interval_when_quiet_for(10min) == 5min));
  BOOST_TEST((interval_when_quiet_for(4h) == 2h));
  BOOST_TEST((interval_when_quiet_for(24h * 365) == 6h));
  // A clock that was set back makes the last change lie ahead.
  BOOST_TEST((interval_when_quiet_for(-5h) == 60s));
}

BOOST_AUTO_TEST_CASE(jitter_moves_an_interval_by_its_share_at_most) {
  BOOST_TEST((interval_when_quiet_for(10min, 0.0) == 270s));
  BOOST_TEST((interval_when_quiet_for(10min, 1.0) == 330s));
  std::mt19937_64 random{1};
  std::uniform_real_distribution<double> any{0, 1};
  for (int i = 0; i < 1'000; ++i) {
    const auto interval = interval_when_quiet_for(10min, any(random));
    BOOST_TEST((interval >= 270s && interval <= 330s));
  }
}

BOOST_AUTO_TEST_CASE(failures_wait_exponentially_within_bounds) {
  const auto config = settings();
  BOOST_TEST((delay_after_failure(config, 0, {1.0}) == 5s));
  BOOST_TEST((delay_after_failure(config, 1, {1.0}) == 5s));
  BOOST_TEST((delay_after_failure(config, 2, {1.0}) == 10s));
  BOOST_TEST((delay_after_failure(config, 5, {1.0}) == 80s));
  BOOST_TEST((delay_after_failure(config, 4'000'000'000u, {1.0}) == 15min));
  for (unsigned failures = 1; failures < 20; ++failures)
    BOOST_TEST((delay_after_failure(config, failures, {0.0}) == 2'500ms));
}

BOOST_AUTO_TEST_CASE(each_kind_of_failure_has_its_own_wait) {
  const auto config = settings();
  BOOST_TEST(!retry_delay(config, ec::auth_required, 1, {0.5}).has_value());
  for (const auto code : {ec::missing, ec::not_found, ec::corrupt, ec::config,
                          ec::permission_denied, ec::budget_exceeded})
    BOOST_TEST((retry_delay(config, code, 1, {0.5}) == config.max_interval));
  BOOST_TEST((retry_delay(config, ec::cancelled, 9, {0.5}) == config.min_interval));
  for (const unsigned failures : {1u, 2u, 3u})
    BOOST_TEST((retry_delay(config, ec::in_use, failures, {0.5}) == 1s));
  BOOST_TEST((retry_delay(config, ec::in_use, 4, {0.5}) == 1min));
  for (const auto code :
       {ec::network, ec::remote, ec::deadline_exceeded, ec::disk_full, ec::internal})
    BOOST_TEST((retry_delay(config, code, 3, {0.5}) == delay_after_failure(config, 3, {0.5})));
}

BOOST_AUTO_TEST_CASE(the_deadline_doubles_with_each_time_out_up_to_its_most) {
  const auto config = settings();
  BOOST_TEST((deadline_after(config, 0s, 0) == 2min));
  BOOST_TEST((deadline_after(config, 0s, 1) == 4min));
  BOOST_TEST((deadline_after(config, 0s, 3) == 16min));
  BOOST_TEST((deadline_after(config, 0s, 4) == 30min));
  BOOST_TEST((deadline_after(config, 0s, 1'000) == 30min));
}

BOOST_AUTO_TEST_CASE(the_deadline_is_four_times_what_fetches_usually_take_within_bounds) {
  const auto config = settings();
  BOOST_TEST((deadline_after(config, 10s, 0) == 2min));
  BOOST_TEST((deadline_after(config, 60s, 0) == 4min));
  BOOST_TEST((deadline_after(config, 60s, 1) == 8min));
  BOOST_TEST((deadline_after(config, 10min, 0) == 30min));
}

BOOST_AUTO_TEST_CASE(what_fetches_usually_take_is_the_95th_percentile_of_the_last_twenty) {
  remote_habits habits;
  BOOST_TEST((habits.usual() == 0s));
  habits.learn_fetch(9min);
  BOOST_TEST((habits.usual() == 9min));
  for (int i = 1; i < 20; ++i)
    habits.learn_fetch(std::chrono::seconds{i});
  BOOST_TEST((habits.usual() == 19s));
  habits.learn_fetch(20s);
  BOOST_TEST((habits.usual() == 19s));
  habits.learn_fetch(1s);
  BOOST_TEST((habits.usual() == 19s));
}

BOOST_AUTO_TEST_CASE(what_became_due_while_nobody_ran_is_spread) {
  const auto config = settings();
  BOOST_TEST((due_after_restart(config, start - 5h, start, {0.0}) == start));
  BOOST_TEST((due_after_restart(config, start - 5h, start, {0.5}) == start + 15s));
  BOOST_TEST((due_after_restart(config, start - 1s, start, {0.999}) < start + 30s));
}

BOOST_AUTO_TEST_CASE(what_is_not_due_yet_keeps_its_time_but_never_waits_for_ever) {
  const auto config = settings();
  BOOST_TEST((due_after_restart(config, start + 2h, start, {0.5}) == start + 2h));
  BOOST_TEST((due_after_restart(config, start + 24h * 365, start, {0.5}) <= start + 8h));
}

namespace {

remote_habits habits_of(double cost, double changes_a_day) {
  return {.cost = cost, .changes = 100 * changes_a_day, .observed = 100 * 86'400};
}

/// Of each remote, when all of them share the budget.
std::vector<double> intervals_of(const fetch_config& config, const std::vector<remote_habits>& all,
                                 double weight = 1) {
  double spent = 0;
  for (const auto& one : all)
    spent += spending(one, weight);
  std::vector<double> result;
  for (const auto& one : all)
    result.push_back(
        double(interval_after_success(config, start, start - 1h, one, spent, {weight, false}, {0.5})
                   .count()) /
        1e3);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(intervals_grow_with_the_root_of_cost_and_shrink_with_the_root_of_change) {
  auto config = settings();
  config.min_interval = 1ms;
  config.max_interval = 365 * 24h;
  std::vector<remote_habits> all(50, habits_of(0.1, 10));
  all.push_back(habits_of(0.4, 10));
  all.push_back(habits_of(0.1, 40));
  const auto found = intervals_of(config, all);
  BOOST_TEST(found[50] == 2 * found[0], boost::test_tools::tolerance(0.02));
  BOOST_TEST(found[51] == found[0] / 2, boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_CASE(all_remotes_together_stay_within_the_budget) {
  auto config = settings();
  config.min_interval = 1ms;
  config.max_interval = 365 * 24h;
  config.budget_percent = 5;
  std::vector<remote_habits> all;
  for (int i = 1; i <= 100; ++i)
    all.push_back(habits_of(0.01 * i, 50.0 / i + 1));
  const auto found = intervals_of(config, all);
  double share = 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    share += all[i].cost / found[i];
  BOOST_TEST(share == 0.05, boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_CASE(no_other_choice_of_intervals_leaves_remotes_fresher_for_the_same_cost) {
  auto config = settings();
  config.min_interval = 1ms;
  config.max_interval = 365 * 24h;
  const std::vector<remote_habits> all{habits_of(0.02, 100), habits_of(0.5, 20), habits_of(2, 3)};
  const auto best = intervals_of(config, all);
  const auto staleness = [&](const std::vector<double>& intervals) {
    double sum = 0;
    for (std::size_t i = 0; i < all.size(); ++i)
      sum += all[i].rate() * intervals[i] / 2;
    return sum;
  };
  const auto cost = [&](const std::vector<double>& intervals) {
    double sum = 0;
    for (std::size_t i = 0; i < all.size(); ++i)
      sum += all[i].cost / intervals[i];
    return sum;
  };
  std::mt19937_64 random{1};
  std::uniform_real_distribution<double> factor{0.3, 3};
  for (int round = 0; round < 1'000; ++round) {
    auto other = best;
    for (auto& one : other)
      one *= factor(random);
    // The same cost.
    const auto scale = cost(other) / cost(best);
    for (auto& one : other)
      one *= scale;
    BOOST_TEST(staleness(other) >= 0.999 * staleness(best));
  }
}

BOOST_AUTO_TEST_CASE(without_two_changes_seen_silence_decides_within_the_budget) {
  const auto config = settings();
  const auto interval = [&](double all) {
    return interval_after_success(config, start, start - 10min, {.cost = 0.1, .observed = 600}, all,
                                  {}, {0.5});
  };
  BOOST_TEST((interval(0) == 5min));
  BOOST_TEST((interval(1e3) == config.max_interval));
}

BOOST_AUTO_TEST_CASE(what_somebody_looks_at_is_at_most_a_minute_old) {
  auto config = settings();
  config.min_interval = 1s;
  const auto viewed = attention_of(start - 9min, start);
  BOOST_TEST(viewed.viewed);
  BOOST_TEST((interval_after_success(config, start, start - 5h, {}, 1e3, viewed, {0.5}) == 60s));
  BOOST_TEST(!attention_of(start - 11min, start).viewed);
  BOOST_TEST(attention_of(start - 11min, start).weight > attention_of(start - 5h, start).weight);
  BOOST_TEST(attention_of(start - 25h, start).weight == 1);
  BOOST_TEST(attention_of(std::nullopt, start).weight == 1);
}

BOOST_AUTO_TEST_CASE(habits_are_averages_of_what_was_seen) {
  remote_habits habits;
  BOOST_TEST(habits.rate() == 1.0 / 86'400);
  habits.learn(100ms, 0ms, false);
  BOOST_TEST(habits.cost == 0.1);
  for (int i = 0; i < 50; ++i)
    habits.learn(200ms, 1h, i % 2 == 0);
  BOOST_TEST(habits.cost == 0.2, boost::test_tools::tolerance(0.001));
  BOOST_TEST(habits.changes == 25);
  BOOST_TEST(habits.observed == 50 * 3'600.0);
}

BOOST_AUTO_TEST_CASE(ids_go_on_after_those_that_were_stored_and_those_that_only_were_seen) {
  BOOST_TEST(last_id_at_start({}, start).value == 1'700'000'000'000u);
  BOOST_TEST(last_id_at_start({17}, start).value == 1'700'000'000'000u);
  // The clock was set back.
  BOOST_TEST(last_id_at_start({1'700'000'000'001}, start).value == 1'700'000'000'001u);
  BOOST_TEST(last_id_at_start({17}, wall_time{-1h}).value == 17u);
  BOOST_TEST(last_id_at_start({}, wall_time::max()).value < std::uint64_t{1} << 53);
}

BOOST_AUTO_TEST_SUITE_END()

#include <random>

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
  return interval_after_success(settings(), start, start - quiet, {random});
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
  for (const auto code : {ec::missing, ec::corrupt, ec::config, ec::permission_denied})
    BOOST_TEST((retry_delay(config, code, 1, {0.5}) == config.max_interval));
  BOOST_TEST((retry_delay(config, ec::cancelled, 9, {0.5}) == config.min_interval));
  for (const auto code :
       {ec::network, ec::remote, ec::deadline_exceeded, ec::disk_full, ec::internal})
    BOOST_TEST((retry_delay(config, code, 3, {0.5}) == delay_after_failure(config, 3, {0.5})));
}

BOOST_AUTO_TEST_CASE(the_deadline_doubles_with_each_time_out_up_to_its_most) {
  const auto config = settings();
  BOOST_TEST((deadline_after(config, 0) == 2min));
  BOOST_TEST((deadline_after(config, 1) == 4min));
  BOOST_TEST((deadline_after(config, 3) == 16min));
  BOOST_TEST((deadline_after(config, 4) == 30min));
  BOOST_TEST((deadline_after(config, 1'000) == 30min));
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

BOOST_AUTO_TEST_SUITE_END()

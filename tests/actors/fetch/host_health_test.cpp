#include <algorithm>
#include <random>

#include <boost/test/unit_test.hpp>

#include <actors/fetch/host_health.hpp>

BOOST_AUTO_TEST_SUITE(host_health)

using namespace headway;
using namespace std::chrono_literals;
using news = headway::host_health::news;

namespace {

const std::string host = "https://example.org:443";

struct fixture {
  news tell(host_sign sign, std::optional<milliseconds> retry_after = {}) {
    return health.learn(host, sign, retry_after, now, {0.5});
  }
  void break_it() {
    for (int i = 0; i < 4; ++i)
      BOOST_TEST((tell(host_sign::ill) == news::none));
    BOOST_TEST((tell(host_sign::ill) == news::closed));
  }
  bool open() const { return !health.closed_until(host, now).has_value(); }
  std::size_t limit(fetch_reason reason = fetch_reason::due) const {
    return health.limit(host, now, reason);
  }

  wall_time now{1000s};
  headway::host_health health{16};
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_host_without_a_story_is_well, fixture) {
  BOOST_TEST(open());
  BOOST_TEST(limit() == 16u);
  BOOST_TEST(health.trouble(host, now).empty());
  BOOST_TEST((tell(host_sign::well) == news::none));
  BOOST_TEST((tell(host_sign::none) == news::none));
  BOOST_TEST(health.ailing().empty());
}

BOOST_FIXTURE_TEST_CASE(failures_halve_what_it_is_asked_and_successes_bring_it_back, fixture) {
  tell(host_sign::ill);
  BOOST_TEST(limit() == 8u);
  tell(host_sign::throttled);
  BOOST_TEST(limit() == 4u);
  for (int i = 0; i < 4; ++i)
    tell(host_sign::well);
  BOOST_TEST(limit() == 5u);
  for (int i = 0; i < 200; ++i)
    tell(host_sign::well);
  BOOST_TEST(limit() == 16u);
  BOOST_TEST(health.ailing().empty());
}

BOOST_FIXTURE_TEST_CASE(five_failures_in_a_row_close_it_for_the_background, fixture) {
  for (int i = 0; i < 4; ++i)
    tell(host_sign::ill);
  tell(host_sign::well);
  for (int i = 0; i < 4; ++i)
    tell(host_sign::ill);
  BOOST_TEST(open());
  BOOST_TEST((tell(host_sign::ill) == news::closed));
  BOOST_TEST(!open());
  BOOST_TEST(limit() == 0u);
  BOOST_TEST(limit(fetch_reason::user_asked) == 1u);
  BOOST_TEST(health.trouble(host, now).find("5 times") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(after_the_pause_one_asks_and_the_others_wait_for_it, fixture) {
  break_it();
  now += 67s;
  BOOST_TEST(open());
  BOOST_TEST(limit() == 1u);
  health.asked(host);
  BOOST_TEST(!open());
  BOOST_TEST((tell(host_sign::well) == news::opened));
  BOOST_TEST(open());
  BOOST_TEST(health.failures(host) == 0u);
}

BOOST_FIXTURE_TEST_CASE(pauses_double_up_to_a_quarter_of_an_hour, fixture) {
  break_it();
  for (const milliseconds pause : {1min, 2min, 4min, 8min, 15min, 15min}) {
    const auto until = health.closed_until(host, now).value();
    BOOST_TEST((until >= now + pause && until <= now + pause + pause / 10));
    now = until;
    health.asked(host);
    BOOST_TEST((tell(host_sign::ill) == news::closed));
  }
}

BOOST_FIXTURE_TEST_CASE(an_attempt_that_says_nothing_leaves_it_closed_until_the_next_one, fixture) {
  break_it();
  now += 67s;
  health.asked(host);
  BOOST_TEST((tell(host_sign::none) == news::none));
  BOOST_TEST(!open());
  BOOST_TEST(limit() == 0u);
  now += 67s;
  BOOST_TEST(open());
  BOOST_TEST(limit() == 1u);
  health.asked(host);
  BOOST_TEST((tell(host_sign::well) == news::opened));
}

BOOST_FIXTURE_TEST_CASE(a_host_is_left_alone_for_as_long_as_it_asks, fixture) {
  tell(host_sign::throttled, 100s);
  BOOST_TEST((health.closed_until(host, now) == now + 100s));
  BOOST_TEST(limit(fetch_reason::user_asked) == 0u);
  BOOST_TEST(health.trouble(host, now).find("left alone") != std::string::npos);
  tell(host_sign::well);  // One that had been asked before.
  BOOST_TEST(!open());
  now += 100s;
  BOOST_TEST(open());
  tell(host_sign::throttled, 10'000h);
  BOOST_TEST((health.closed_until(host, now) == now + 6h));
}

BOOST_FIXTURE_TEST_CASE(local_paths_have_no_host_that_could_be_ill, fixture) {
  for (int i = 0; i < 20; ++i)
    BOOST_TEST((health.learn("file", host_sign::ill, {}, now, {0.5}) == news::none));
  BOOST_TEST(!health.closed_until("file", now).has_value());
  BOOST_TEST(health.limit("file", now, fetch_reason::due) == 16u);
}

BOOST_FIXTURE_TEST_CASE(limits_follow_the_configuration, fixture) {
  tell(host_sign::ill);
  health.configure(4);
  BOOST_TEST(limit() == 4u);
  BOOST_TEST(health.limit("https://other:443", now, fetch_reason::due) == 4u);
}

BOOST_FIXTURE_TEST_CASE(whatever_happens_a_host_is_asked_again_in_the_end, fixture) {
  std::mt19937 random{11};
  for (int round = 0; round < 20'000; ++round) {
    now += milliseconds{random() % 60'000};
    if (open() && limit() > 0)
      health.asked(host);
    const auto sign = static_cast<host_sign>(random() % 4);
    tell(sign, random() % 5 == 0 ? std::optional{milliseconds{random() % 100'000}} : std::nullopt);
    BOOST_REQUIRE(limit(fetch_reason::user_asked) <= 16u);
    const auto until = health.closed_until(host, now);
    if (until)
      BOOST_REQUIRE((*until > now && *until <= now + 17min));
  }
}

BOOST_FIXTURE_TEST_CASE(pauses_follow_a_clock_that_is_set_back, fixture) {
  break_it();
  tell(host_sign::throttled, 90s);
  now -= 24h;
  health.set_back(24h);
  BOOST_TEST(!open());
  now += 91s;
  BOOST_TEST(open());
}

BOOST_FIXTURE_TEST_CASE(a_host_that_recovers_during_its_pause_is_asked_for_all_after_it, fixture) {
  tell(host_sign::throttled, 1h);
  for (int i = 0; i < 200; ++i)
    tell(host_sign::well);
  BOOST_TEST(!open());
  health.configure(32);
  now += 1h;
  BOOST_TEST(limit() == 32u);
  BOOST_TEST(health.trouble(host, now).empty());
  BOOST_TEST((tell(host_sign::well) == news::none));
  BOOST_TEST(health.ailing().empty());
}

BOOST_FIXTURE_TEST_CASE(a_host_that_has_asked_for_less_is_in_some_trouble, fixture) {
  tell(host_sign::ill);
  BOOST_TEST(!health.trouble(host, now).empty());
  BOOST_TEST(health.failures(host) == 1u);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_learnt_of_what_has_no_host, fixture) {
  for (int i = 0; i < 20; ++i)
    BOOST_TEST((health.learn("", host_sign::ill, {}, now, {0.5}) == news::none));
  BOOST_TEST(health.failures("") == 0u);
  BOOST_TEST(health.ailing().empty());
}

BOOST_AUTO_TEST_SUITE_END()

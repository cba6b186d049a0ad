#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <config/options.hpp>
#include <config/reload.hpp>
#include <config/validate.hpp>

BOOST_AUTO_TEST_SUITE(reload)

using namespace headway;
using namespace std::chrono_literals;
using keys = std::vector<std::string>;

BOOST_AUTO_TEST_CASE(equal_configurations_change_nothing) {
  const auto plan = plan_reload({}, {});
  BOOST_TEST((plan.effective == node_config{}));
  BOOST_TEST(plan.applied.empty());
  BOOST_TEST(plan.needs_restart.empty());
}

BOOST_AUTO_TEST_CASE(what_can_change_while_running_does_and_the_rest_is_named) {
  node_config wanted;
  wanted.engine.fetch.min_interval = 30s;
  wanted.engine.pool.idle_ttl = 1min;
  wanted.engine.projects.allowed_roots = {"/srv"};
  wanted.log.level = log_config::level_name::debug;
  wanted.http.port = 1;
  wanted.http.idle_timeout = 1s;
  wanted.engine.database.directory = "/var/lib/headway";
  const auto plan = plan_reload({}, wanted);
  BOOST_TEST((plan.applied == keys{"projects.allowed_roots", "fetch.min_interval", "log.level"}));
  BOOST_TEST((plan.needs_restart ==
              keys{"pool.idle_ttl", "database.directory", "http.port", "http.idle_timeout"}));
  auto expected = wanted;
  expected.engine.pool = {};
  expected.http = {};
  expected.engine.pool = {};
  expected.engine.database = {};
  BOOST_TEST((plan.effective == expected));
}

BOOST_AUTO_TEST_CASE(when_and_how_much_is_fetched_changes_while_running_and_of_http_who_may_ask) {
  // How a fetch is made is not a question of the day.
  const std::set<std::string_view> ways{"fetch.backend", "fetch.update", "fetch.track",
                                        "fetch.tokens", "fetch.max_pack_size"};
  constexpr std::array<std::string_view, 4> who_may_ask{"tls_certificate", "tls_key", "tokens_file",
                                                        "allowed_hosts"};
  for (const auto& option : config_options()) {
    if (option.section() == "fetch" && !ways.contains(option.key))
      BOOST_TEST((option.change == option_change::while_running), option.key);
    if (option.section() == "http")
      BOOST_TEST(((option.change == option_change::while_running) ==
                  (std::ranges::find(who_may_ask, option.name()) != who_may_ask.end())),
                 option.key);
  }
}

BOOST_AUTO_TEST_CASE(options_that_can_exclude_each_other_change_together) {
  node_config config;
  config.engine.fetch.min_interval = config.engine.fetch.max_interval + 1s;
  config.engine.fetch.deadline = config.engine.fetch.max_deadline + 1s;
  config.engine.fetch.backoff = config.engine.fetch.max_backoff + 1s;
  BOOST_TEST_REQUIRE(contradictions(config).size() == 3u);
  for (const auto& pair : contradictions(config))
    BOOST_TEST((pair.lower->change == pair.upper->change), pair.lower->key);
}

BOOST_AUTO_TEST_SUITE_END()

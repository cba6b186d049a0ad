#include <chrono>

#include <boost/test/unit_test.hpp>

#include <config/validate.hpp>

BOOST_AUTO_TEST_SUITE(validate)

using namespace headway;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(the_defaults_are_valid) {
  BOOST_TEST(to_string(headway::validate({})) == "");
}

BOOST_AUTO_TEST_CASE(everything_that_a_program_got_wrong_is_reported_together) {
  node_config config;
  config.engine.pool.idle_ttl = -5ms;
  config.engine.projects.allowed_roots = {"relative"};
  config.engine.seed = ~0ull;
  config.http.address = "localhost";
  config.log.level = static_cast<log_config::level_name>(77);
  BOOST_TEST(
      to_string(headway::validate(config)) ==
      "engine.seed = 18446744073709551615: is too large; allowed: 0 to 9223372036854775807, or "
      "\"auto\"\n"
      "projects.allowed_roots = [\"relative\"]: the item \"relative\" is no absolute path; "
      "allowed: a list of absolute paths, such as \"/srv/git\"\n"
      "pool.idle_ttl = \"-5 ms\": is too small; allowed: \"10 ms\" to \"30 d\"\n"
      "http.address = \"localhost\": is no literal IP address; allowed: an IPv4 or IPv6 "
      "address, such as \"127.0.0.1\" or \"::1\", or \"\"\n"
      "log.level = 77: has no name; allowed: \"trace\", \"debug\", \"info\", \"warn\", "
      "\"error\"\n");
}

BOOST_AUTO_TEST_CASE(a_certificate_needs_its_key) {
  node_config config;
  config.http.tls_certificate = "/etc/headway/node.pem";
  BOOST_TEST(to_string(headway::validate(config)).find("http.tls_key") != std::string::npos);
  config.http.tls_key = "/etc/headway/node.key";
  BOOST_TEST(to_string(headway::validate(config)) == "");
  config.http.tls_certificate = "";
  BOOST_TEST(to_string(headway::validate(config)).starts_with("http.tls_key"));
}

BOOST_AUTO_TEST_CASE(values_that_exclude_each_other_are_reported) {
  node_config config;
  config.engine.fetch.min_interval = 2h;
  config.engine.fetch.max_interval = 1h;
  config.engine.fetch.max_concurrent = 4;
  config.engine.fetch.min_concurrent = 5;
  config.engine.fetch.deadline = 2h;
  config.engine.fetch.backoff = 2h;
  BOOST_TEST(
      to_string(headway::validate(config)) ==
      "fetch.max_interval = \"1 h\": is less than fetch.min_interval, which is \"2 h\"; allowed: "
      "at least \"2 h\"\n"
      "fetch.max_concurrent = 4: is less than fetch.min_concurrent, which is 5; allowed: at least "
      "5\n"
      "fetch.max_deadline = \"30 min\": is less than fetch.deadline, which is \"2 h\"; allowed: "
      "at least \"2 h\"\n"
      "fetch.max_backoff = \"15 min\": is less than fetch.backoff, which is \"2 h\"; allowed: at "
      "least \"2 h\"\n");
}

BOOST_AUTO_TEST_CASE(equal_values_and_a_host_limit_above_the_whole_exclude_nothing) {
  node_config config;
  config.engine.fetch.min_interval = config.engine.fetch.max_interval;
  config.engine.fetch.max_concurrent = 1;
  BOOST_TEST(to_string(headway::validate(config)) == "");
  // Of what "auto" comes to nobody knows beforehand.
  config.engine.fetch.max_concurrent = 0;
  config.engine.fetch.min_concurrent = 5;
  BOOST_TEST(to_string(headway::validate(config)) == "");
}

BOOST_AUTO_TEST_CASE(a_value_out_of_range_is_not_reported_as_a_contradiction_too) {
  node_config config;
  config.engine.fetch.min_interval = 31 * 24h;
  BOOST_TEST(headway::validate(config).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

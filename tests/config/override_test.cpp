#include <chrono>

#include <boost/test/unit_test.hpp>

#include <config/override.hpp>
#include <config/validate.hpp>

BOOST_AUTO_TEST_SUITE(override)

using namespace headway;
using namespace std::chrono_literals;

namespace {

std::string complaint(node_config& config, std::string_view assignment) {
  const auto problem = apply_override(config, assignment);
  return problem ? to_string(*problem) : "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(values_of_every_kind_are_taken_over) {
  node_config config;
  BOOST_TEST(complaint(config, "fetch.min_interval=30 s") == "");
  BOOST_TEST(complaint(config, " pool.memory_budget = 64 MiB ") == "");
  BOOST_TEST(complaint(config, "http.port=0") == "");
  BOOST_TEST(complaint(config, "log.level=debug") == "");
  BOOST_TEST(complaint(config, "fetch.allowed_schemes=ssh,https") == "");
  BOOST_TEST(complaint(config, "projects.allowed_roots=/srv/a=b,/home") == "");
  BOOST_TEST(complaint(config, "database.directory=") == "");
  node_config expected;
  expected.engine.fetch.min_interval = 30s;
  expected.engine.pool.memory_budget = 64 << 20;
  expected.http.port = 0;
  expected.log.level = log_config::level_name::debug;
  expected.engine.fetch.allowed_schemes = {"ssh", "https"};
  expected.engine.projects.allowed_roots = {"/srv/a=b", "/home"};
  BOOST_TEST((config == expected));
}

BOOST_AUTO_TEST_CASE(wrong_ones_are_explained_and_change_nothing) {
  node_config config;
  BOOST_TEST(
      complaint(config, "fetch.min_interval=30") ==
      "--set: fetch.min_interval = \"30\": has no unit: write a whole number and one of ms, s, "
      "min, h, d, such as \"30 s\"; allowed: \"100 ms\" to \"30 d\"");
  BOOST_TEST(
      complaint(config, "fetch.min_intervall=30 s").find("did you mean fetch.min_interval?") !=
      std::string::npos);
  BOOST_TEST(complaint(config, "log.level").starts_with("--set: \"log.level\" is no assignment"));
  for (const char* text : {"", "=", "=x", "log.level=", "http.port=-1", "http.port=65536",
                           "http.port=99999999999999999999", "http.port=8 0", "http.port=auto",
                           "http.address=localhost", "log.level=Info", "database.directory=x"})
    BOOST_TEST(complaint(config, text).starts_with("--set: "), text);
  BOOST_TEST((config == node_config{}));
}

BOOST_AUTO_TEST_CASE(the_value_of_a_foreign_option_is_not_repeated) {
  node_config config;
  BOOST_TEST(complaint(config, "database.password=s3cret").find("s3cret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_stands_in_the_place_of_a_token_is_not_repeated) {
  node_config config;
  const auto words = complaint(config, "fetch.tokens=git.example.org=s3cret");
  BOOST_TEST(words.find("HOST=env:NAME") != std::string::npos, words);
  BOOST_TEST(words.find("s3cret") == std::string::npos, words);
  BOOST_TEST(complaint(config, "fetch.tokens=git.example.org=env:TOKEN") == "");
  BOOST_TEST((config.engine.fetch.tokens == std::vector<std::string>{"git.example.org=env:TOKEN"}));
}

BOOST_AUTO_TEST_CASE(a_contradiction_may_be_resolved_by_the_next_one) {
  node_config config;
  BOOST_TEST(complaint(config, "fetch.min_interval=7 h") == "");
  BOOST_TEST(headway::validate(config).size() == 1u);
  BOOST_TEST(complaint(config, "fetch.max_interval=8 h") == "");
  BOOST_TEST(headway::validate(config).empty());
}

BOOST_AUTO_TEST_SUITE_END()

#include <algorithm>
#include <filesystem>

#include <boost/test/unit_test.hpp>

#include <tools/load/scenario_reader.hpp>

using namespace headway;
using namespace headway::load;

namespace {

constexpr const char* shortest = R"(
[[hosts]]
name = "forge"
[[projects]]
host = "forge"
)";

std::string complaints(const std::string& text) {
  return to_string(read_scenario_text(text, "x.toml").problems);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenario_reader)

BOOST_AUTO_TEST_CASE(the_shortest_scenario_asks_for_the_status_of_a_small_project) {
  const auto read = read_scenario_text(shortest, "x.toml");
  BOOST_TEST(to_string(read.problems) == "");
  BOOST_TEST(read.plan.project_count() == 1u);
  BOOST_TEST(read.plan.users.mix[static_cast<std::size_t>(request_kind::status)] == 1u);
}

BOOST_AUTO_TEST_CASE(everything_that_is_wrong_is_told_at_once_with_line_and_column) {
  const auto said = complaints(R"(duration = "1 week"
durations = 3
[[hosts]]
name = "forge"
latency = 20
transport = "carrier pigeon"
[[projects]]
count = 0
host = "forgery"
[[events]]
at = "2 min"
do = "nothing"
[[judgements]]
that = "status p99 < 5"
during = "the night"
)");
  for (const auto* part :
       {"x.toml:1:12: duration = \"1 week\": ",
        "x.toml:2:1: durations: is unknown (did you mean duration?)",
        "x.toml:5:11: hosts.latency = 20: must be a whole number and one of ms",
        "x.toml:6:13: hosts.transport = \"carrier pigeon\": must be one of http, https, git, ssh, "
        "local",
        "x.toml:8:9: projects.count = 0: must be a whole number from 1",
        "x.toml:9:8: projects.host = \"forgery\": names no host of this scenario; there are forge",
        "x.toml:11:6: events.at = \"2 min\": lies behind the end",
        "x.toml:12:6: events.do = \"nothing\": must be one of host_down",
        "x.toml:14:8: judgements.that = \"status p99 < 5\": ",
        "x.toml:15:10: judgements.during = \"the night\": names no event"})
    BOOST_TEST(said.find(part) != std::string::npos, "no '" << part << "' in\n" << said);
}

BOOST_AUTO_TEST_CASE(a_syntax_error_names_its_place) {
  BOOST_TEST(complaints("name = \n").starts_with("x.toml:1:"));
}

BOOST_AUTO_TEST_CASE(an_option_of_the_node_is_checked_as_the_node_would) {
  const auto said =
      complaints(std::string{shortest} + "[node]\nsettings = [\"fetch.deadlin=3 s\"]\n");
  BOOST_TEST(said.find("did you mean fetch.deadline") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(a_comparison_with_the_rest_of_the_run_needs_an_event) {
  const auto said =
      complaints(std::string{shortest} + "[[judgements]]\nthat = \"status p99 change < 10 %\"\n");
  BOOST_TEST(said.find("name an event by during") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(what_belongs_to_one_way_of_arrival_is_refused_with_the_other) {
  const auto said = complaints(std::string{shortest} + "[users]\narrival = \"closed\"\nrate = 5\n");
  BOOST_TEST(said.find("belongs to open arrival") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(every_scenario_that_is_shipped_is_right) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{HEADWAY_SCENARIOS}) {
    const auto read = read_scenario_file(entry.path());
    BOOST_TEST(to_string(read.problems) == "");
    BOOST_TEST(read.plan.name == entry.path().stem().string());
    BOOST_TEST(!read.plan.judgements.empty());
    ++count;
  }
  BOOST_TEST(count == 10u);
}

BOOST_AUTO_TEST_SUITE_END()

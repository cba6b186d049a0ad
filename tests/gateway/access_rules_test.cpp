#include <boost/test/unit_test.hpp>

#include <actors/gateway/access_rules.hpp>

BOOST_AUTO_TEST_SUITE(access_rules)

using namespace headway::gateway;

namespace {

request from(verb method, std::string host, std::optional<std::string> origin = std::nullopt) {
  request asked;
  asked.method = method;
  asked.host_count = 1;
  asked.host = std::move(host);
  asked.origin = std::move(origin);
  return asked;
}

unsigned verdict(const headway::gateway::access_rules& rules, const request& asked,
                 const std::optional<std::string>& authority = std::nullopt) {
  const auto refused = rules.refusal(asked, authority, "/");
  return refused ? refused->status : 0;
}

const headway::gateway::access_rules local{exposure::loopback, "127.0.0.1"};
const headway::gateway::access_rules open{exposure::network, "0.0.0.0"};

}  // namespace

BOOST_AUTO_TEST_CASE(on_loopback_addresses_and_localhost_are_served) {
  for (const char* host : {"127.0.0.1", "127.0.0.1:8420", "localhost", "LocalHost:8420", "[::1]",
                           "[::1]:8420", "192.168.1.7:8420"})
    BOOST_TEST(verdict(local, from(verb::get, host)) == 0u, host);
}

BOOST_AUTO_TEST_CASE(on_loopback_other_names_are_somebody_elses) {
  for (const char* host :
       {"evil.example", "evil.example:8420", "localhost.evil.example", "127.0.0.1.evil.example",
        "localhost.", "xlocalhost", "127.1", "2130706433", "10.0.0.1.nip.example", ""})
    BOOST_TEST(verdict(local, from(verb::get, host)) == 421u, host);
}

BOOST_AUTO_TEST_CASE(on_a_network_every_name_is_served) {
  for (const char* host : {"node.example:8420", "10.0.0.1.nip.example", "10.0.0.1", "node:"})
    BOOST_TEST(verdict(open, from(verb::get, host)) == 0u, host);
}

BOOST_AUTO_TEST_CASE(a_host_must_be_one_and_well_formed) {
  for (const char* host : {"user@127.0.0.1", "127.0.0.1:x", "a b", "[::1", "localhost:99999999x",
                           "a/b", "%6cocalhost", "[x]", "[::1]x", "::1", "localhost:999999"})
    BOOST_TEST(verdict(open, from(verb::get, host)) == 400u, host);
  auto twice = from(verb::get, "localhost");
  twice.host_count = 2;
  BOOST_TEST(verdict(local, twice) == 400u);
  auto none = from(verb::get, "");
  none.host_count = 0;
  BOOST_TEST(verdict(local, none) == 400u);
  none.host_required = false;
  BOOST_TEST(verdict(local, none) == 0u);
}

BOOST_AUTO_TEST_CASE(the_authority_of_the_target_overrides_the_host) {
  BOOST_TEST(verdict(local, from(verb::get, "localhost"), "evil.example") == 421u);
  BOOST_TEST(verdict(local, from(verb::get, "evil.example"), "localhost:8420") == 0u);
}

BOOST_AUTO_TEST_CASE(pages_of_other_sites_change_nothing) {
  for (const auto method : {verb::post, verb::remove, verb::other}) {
    for (const char* origin : {"http://evil.example", "null", "", "http://localhost:9999", "x",
                               "http://127.0.0.1:8420", "http://localhost:8420/path"})
      BOOST_TEST(verdict(local, from(method, "localhost:8420", origin)) == 403u, origin);
    BOOST_TEST(verdict(open, from(method, "node.example", "http://evil.example")) == 403u);
  }
}

BOOST_AUTO_TEST_CASE(own_pages_and_programs_may_write) {
  BOOST_TEST(verdict(local, from(verb::post, "localhost:8420", "http://localhost:8420")) == 0u);
  BOOST_TEST(verdict(local, from(verb::post, "[::1]:8420", "http://[::1]:8420")) == 0u);
  BOOST_TEST(verdict(open, from(verb::remove, "Node.example", "https://node.example")) == 0u);
  BOOST_TEST(verdict(local, from(verb::post, "localhost:8420")) == 0u);
}

BOOST_AUTO_TEST_CASE(reading_is_left_to_the_browsers_own_rules) {
  BOOST_TEST(verdict(local, from(verb::get, "localhost", "http://evil.example")) == 0u);
  BOOST_TEST(verdict(local, from(verb::head, "localhost", "null")) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

#include <boost/test/unit_test.hpp>

#include <actors/gateway/access_rules.hpp>

BOOST_AUTO_TEST_SUITE(access_rules)

using namespace headway::gateway;

namespace {

request from(verb method, std::string host, std::optional<std::string> origin = std::nullopt) {
  request asked;
  asked.from = exposure::loopback;
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

request from_afar(verb method, std::string host, std::optional<std::string> origin = std::nullopt) {
  auto asked = from(method, std::move(host), std::move(origin));
  asked.from = exposure::network;
  return asked;
}

const headway::gateway::access_rules rules;

const char* const reading = "read-read-read-read";
const char* const writing = "write-write-write-write";

token_book_ptr book(const std::string& text) {
  return std::make_shared<const token_book>(*token_book::parse(text));
}

/// What `whom`'s route answers to whoever shows `token`; 0: what was asked for.
unsigned answer(const headway::gateway::access_rules& guards, exposure where, audience whom,
                const char* token = nullptr) {
  request asked;
  asked.from = where;
  if (token)
    asked.authorization = std::string{"Bearer "} + token;
  const auto denied = guards.denial(asked, whom, "/");
  return denied ? denied->status : 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(on_loopback_addresses_and_localhost_are_served) {
  for (const char* host : {"127.0.0.1", "127.0.0.1:8420", "localhost", "LocalHost:8420", "[::1]",
                           "[::1]:8420", "192.168.1.7:8420"})
    BOOST_TEST(verdict(rules, from(verb::get, host)) == 0u, host);
}

BOOST_AUTO_TEST_CASE(on_loopback_other_names_are_somebody_elses) {
  for (const char* host :
       {"evil.example", "evil.example:8420", "localhost.evil.example", "127.0.0.1.evil.example",
        "localhost.", "xlocalhost", "127.1", "2130706433", "10.0.0.1.nip.example", ""})
    BOOST_TEST(verdict(rules, from(verb::get, host)) == 421u, host);
}

BOOST_AUTO_TEST_CASE(on_a_network_every_name_is_served) {
  for (const char* host : {"node.example:8420", "10.0.0.1.nip.example", "10.0.0.1", "node:"})
    BOOST_TEST(verdict(rules, from_afar(verb::get, host)) == 0u, host);
}

BOOST_AUTO_TEST_CASE(a_host_must_be_one_and_well_formed) {
  for (const char* host : {"user@127.0.0.1", "127.0.0.1:x", "a b", "[::1", "localhost:99999999x",
                           "a/b", "%6cocalhost", "[x]", "[::1]x", "::1", "localhost:999999"})
    BOOST_TEST(verdict(rules, from_afar(verb::get, host)) == 400u, host);
  auto twice = from(verb::get, "localhost");
  twice.host_count = 2;
  BOOST_TEST(verdict(rules, twice) == 400u);
  auto none = from(verb::get, "");
  none.host_count = 0;
  BOOST_TEST(verdict(rules, none) == 400u);
  none.host_required = false;
  BOOST_TEST(verdict(rules, none) == 0u);
}

BOOST_AUTO_TEST_CASE(the_authority_of_the_target_overrides_the_host) {
  BOOST_TEST(verdict(rules, from(verb::get, "localhost"), "evil.example") == 421u);
  BOOST_TEST(verdict(rules, from(verb::get, "evil.example"), "localhost:8420") == 0u);
}

BOOST_AUTO_TEST_CASE(pages_of_other_sites_change_nothing) {
  for (const auto method : {verb::post, verb::remove, verb::other}) {
    for (const char* origin : {"http://evil.example", "null", "", "http://localhost:9999", "x",
                               "http://127.0.0.1:8420", "http://localhost:8420/path"})
      BOOST_TEST(verdict(rules, from(method, "localhost:8420", origin)) == 403u, origin);
    BOOST_TEST(verdict(rules, from_afar(method, "node.example", "http://evil.example")) == 403u);
  }
}

BOOST_AUTO_TEST_CASE(own_pages_and_programs_may_write) {
  BOOST_TEST(verdict(rules, from(verb::post, "localhost:8420", "http://localhost:8420")) == 0u);
  BOOST_TEST(verdict(rules, from(verb::post, "[::1]:8420", "http://[::1]:8420")) == 0u);
  BOOST_TEST(verdict(rules, from_afar(verb::remove, "Node.example", "https://node.example")) == 0u);
  BOOST_TEST(verdict(rules, from(verb::post, "localhost:8420")) == 0u);
}

BOOST_AUTO_TEST_CASE(reading_is_left_to_the_browsers_own_rules) {
  BOOST_TEST(verdict(rules, from(verb::get, "localhost", "http://evil.example")) == 0u);
  BOOST_TEST(verdict(rules, from(verb::head, "localhost", "null")) == 0u);
}

BOOST_AUTO_TEST_CASE(names_that_were_allowed_are_served_and_on_a_network_then_no_other) {
  const headway::gateway::access_rules named{{"node.example"}};
  BOOST_TEST(verdict(named, from(verb::get, "Node.Example:8420")) == 0u);
  BOOST_TEST(verdict(named, from(verb::get, "evil.example")) == 421u);
  BOOST_TEST(verdict(named, from_afar(verb::get, "node.example")) == 0u);
  BOOST_TEST(verdict(named, from_afar(verb::get, "10.0.0.1")) == 0u);
  BOOST_TEST(verdict(named, from_afar(verb::get, "evil.example")) == 421u);
}

BOOST_AUTO_TEST_CASE(on_a_unix_socket_a_name_says_nothing) {
  auto asked = from(verb::get, "whatever");
  asked.from = exposure::unix_socket;
  BOOST_TEST(verdict(rules, asked) == 0u);
}

BOOST_AUTO_TEST_CASE(without_tokens_only_this_machine_may_write) {
  for (const auto where : {exposure::unix_socket, exposure::loopback})
    for (const auto whom : {audience::anyone, audience::readers, audience::writers})
      BOOST_TEST(answer(rules, where, whom) == 0u);
  BOOST_TEST(answer(rules, exposure::network, audience::readers) == 0u);
  BOOST_TEST(answer(rules, exposure::network, audience::writers) == 403u);
}

BOOST_AUTO_TEST_CASE(a_node_without_tokens_asks_for_none) {
  request asked;
  asked.from = exposure::network;
  const auto denied = rules.denial(asked, audience::writers, "/");
  BOOST_REQUIRE(denied);
  for (const auto& [name, value] : denied->fields)
    BOOST_TEST(name != "WWW-Authenticate");
}

BOOST_AUTO_TEST_CASE(a_token_does_what_it_is_for) {
  const headway::gateway::access_rules guards{
      {}, book(std::string{"read "} + reading + "\nwrite " + writing + "\n")};
  const auto far = exposure::network;
  BOOST_TEST(answer(guards, far, audience::anyone) == 0u);
  BOOST_TEST(answer(guards, far, audience::readers) == 401u);
  BOOST_TEST(answer(guards, far, audience::readers, reading) == 0u);
  BOOST_TEST(answer(guards, far, audience::readers, writing) == 0u);
  BOOST_TEST(answer(guards, far, audience::writers) == 401u);
  BOOST_TEST(answer(guards, far, audience::writers, reading) == 403u);
  BOOST_TEST(answer(guards, far, audience::writers, writing) == 0u);
  BOOST_TEST(answer(guards, exposure::loopback, audience::writers) == 0u);
}

BOOST_AUTO_TEST_CASE(reading_is_free_until_a_token_reads) {
  const headway::gateway::access_rules guards{{}, book(std::string{"write "} + writing)};
  BOOST_TEST(answer(guards, exposure::network, audience::readers) == 0u);
}

BOOST_AUTO_TEST_CASE(a_wrong_token_is_told_wherever_it_comes_from) {
  const headway::gateway::access_rules guards{{}, book(std::string{"write "} + writing)};
  for (const auto where : {exposure::unix_socket, exposure::loopback, exposure::network})
    BOOST_TEST(answer(guards, where, audience::anyone, "guess-guess-guess") == 401u);
  request asked;
  asked.authorization = "Bearer guess-guess-guess";
  const auto denied = guards.denial(asked, audience::readers, "/");
  BOOST_REQUIRE(denied);
  BOOST_TEST(denied->body.find("guess") == std::string::npos);
  const auto& [name, value] = denied->fields.back();
  BOOST_TEST(name == "WWW-Authenticate");
  BOOST_TEST(value == "Bearer realm=\"headway\", error=\"invalid_token\"");
}

BOOST_AUTO_TEST_SUITE_END()

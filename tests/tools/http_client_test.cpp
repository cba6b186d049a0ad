#include <chrono>
#include <utility>

#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <actors/engine.hpp>
#include <actors/gateway/engine_api.hpp>
#include <actors/gateway/http_gateway.hpp>
#include <messages/error.hpp>
#include <tools/client/node.hpp>

namespace headway::test {

using namespace tools;

namespace {

pace onwards(const char*, std::size_t, std::size_t) {
  return pace::go_on;
}

engine_config small_engine() {
  engine_config config;
  config.fetch.background = fetch_config::background_mode::off;
  config.fetch.allowed_schemes = known_schemes;
  return config;
}

http_config any_port() {
  http_config config;
  config.port = 0;
  return config;
}

/// A node of this process.
struct running_node {
  sandbox box;
  engine core{small_engine()};
  engine_api api{core};
  http_gateway gateway{any_port(), api};

  running_node() {
    BOOST_REQUIRE(!core.start());
    BOOST_REQUIRE(!gateway.start());
  }
  ~running_node() {
    gateway.stop(std::chrono::seconds{1});
    core.stop();
  }
  std::string url() const { return "http://" + gateway.address(); }
  node asked() const { return node{std::move(*tools::http_client::connect_to(url()))}; }
  std::string clone(const std::string& name) {
    if (!exists(box / "origin")) {
      box.init("origin");
      box.commit(box / "origin", "one");
    }
    box.git(box.root(), {"clone", "--quiet", "origin", name});
    return (box / name).string();
  }
};

void refuses(const std::string& url, std::string_view word) {
  const auto client = tools::http_client::connect_to(url);
  BOOST_REQUIRE(!client);
  BOOST_CHECK(code_of(client.error()) == ec::invalid_argument);
  BOOST_TEST(detail_of(client.error()).find(word) != std::string::npos);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client)

BOOST_AUTO_TEST_CASE(addresses_that_make_no_sense_are_refused) {
  refuses("", "no URL");
  refuses("ftp://h", "ftp");
  refuses("http://h/path", "path");
  refuses("http://h/?q", "query");
  refuses("http://u:secret@h", "user information");
  const auto refusal = tools::http_client::connect_to("http://u:secret@h");
  BOOST_TEST(detail_of(refusal.error()).find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(addresses_lose_their_last_slash) {
  BOOST_TEST(tools::http_client::connect_to("http://h:1/")->url() == "http://h:1");
  BOOST_TEST(tools::http_client::connect_to("http://[::1]:1")->url() == "http://[::1]:1");
}

BOOST_AUTO_TEST_CASE(a_node_that_is_not_there_is_named) {
  node nobody{std::move(*tools::http_client::connect_to("http://127.0.0.1:1"))};
  const auto error = nobody.readiness();
  BOOST_CHECK(code_of(error) == ec::network);
  BOOST_TEST(detail_of(error).find("http://127.0.0.1:1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(whoever_interrupts_does_not_wait) {
  auto client = tools::http_client::connect_to("http://127.0.0.1:1", [] { return pace::stop; });
  const auto answer = client->perform({.target = "/readyz"});
  BOOST_REQUIRE(!answer);
  BOOST_CHECK(code_of(answer.error()) == ec::cancelled);
}

BOOST_FIXTURE_TEST_CASE(projects_come_and_go, running_node) {
  auto node = asked();
  BOOST_CHECK(!node.readiness());
  const auto path = clone("one");
  const auto added = node.add(path);
  BOOST_REQUIRE(added);
  BOOST_TEST(added->id == "one");
  BOOST_CHECK(added->how == tools::node::added::how_it_came::new_project);
  const auto again = node.add(path);
  BOOST_REQUIRE(again);
  BOOST_TEST(again->id == "one");
  BOOST_CHECK(again->how == tools::node::added::how_it_came::known_already);
  BOOST_REQUIRE(node.list());
  BOOST_TEST(node.list()->size() == 1u);
  BOOST_CHECK(!node.remove("one"));
  BOOST_TEST(node.list()->empty());
  BOOST_CHECK(code_of(node.remove("one")) == ec::not_found);
}

BOOST_FIXTURE_TEST_CASE(many_documents_come_at_once_and_unknown_ones_are_told, running_node) {
  auto node = asked();
  std::vector<std::string> ids{"nobody"};
  for (int i = 0; i < 5; ++i)
    ids.push_back(node.add(clone("p" + std::to_string(i)))->id);
  const auto found = node.statuses(ids, onwards);
  BOOST_TEST(found.complete);
  BOOST_REQUIRE(found.documents.size() == 5u);
  BOOST_CHECK(found.documents[0].status->branches.at(0).state == branch_state::in_sync);
  BOOST_REQUIRE(found.troubles.size() == 1u);
  BOOST_TEST(found.troubles[0].subject == "nobody");
}

BOOST_FIXTURE_TEST_CASE(a_document_that_has_not_changed_is_kept, running_node) {
  auto node = asked();
  const auto path = clone("one");
  const auto id = node.add(path)->id;
  auto first = node.statuses({id}, onwards);
  auto second = node.statuses({id}, onwards);
  // The remotes are heard of after the first look, and are news.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (second.documents.at(0).status != first.documents.at(0).status &&
         std::chrono::steady_clock::now() < end)
    first = std::exchange(second, node.statuses({id}, onwards));
  BOOST_REQUIRE(second.documents.size() == 1u);
  BOOST_CHECK(second.documents[0].status == first.documents[0].status);
  box.commit(path, "two");
  const auto third = node.statuses({id}, onwards);
  BOOST_TEST(third.documents.at(0).status->branches.at(0).ahead.value() == 1u);
}

BOOST_FIXTURE_TEST_CASE(fetches_are_waited_for, running_node) {
  auto node = asked();
  const auto id = node.add(clone("one"))->id;
  const auto lonely = box.init("lonely");
  box.commit(lonely, "one");
  node.add(lonely.string());
  node.statuses({id, "lonely"}, onwards);
  box.commit(box / "origin", "two");
  const auto found = node.fetch({id, "lonely", "nobody"}, onwards);
  BOOST_REQUIRE(found.reports.size() == 1u);
  BOOST_CHECK(found.reports[0].stage == fetch_stage::done);
  BOOST_CHECK(found.reports[0].remotes.at(0).outcome == fetch_outcome::updated);
  BOOST_TEST(found.nothing_to_fetch == std::vector<std::string>{"lonely"});
  BOOST_REQUIRE(found.troubles.size() == 1u);
  BOOST_TEST(found.troubles[0].subject == "nobody");
}

BOOST_FIXTURE_TEST_CASE(paths_that_are_no_utf8_are_refused_here, running_node) {
  const auto added = asked().add("/tmp/\xff");
  BOOST_REQUIRE(!added);
  BOOST_CHECK(code_of(added.error()) == ec::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

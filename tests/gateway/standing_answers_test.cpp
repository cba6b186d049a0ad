#include <boost/test/unit_test.hpp>
#include <tests/gateway/gateway_fixture.hpp>
#include <tests/support/played_watch.hpp>

#include <actors/gateway/json.hpp>

namespace {

using namespace headway;
using namespace headway::test;

constexpr std::string_view target = "/projects/linux/sync-status";

/// A project that shows its document, and an engine that would answer with another one.
struct fixture : gateway_fixture {
  fixture() {
    api.sync_status.set([this](const project_id&, answer_callback<status_answer> done) {
      ++asked;
      done(status_answer{linux_status(), {}});
    });
    show(linux_status());
  }

  void show(sync_status_ptr status) {
    api.board.open({"linux"})->show({std::move(status), git::ref_mark{watch.moves()},
                                     std::chrono::steady_clock::time_point::max(), 0});
  }

  static sync_status_ptr another_status() {
    auto other = *linux_status();
    other.branches[0].behind = 4;
    return std::make_shared<const sync_status>(std::move(other));
  }

  played_watch watch;
  std::atomic<int> asked{0};
};

std::string without_time(std::string body) {
  const auto at = body.find("as_of");
  return body.erase(at, std::string_view{"as_of\":\"2026-11-24T07:00:00.000Z"}.size());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(standing_answers, fixture)

BOOST_AUTO_TEST_CASE(what_is_shown_is_sent_without_asking) {
  auto client = connect();
  for (int i = 0; i < 3; ++i) {
    client.send(ask("GET", target));
    const auto answer = client.read();
    BOOST_TEST(answer.status == 200u);
    BOOST_TEST(without_time(answer.body) == without_time(sync_status_json(*linux_status())));
    BOOST_TEST(answer.body.find("2026-11-24T07") == std::string::npos);
  }
  BOOST_TEST(asked == 0);
  BOOST_TEST(api.shown == 3);
  BOOST_TEST(
      contains(get("/metrics").body, "headway_http_request_seconds_count{class=\"2xx\"} 3\n"));
}

BOOST_AUTO_TEST_CASE(it_has_the_fields_that_an_asked_one_has) {
  auto client = connect();
  client.send(ask("GET", target));
  const auto shown = client.read();
  watch.happen();
  client.send(ask("GET", target));
  const auto told = client.read();
  BOOST_TEST(asked == 1);
  BOOST_REQUIRE(shown.fields.size() == told.fields.size());
  for (std::size_t i = 0; i < shown.fields.size(); ++i)
    BOOST_TEST(shown.fields[i].first == told.fields[i].first);
  for (const char* name :
       {"Content-Type", "Content-Length", "X-Content-Type-Options", "ETag", "Cache-Control"})
    BOOST_TEST(shown.field(name) == told.field(name));
  BOOST_TEST(shown.field("X-Request-Id") != told.field("X-Request-Id"));
  BOOST_TEST(shown.field("Server-Timing").starts_with("db;dur=0.000, pool;dur=0.000, graph;dur="));
}

BOOST_AUTO_TEST_CASE(a_change_is_sent_at_once) {
  auto client = connect();
  client.send(ask("GET", target));
  const auto before = client.read();
  show(another_status());
  client.send(ask("GET", target));
  const auto after = client.read();
  BOOST_TEST(contains(after.body, "\"behind\":4"));
  BOOST_TEST(after.field("ETag") != before.field("ETag"));
  BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_CASE(the_engine_is_asked_when_in_doubt) {
  auto client = connect();
  const auto ask_once = [&] {
    client.send(ask("GET", target));
    BOOST_TEST(client.read().status == 200u);
  };
  ask_once();
  BOOST_TEST(asked == 0);
  watch.wait_unread();
  ask_once();
  ask_once();
  BOOST_TEST(asked == 2);
  api.board.open({"linux"})->hide();
  ask_once();
  BOOST_TEST(asked == 3);
  client.send(ask("GET", "/projects/linux/sync-status?max_age=60min"));
  BOOST_TEST(client.read().status == 200u);
}

BOOST_AUTO_TEST_CASE(conditions_and_heads_are_met) {
  auto client = connect();
  client.send(ask("GET", target));
  const auto whole = client.read();
  const auto condition = "If-None-Match: " + whole.field("ETag") + "\r\n";
  for (int i = 0; i < 2; ++i) {
    client.send(ask("GET", target, condition));
    const auto known = client.read();
    BOOST_TEST(known.status == 304u);
    BOOST_TEST(known.field("ETag") == whole.field("ETag"));
    BOOST_TEST(!known.has("Content-Length"));
    client.send(ask("HEAD", target));
    const auto head = client.read(answer_kind::head);
    BOOST_TEST(head.status == 200u);
    BOOST_TEST(head.field("Content-Length") == std::to_string(whole.body.size()));
  }
  show(another_status());
  client.send(ask("GET", target, condition));
  BOOST_TEST(client.read().status == 200u);
  BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_CASE(ids_are_taken_over_or_made) {
  auto client = connect();
  client.send(ask("GET", target, "X-Request-Id: mine\r\n"));
  BOOST_TEST(client.read().field("X-Request-Id") == "mine");
  client.send(ask("GET", target, "X-Request-Id: no good!\r\n"));
  const auto first = client.read().field("X-Request-Id");
  BOOST_TEST(first.size() == 17u);
  client.send(ask("GET", target, "X-Request-Id: no good!\r\n"));
  BOOST_TEST(client.read().field("X-Request-Id") != first);
}

BOOST_AUTO_TEST_CASE(pipelined_ones_come_in_order_among_others) {
  auto client = connect();
  std::string bytes;
  for (int i = 0; i < 300; ++i)
    bytes += i % 7 == 3 ? ask("GET", "/healthz")
                        : ask("GET", target, "X-Request-Id: r" + std::to_string(i / 50) + "\r\n");
  client.send(bytes);
  for (int i = 0; i < 300; ++i) {
    const auto answer = client.read();
    BOOST_TEST(answer.status == 200u);
    if (i % 7 == 3)
      BOOST_TEST(answer.body == R"({"status":"ok"})");
    else
      BOOST_TEST(answer.field("X-Request-Id") == "r" + std::to_string(i / 50));
  }
  BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_CASE(pieces_and_longer_requests_are_no_repetition) {
  auto client = connect();
  for (int i = 0; i < 2; ++i) {
    client.send_byte_by_byte(ask("GET", target));
    BOOST_TEST(client.read().status == 200u);
    client.send(ask("GET", target));
    BOOST_TEST(client.read().status == 200u);
    client.send(ask("GET", target, "Connection: close\r\n").substr(0, 30));
    client.send(ask("GET", target, "X: y\r\n").substr(30));
    BOOST_TEST(client.read().status == 200u);
  }
  client.send(ask("GET", target, "Connection: close\r\n"));
  BOOST_TEST(client.read().field("Connection") == "close");
  BOOST_TEST(client.read_to_end() == "");
}

BOOST_AUTO_TEST_CASE(a_repetition_obeys_the_rules_of_now) {
  config.allowed_hosts = {"node.example"};
  auto client = connect();
  const auto request = "GET " + std::string{target} + " HTTP/1.1\r\nHost: node.example\r\n\r\n";
  client.send(request);
  BOOST_TEST(client.read().status == 200u);
  config.allowed_hosts = {"other.example"};
  BOOST_REQUIRE(!gateway->reload(config));
  BOOST_REQUIRE(gateway->responds(std::chrono::seconds{20}));
  client.send(request);
  BOOST_TEST(client.read().status == 421u);
  client.send("GET " + std::string{target} + " HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  BOOST_TEST(client.read().status == 421u);
  client.send(ask("GET", target, "Authorization: Bearer wrong\r\n"));
  BOOST_TEST(client.read().status == 401u);
  client.send(ask("POST", target));
  BOOST_TEST(client.read().status == 405u);
}

BOOST_AUTO_TEST_CASE(a_project_that_is_gone_is_asked_for) {
  auto client = connect();
  client.send(ask("GET", target));
  BOOST_TEST(client.read().status == 200u);
  api.board.close({"linux"});
  api.sync_status.answer(make_error(ec::not_found, "there is no project 'linux'"));
  client.send(ask("GET", target));
  BOOST_TEST(client.read().status == 404u);
  show(another_status());
  client.send(ask("GET", target));
  BOOST_TEST(contains(client.read().body, "\"behind\":4"));
}

BOOST_AUTO_TEST_SUITE_END()

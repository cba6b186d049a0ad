#include <chrono>
#include <string>

#include <boost/test/unit_test.hpp>
#include <tests/gateway/gateway_fixture.hpp>
#include <tests/support/sandbox.hpp>

#include <actors/gateway/hooks/hook_receiver.hpp>

BOOST_AUTO_TEST_SUITE(hook_receiver)

using namespace headway;
using namespace headway::gateway;
using namespace std::chrono_literals;

namespace {

const std::string body = R"({"repository":{"clone_url":"https://h/a.git"}})";

struct fixture {
  fixture() {
    box.write(box / "secrets", "old secret\n\nnew secret\r\nforgotten\n");
    config.gitlab_secrets = (box / "secrets").string();
  }

  static hook_fields signed_with(const std::string& secret, const std::string& id = "") {
    return {{"x-gitlab-token", secret}, {"x-gitlab-event-uuid", id}};
  }

  test::sandbox box;
  hooks_config config;
  headway::gateway::hook_receiver::time_point now{1h};
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_delivery_that_is_signed_is_a_hint, fixture) {
  headway::gateway::hook_receiver receiver{config};
  const auto taken = receiver.receive(hook_sender::gitlab, signed_with("old secret"), body, now);
  BOOST_TEST(taken.status == 202u);
  BOOST_TEST(taken.urls == std::vector<std::string>{"https://h/a.git"});
}

BOOST_FIXTURE_TEST_CASE(two_secrets_are_valid_and_a_new_file_counts_at_once, fixture) {
  headway::gateway::hook_receiver receiver{config};
  const auto status = [&](const std::string& secret) {
    return receiver.receive(hook_sender::gitlab, signed_with(secret), body, now).status;
  };
  BOOST_TEST(status("old secret") == 202u);
  BOOST_TEST(status("new secret") == 202u);
  BOOST_TEST(status("forgotten") == 401u);
  BOOST_TEST(status("") == 401u);
  box.write(box / "secrets", "new secret\n");
  BOOST_TEST(status("new secret") == 202u);
  BOOST_TEST(status("old secret") == 401u);
  box.write(box / "secrets", "\n");
  BOOST_TEST(status("") == 503u);
}

BOOST_FIXTURE_TEST_CASE(a_sender_without_secrets_is_unknown, fixture) {
  headway::gateway::hook_receiver receiver{config};
  BOOST_TEST(receiver.receive(hook_sender::github, {}, body, now).status == 404u);
}

BOOST_FIXTURE_TEST_CASE(a_delivery_that_comes_again_is_taken_and_does_nothing, fixture) {
  headway::gateway::hook_receiver receiver{config};
  const auto urls = [&](const std::string& id) {
    now += 1s;
    const auto taken =
        receiver.receive(hook_sender::gitlab, signed_with("old secret", id), body, now);
    BOOST_TEST(taken.status == 202u);
    return taken.urls.size();
  };
  BOOST_TEST(urls("one") == 1u);
  BOOST_TEST(urls("one") == 0u);
  BOOST_TEST(urls("two") == 1u);
  BOOST_TEST(urls("") == 1u);
  BOOST_TEST(urls("") == 1u);
  // One that was refused is not remembered.
  receiver.receive(hook_sender::gitlab, signed_with("wrong", "three"), body, now);
  BOOST_TEST(urls("three") == 1u);
}

BOOST_FIXTURE_TEST_CASE(names_of_deliveries_are_remembered_for_thousands_and_not_for_ever,
                        fixture) {
  config.per_second = 100'000;
  headway::gateway::hook_receiver receiver{config};
  const auto urls = [&](int number) {
    const auto id = std::to_string(number);
    return receiver.receive(hook_sender::gitlab, signed_with("old secret", id), body, now)
        .urls.size();
  };
  for (int i = 0; i < 4'096; ++i)
    BOOST_REQUIRE(urls(i) == 1u);
  BOOST_TEST(urls(0) == 0u);
  BOOST_TEST(urls(4'096) == 1u);
  BOOST_TEST(urls(4'095) == 0u);
  // The oldest made room.
  BOOST_TEST(urls(0) == 1u);
}

BOOST_FIXTURE_TEST_CASE(deliveries_are_bounded_in_number_and_forged_ones_count, fixture) {
  config.per_second = 2;
  headway::gateway::hook_receiver receiver{config};
  const auto status = [&](const std::string& secret) {
    return receiver.receive(hook_sender::gitlab, signed_with(secret), body, now).status;
  };
  for (int i = 0; i < 11; ++i)
    BOOST_TEST(status(i % 2 == 0 ? "wrong" : "old secret") != 429u, i);
  BOOST_TEST(status("old secret") == 429u);
  now += 1s;
  BOOST_TEST(status("old secret") == 202u);
  BOOST_TEST(status("old secret") == 202u);
  BOOST_TEST(status("old secret") == 429u);
}

namespace {

struct served : test::gateway_fixture {
  served() {
    box.write(box / "secrets", "secret\n");
    config.hooks.gitlab_secrets = (box / "secrets").string();
    config.hooks.max_body_size = 1u << 20;
  }

  test::response deliver(const std::string& text, const std::string& token = "secret") {
    return exchange(test::ask("POST", "/hooks/gitlab",
                              "X-GitLab-Token: " + token +
                                  "\r\nContent-Type: application/json\r\nContent-Length: " +
                                  std::to_string(text.size()) + "\r\n") +
                    text);
  }

  test::sandbox box;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_delivery_reaches_the_engine, served) {
  const auto answer = deliver(body);
  BOOST_TEST(answer.status == 202u);
  BOOST_TEST(answer.body.empty());
  BOOST_TEST(api.hints() == std::vector<std::string>{"https://h/a.git"});
  test::problem_detail(deliver(body, "wrong"), 401);
  test::problem_detail(deliver("no JSON"), 400);
  // Nothing is read out of what nobody has vouched for.
  test::problem_detail(deliver("no JSON", "wrong"), 401);
  BOOST_TEST(api.hints().size() == 1u);
  test::problem_detail(exchange(test::ask("POST", "/hooks/other", "Content-Length: 0\r\n")), 404);
  test::problem_detail(exchange(test::ask("POST", "/hooks/github", "Content-Length: 0\r\n")), 404);
  BOOST_TEST(exchange(test::ask("GET", "/hooks/gitlab")).status == 405u);
}

BOOST_FIXTURE_TEST_CASE(a_delivery_may_be_larger_than_other_requests_but_not_by_more, served) {
  config.max_body_size = 1'024;
  const auto padded = [](std::size_t size) {
    auto text = body;
    text.insert(1, size - text.size(), ' ');
    return text;
  };
  BOOST_TEST(deliver(padded(1u << 20)).status == 202u);
  BOOST_TEST(exchange(test::ask("POST", "/hooks/gitlab", "Content-Length: 1048577\r\n")).status ==
             413u);
  BOOST_TEST(exchange(test::ask("POST", "/hooks/gitlab", "Transfer-Encoding: chunked\r\n") +
                      "100001\r\n" + std::string((1u << 20) + 1, 'x') + "\r\n0\r\n\r\n")
                 .status == 413u);
  BOOST_TEST(exchange(test::ask("POST", "/projects", "Content-Length: 1025\r\n")).status == 413u);
  BOOST_TEST(exchange(test::ask("POST", "/projects", "Transfer-Encoding: chunked\r\n") + "401\r\n" +
                      std::string(1'025, 'x') + "\r\n0\r\n\r\n")
                 .status == 413u);
}

BOOST_AUTO_TEST_SUITE_END()

#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <tests/gateway/gateway_fixture.hpp>
#include <unistd.h>

BOOST_FIXTURE_TEST_SUITE(http_gateway, headway::test::gateway_fixture)

using namespace headway;
using namespace headway::test;
using namespace std::chrono_literals;

namespace {

std::string start_error(const http_config& config, gateway_api& api, ec expected) {
  headway::http_gateway second{config, api};
  const auto error = second.start();
  BOOST_TEST(to_string(code_of(error)) == to_string(expected));
  return detail_of(error);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_port_of_the_systems_choice_is_told) {
  connect();
  BOOST_TEST(gateway->port() != 0);
  BOOST_TEST(gateway->address() == "127.0.0.1:" + std::to_string(gateway->port()));
}

BOOST_AUTO_TEST_CASE(addresses_of_version_6_are_bracketed) {
  config.address = "::1";
  headway::http_gateway six{config, api};
  if (const auto error = six.start()) {
    BOOST_TEST_MESSAGE("skipped: no IPv6 here: " << describe(error));
    BOOST_TEST(detail_of(error) != "");
    return;
  }
  BOOST_TEST(six.address() == "[::1]:" + std::to_string(six.port()));
}

BOOST_AUTO_TEST_CASE(localhost_is_an_address) {
  config.address = "localhost";
  BOOST_TEST(get("/healthz").status == 200u);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_named_with_what_to_do) {
  connect();
  config.port = gateway->port();
  const auto detail = start_error(config, api, ec::in_use);
  BOOST_TEST(contains(detail, "127.0.0.1:" + std::to_string(config.port)));
  BOOST_TEST(contains(detail, "http.port"));
}

BOOST_AUTO_TEST_CASE(a_port_is_free_again_after_a_stop) {
  auto client = connect();
  client.send(ask("GET", "/healthz"));
  client.read();
  config.port = gateway->port();
  BOOST_TEST(gateway->stop(5s));
  gateway.reset();
  BOOST_TEST(get("/healthz").status == 200u);
  BOOST_TEST(gateway->port() == config.port);
}

BOOST_AUTO_TEST_CASE(an_address_of_another_machine_is_refused) {
  config.address = "192.0.2.1";
  BOOST_TEST(contains(start_error(config, api, ec::config), "192.0.2.1"));
  config.address = "example.org";
  BOOST_TEST(contains(start_error(config, api, ec::config), "http.address 'example.org'"));
  config.address = "";
  start_error(config, api, ec::config);
}

BOOST_AUTO_TEST_CASE(a_privileged_port_is_denied) {
  config.port = 1;
  // As a child, since giving up root is for ever.
  const auto child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0)
      ::_exit(2);
    headway::http_gateway denied{config, api};
    const auto error = denied.start();
    ::_exit(code_of(error) == ec::permission_denied ? 0 : error ? 1 : 3);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 3) {
    BOOST_TEST_MESSAGE("skipped: everybody may use low ports here");
    return;
  }
  BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_CASE(a_gateway_starts_once) {
  connect();
  BOOST_TEST(to_string(code_of(gateway->start())) == "invalid_argument");
}

BOOST_AUTO_TEST_CASE(a_gateway_that_never_started_stops_at_once) {
  headway::http_gateway idle{config, api};
  BOOST_TEST(idle.stop(0ms));
}

BOOST_AUTO_TEST_CASE(more_connections_than_allowed_are_told_so) {
  config.max_connections = 2;
  auto first = connect();
  auto second = connect();
  for (auto* client : {&first, &second}) {
    client->send(ask("GET", "/healthz"));
    BOOST_TEST(client->read().status == 200u);
  }
  auto third = connect();
  const auto refused = third.read();
  problem_detail(refused, 503);
  BOOST_TEST(refused.has("Retry-After"));
  BOOST_TEST(third.read_to_end() == "");

  first.send(ask("GET", "/healthz", "Connection: close\r\n"));
  first.read();
  BOOST_TEST(first.read_to_end() == "");
  first.end_of_input();
  second.send(ask("GET", "/healthz"));
  BOOST_TEST(second.read().status == 200u);
}

BOOST_AUTO_TEST_CASE(a_place_that_becomes_free_is_given_to_the_next) {
  config.max_connections = 1;
  for (int i = 0; i < 20; ++i) {
    // The end of the last connection is seen by the server in its own time.
    auto client = connect();
    client.send(ask("GET", "/healthz"));
    const auto answer = client.read();
    BOOST_TEST((answer.status == 200u || answer.status == 503u));
    if (answer.status == 200u) {
      client.end_of_input();
      BOOST_TEST(client.read_to_end() == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(hundreds_of_idle_connections_disturb_nobody) {
  std::vector<http_client> idle;
  try {
    for (int i = 0; i < 400; ++i)
      idle.push_back(connect());
  } catch (const std::runtime_error& error) {
    BOOST_TEST_MESSAGE("only " << idle.size() << " connections: " << error.what());
  }
  idle.pop_back();
  BOOST_TEST(get("/healthz").status == 200u);
  BOOST_TEST(gateway->stop(5s));
  for (auto& client : idle)
    BOOST_TEST(client.read_to_end() == "");
}

BOOST_AUTO_TEST_CASE(a_stop_lets_running_requests_end) {
  held_calls<project_info> held;
  api.find.set([&](const project_id&, answer_callback<project_info> done) { held.keep(done); });
  auto busy = connect();
  busy.send(ask("GET", "/projects/a") + ask("GET", "/healthz"));
  auto call = held.take();
  auto idle = connect();
  idle.send(ask("GET", "/healthz"));
  idle.read();

  auto stopped = std::async(std::launch::async, [&] { return gateway->stop(20s); });
  BOOST_TEST(idle.read_to_end() == "");
  call(linux_project());
  const auto answer = busy.read();
  BOOST_TEST(answer.status == 200u);
  BOOST_TEST(answer.field("Connection") == "close");
  BOOST_TEST(busy.read_to_end() == "");
  busy.end_of_input();
  { const auto gone = std::move(busy); }
  BOOST_TEST(stopped.get());
  BOOST_CHECK_THROW(http_client{gateway->port()}, std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_beyond_its_deadline) {
  held_calls<project_info> held;
  api.find.set([&](const project_id&, answer_callback<project_info> done) { held.keep(done); });
  auto client = connect();
  client.send(ask("GET", "/projects/a"));
  auto call = held.take();
  BOOST_TEST(!gateway->stop(10ms));
  BOOST_TEST(client.read_to_end() == "");
  // Late answers find nobody, neither now nor when the gateway itself has gone.
  auto copy = call;
  call(linux_project());
  gateway.reset();
  copy(linux_project());
  call = nullptr;
}

BOOST_AUTO_TEST_CASE(callbacks_may_outlive_the_gateway) {
  held_calls<project_info> held;
  api.find.set([&](const project_id&, answer_callback<project_info> done) { held.keep(done); });
  std::vector<http_client> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(connect());
    clients.back().send(ask("GET", "/projects/a"));
  }
  std::vector<answer_callback<project_info>> calls;
  for (int i = 0; i < 50; ++i)
    calls.push_back(held.take());
  // Half answer while the gateway goes, the others afterwards or never.
  std::thread racing{[&] {
    for (std::size_t i = 0; i < 25; ++i)
      calls[i](linux_project());
  }};
  gateway.reset();
  racing.join();
  for (std::size_t i = 25; i < 40; ++i)
    calls[i](linux_project());
  calls.clear();
  for (auto& client : clients)
    BOOST_TEST(!contains(client.read_to_end(), "HTTP/1.1 5"));
}

BOOST_AUTO_TEST_CASE(a_second_stop_changes_nothing) {
  connect();
  BOOST_TEST(gateway->stop(5s));
  BOOST_TEST(gateway->stop(5s));
}

BOOST_AUTO_TEST_CASE(clients_on_several_threads_are_all_served) {
  api.sync_status.set([](const project_id&, answer_callback<status_answer> done) {
    std::thread{[done] { done(status_answer{linux_status(), {}}); }}.detach();
  });
  connect();
  std::atomic<int> good{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] {
      http_client client{gateway->port()};
      for (int n = 0; n < 50; ++n) {
        client.send(ask("GET", "/projects/linux/sync-status"));
        good += client.read().status == 200u ? 1 : 0;
      }
    });
  for (auto& client : clients)
    client.join();
  BOOST_TEST(good == 400);
}

BOOST_AUTO_TEST_SUITE_END()

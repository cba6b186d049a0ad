#include <atomic>

#include <boost/test/unit_test.hpp>
#include <tests/gateway/gateway_fixture.hpp>

#include <actors/gateway/json.hpp>

namespace {

using namespace headway;
using namespace headway::test;
using namespace std::chrono_literals;

struct events_fixture : gateway_fixture {
  /// A client that has read what comes first.
  http_client listen(std::string_view fields = "") {
    auto client = connect();
    client.send(ask("GET", "/events", fields));
    const auto head = client.read();
    BOOST_TEST(head.status == 200u);
    BOOST_TEST(head.field("Content-Type") == "text/event-stream");
    BOOST_TEST(head.field("Connection") == "close");
    BOOST_TEST(!head.has("Content-Length"));
    greeting = client.read_until("\n\n");
    return client;
  }

  project_info line(const std::string& id, const std::string& reason = "") {
    return {{id}, "/src/" + id, project_state::fresh, reason};
  }

  static scheduler_state_ptr limits_of(std::size_t limit, const std::string& why) {
    scheduler_state state;
    state.transfers.limit = limit;
    state.transfers.limited_by = why;
    return std::make_shared<const scheduler_state>(std::move(state));
  }

  std::string greeting;
};

/// The value of a field of an event.
std::string field_of(const std::string& event, const std::string& name) {
  const auto begin = event.find(name + ": ");
  if (begin == std::string::npos)
    return "";
  const auto from = begin + name.size() + 2;
  return event.substr(from, event.find('\n', from) - from);
}

/// The next event called `name`, whatever comes before it.
std::string next(http_client& client, const std::string& name) {
  for (;;) {
    auto event = client.read_until("\n\n");
    if (field_of(event, "event") == name)
      return event;
  }
}

boost::json::value data_of(const std::string& event) {
  return boost::json::parse(field_of(event, "data"));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(events, events_fixture)

BOOST_AUTO_TEST_CASE(a_change_is_told_as_a_line_of_the_list) {
  auto client = listen();
  api.tell(linux_status());
  const auto event = next(client, "status");
  BOOST_TEST(field_of(event, "data") == project_info_json(line_of(*linux_status())));
  const auto data = data_of(event);
  BOOST_TEST(data.at("id").as_string() == "linux");
  BOOST_TEST(data.at("summary").at("behind").to_number<int>() == 3);
  BOOST_TEST(data.at("summary").at("branches").at("behind").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(fetches_removals_and_new_projects_are_told) {
  auto client = listen();
  api.tell(line("new"));
  BOOST_TEST(data_of(next(client, "status")).at("id").as_string() == "new");
  for (const auto stage : {fetch_stage::queued, fetch_stage::running, fetch_stage::done}) {
    api.tell(remotes_changed{{"new"},
                             std::make_shared<const std::vector<remote_state>>(
                                 std::vector{remote_state{.remote = "origin", .stage = stage}})});
    const auto data = data_of(next(client, "fetch"));
    BOOST_TEST(data.at("project").as_string() == "new");
    BOOST_TEST(data.at("remotes").at(0).at("stage").as_string() == to_string(stage));
  }
  api.tell(project_removed{{"new"}});
  BOOST_TEST(data_of(next(client, "removed")).at("id").as_string() == "new");
}

BOOST_AUTO_TEST_CASE(the_schedulers_limits_are_told_when_they_change) {
  api.scheduler.answer(limits_of(4, "cpu"));
  auto client = listen();
  BOOST_TEST(data_of(next(client, "scheduler")).at("transfers").at("limit").to_number<int>() == 4);
  api.scheduler.answer(limits_of(2, "memory"));
  BOOST_TEST(data_of(next(client, "scheduler")).at("transfers").at("limited_by").as_string() ==
             "memory");
}

BOOST_AUTO_TEST_CASE(who_comes_in_place_of_another_hears_of_the_scheduler_too) {
  api.scheduler.answer(limits_of(4, "cpu"));
  {
    auto first = listen();
    next(first, "scheduler");
  }
  auto second = listen();
  BOOST_TEST(data_of(next(second, "scheduler")).at("transfers").at("limit").to_number<int>() == 4);
}

BOOST_AUTO_TEST_CASE(nobody_asks_the_scheduler_while_nobody_listens) {
  std::atomic<int> asked{0};
  api.scheduler.set([&asked](answer_callback<scheduler_state_ptr> done) {
    ++asked;
    done(limits_of(1, "cpu"));
  });
  connect();
  api.tell(linux_status());
  BOOST_TEST(get("/healthz").status == 200u);
  BOOST_TEST(asked == 0);
  auto client = listen();
  next(client, "scheduler");
  BOOST_TEST(asked > 0);
}

BOOST_AUTO_TEST_CASE(a_client_that_comes_back_misses_nothing) {
  std::string last;
  {
    auto client = listen();
    api.tell(line("a"));
    last = field_of(next(client, "status"), "id");
  }
  auto other = listen();
  for (const char* id : {"b", "c"}) {
    api.tell(line(id));
    next(other, "status");
  }
  auto client = listen("Last-Event-ID: " + last + "\r\n");
  BOOST_TEST(!contains(greeting, "reset"));
  BOOST_TEST(data_of(next(client, "status")).at("id").as_string() == "b");
  BOOST_TEST(data_of(next(client, "status")).at("id").as_string() == "c");
}

BOOST_AUTO_TEST_CASE(a_client_that_comes_back_too_late_is_told_to_begin_again) {
  limits.events.events = 2;
  auto other = listen();
  std::string first;
  for (const char* id : {"a", "b", "c", "d"}) {
    api.tell(line(id));
    const auto event = next(other, "status");
    if (first.empty())
      first = field_of(event, "id");
  }
  auto client = listen("Last-Event-ID: " + first + "\r\n");
  BOOST_TEST(contains(greeting, "event: reset\n"));
  api.tell(line("e"));
  BOOST_TEST(data_of(next(client, "status")).at("id").as_string() == "e");
  listen("Last-Event-ID: of another process\r\n");
  BOOST_TEST(contains(greeting, "event: reset\n"));
}

BOOST_AUTO_TEST_CASE(a_burst_comes_as_the_last_word_on_each_project) {
  auto client = listen();
  for (int n = 0; n < 1000; ++n)
    api.tell(line("a", std::to_string(n)));
  api.tell(line("z"));
  int events = 0;
  std::string last_word;
  for (;;) {
    const auto data = data_of(next(client, "status"));
    if (data.at("id").as_string() == "z")
      break;
    ++events;
    last_word = data.at("reason").as_string();
  }
  // "a" comes once more after "z" when a publication fell between the two.
  if (last_word != "999")
    last_word = data_of(next(client, "status")).at("reason").as_string();
  BOOST_TEST(last_word == "999");
  BOOST_TEST(events < 100);
}

BOOST_AUTO_TEST_CASE(a_client_whose_arrears_are_gone_is_dropped_and_no_other) {
  limits.events = {.events = 100'000, .bytes = 512 * 1024};
  auto slow = listen();
  auto quick = listen();
  // More than sockets hold, in steps that somebody who reads can follow.
  const std::string much(100'000, 'x');
  for (int n = 0; n < 200; n += 4) {
    for (int i = n; i < n + 4; ++i)
      api.tell(line("p" + std::to_string(i), much));
    for (int i = n; i < n + 4; ++i)
      next(quick, "status");
    BOOST_TEST(get("/healthz").status == 200u);
  }
  const auto rest = slow.read_to_end();
  BOOST_TEST(!contains(rest, "p199"));
  api.tell(line("after"));
  BOOST_TEST(data_of(next(quick, "status")).at("id").as_string() == "after");
}

BOOST_AUTO_TEST_CASE(a_thousand_clients_hear_of_a_change) {
  std::vector<http_client> clients;
  try {
    for (int n = 0; n < 1000; ++n)
      clients.push_back(listen());
  } catch (const std::exception& error) {
    BOOST_TEST_MESSAGE("only " << clients.size() << " clients: " << error.what());
  }
  BOOST_REQUIRE(clients.size() > 100u);
  api.tell(linux_status());
  for (auto& client : clients)
    BOOST_REQUIRE(data_of(next(client, "status")).at("id").as_string() == "linux");
}

BOOST_AUTO_TEST_CASE(what_a_client_sends_on_a_stream_is_ignored) {
  auto client = listen();
  client.send(ask("GET", "/healthz") + std::string(100'000, 'x'));
  api.tell(linux_status());
  BOOST_TEST(data_of(next(client, "status")).at("id").as_string() == "linux");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_frees_its_place) {
  config.max_connections = 1;
  { auto client = listen(); }
  for (;;) {
    auto client = connect();
    client.send(ask("GET", "/healthz"));
    // Until the node has noticed, it is told that there is no room.
    if (client.read().status == 200u)
      break;
  }
}

BOOST_AUTO_TEST_CASE(a_head_request_has_an_end) {
  auto client = connect();
  client.send(ask("HEAD", "/events") + ask("GET", "/healthz"));
  BOOST_TEST(client.read(answer_kind::head).field("Content-Type") == "text/event-stream");
  BOOST_TEST(client.read().status == 200u);
}

BOOST_AUTO_TEST_CASE(requests_before_a_stream_are_answered_first) {
  auto client = connect();
  client.send(ask("GET", "/healthz") + ask("GET", "/events"));
  BOOST_TEST(client.read().body == R"({"status":"ok"})");
  BOOST_TEST(client.read().field("Content-Type") == "text/event-stream");
  client.read_until("\n\n");
  api.tell(linux_status());
  next(client, "status");
}

BOOST_AUTO_TEST_CASE(a_stop_ends_streams_at_once) {
  auto client = listen();
  BOOST_TEST(gateway->stop(20s));
  client.read_to_end();
  // Nobody is there to hear it.
  api.tell(linux_status());
}

BOOST_AUTO_TEST_CASE(a_stream_outlives_the_deadlines_of_requests) {
  config.idle_timeout = config.header_timeout = config.body_timeout = 50ms;
  limits.answer_timeout = 50ms;
  std::atomic<std::uint64_t> looks{0};
  api.scheduler.set(
      [&looks](answer_callback<scheduler_state_ptr> done) { done(limits_of(++looks, "cpu")); });
  auto client = listen();
  // A second lies between two of them.
  for (int n = 0; n < 3; ++n)
    next(client, "scheduler");
}

BOOST_AUTO_TEST_SUITE_END()

#include <thread>

#include <boost/test/unit_test.hpp>
#include <tests/gateway/gateway_fixture.hpp>

BOOST_FIXTURE_TEST_SUITE(connection, headway::test::gateway_fixture)

using namespace headway;
using namespace headway::test;
using namespace std::chrono_literals;

namespace {

std::string add_request_bytes() {
  return ask_with_body("POST", "/projects", R"({"path":"/a"})");
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_connection_serves_many_requests) {
  auto client = connect();
  for (int i = 0; i < 100; ++i) {
    client.send(ask("GET", "/healthz"));
    BOOST_TEST(client.read().status == 200u);
  }
}

BOOST_AUTO_TEST_CASE(a_connection_ends_when_the_client_says_so) {
  auto client = connect();
  client.send(ask("GET", "/healthz", "Connection: close\r\n") + ask("GET", "/metrics"));
  const auto answer = client.read();
  BOOST_TEST(answer.field("Connection") == "close");
  BOOST_TEST(client.read_to_end() == "");
}

BOOST_AUTO_TEST_CASE(http_1_0_closes_unless_asked_not_to) {
  auto brief = connect();
  brief.send("GET /healthz HTTP/1.0\r\n\r\n");
  BOOST_TEST(brief.read().field("Connection") == "close");
  BOOST_TEST(brief.read_to_end() == "");
  auto lasting = connect();
  for (int i = 0; i < 2; ++i) {
    lasting.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    BOOST_TEST(lasting.read().field("Connection") == "keep-alive");
  }
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  api.find.set([](const project_id& id, answer_callback<project_info> done) {
    // Half of the answers come from another thread.
    auto answer = [id, done] { done(project_info{id, "/x", project_state::fresh, ""}); };
    if (id.slug.back() % 2 == 0)
      return answer();
    std::thread{answer}.detach();
  });
  std::string bytes;
  for (int i = 0; i < 200; ++i)
    bytes += i % 5 == 0 ? ask("GET", "/healthz") : ask("GET", "/projects/p" + std::to_string(i));
  auto client = connect();
  client.send(bytes);
  for (int i = 0; i < 200; ++i) {
    const auto answer = client.read();
    if (i % 5 == 0)
      BOOST_TEST(answer.body == R"({"status":"ok"})");
    else
      BOOST_TEST(json_of(answer).at("id").as_string() == "p" + std::to_string(i));
  }
}

BOOST_AUTO_TEST_CASE(one_request_of_a_connection_is_with_the_engine_at_a_time) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  held_calls<project_info> held;
  api.find.set([&](const project_id&, answer_callback<project_info> done) {
    most = std::max<int>(most, ++running);
    held.keep(done);
  });
  auto client = connect();
  client.send(ask("GET", "/projects/a") + ask("GET", "/projects/b") + ask("GET", "/projects/c"));
  for (int i = 0; i < 3; ++i) {
    auto call = held.take();
    --running;
    call(linux_project());
  }
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(client.read().status == 200u);
  BOOST_TEST(most == 1);
}

BOOST_AUTO_TEST_CASE(requests_may_come_byte_by_byte) {
  api.add.answer(linux_project());
  auto client = connect();
  client.send_byte_by_byte(add_request_bytes() + ask("GET", "/healthz"));
  BOOST_TEST(client.read().status == 201u);
  BOOST_TEST(client.read().status == 200u);
}

BOOST_AUTO_TEST_CASE(many_requests_cut_anywhere_are_answered_in_order) {
  api.add.answer(linux_project());
  std::string bytes;
  for (int i = 0; i < 20; ++i)
    bytes += ask("GET", "/healthz") + add_request_bytes();
  auto client = connect();
  for (std::string_view rest = bytes; !rest.empty();
       rest.remove_prefix(std::min<std::size_t>(7, rest.size())))
    client.send(rest.substr(0, 7));
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(client.read().status == 200u);
    BOOST_TEST(client.read().status == 201u);
  }
}

BOOST_AUTO_TEST_CASE(bodies_may_be_chunked) {
  api.add.set([](const std::string& path, answer_callback<project_info> done) {
    done(project_info{{"a"}, path, project_state::fresh, ""});
  });
  const auto head = ask("POST", "/projects",
                        "Content-Type: application/json\r\nTransfer-Encoding: \tChunked \r\n");
  auto client = connect();
  client.send_byte_by_byte(
      head + "9;ext=1\r\n{\"path\":\"\r\n5\r\n/a/b\"\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n");
  const auto answer = client.read();
  BOOST_TEST(answer.status == 201u);
  BOOST_TEST(json_of(answer).at("path").as_string() == "/a/b");
  client.send(ask("GET", "/healthz"));
  BOOST_TEST(client.read().status == 200u);
}

BOOST_AUTO_TEST_CASE(empty_lines_before_a_request_are_skipped) {
  auto client = connect();
  client.send("\r\n\r\n" + ask("GET", "/healthz") + "\r\n" + ask("GET", "/healthz"));
  BOOST_TEST(client.read().status == 200u);
  BOOST_TEST(client.read().status == 200u);
}

BOOST_AUTO_TEST_CASE(a_client_is_told_to_go_on_with_its_body) {
  api.add.answer(linux_project());
  const std::string body = R"({"path":"/a"})";
  const auto head =
      ask("POST", "/projects",
          "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n");
  auto client = connect();
  client.send(head);
  BOOST_TEST(client.read().status == 100u);
  client.send(body);
  BOOST_TEST(client.read().status == 201u);
  client.send(head + body);
  BOOST_TEST(client.read().status == 201u);
}

BOOST_AUTO_TEST_CASE(other_expectations_fail) {
  problem_detail(get("/healthz", "Expect: miracles\r\n"), 417);
}

BOOST_AUTO_TEST_CASE(a_client_waiting_to_send_too_much_is_refused_before) {
  auto client = connect();
  client.send(ask("POST", "/projects", "Expect: 100-continue\r\nContent-Length: 70000\r\n"));
  problem_detail(client.read(), 413);
  BOOST_TEST(client.read_to_end() == "");
}

BOOST_AUTO_TEST_CASE(large_headers_are_refused) {
  auto client = connect();
  client.send(ask("GET", "/healthz", "X: " + std::string(9'000, 'x') + "\r\n"));
  problem_detail(client.read(), 431);
  BOOST_TEST(client.read_to_end() == "");
  BOOST_TEST(get("/healthz", "X: " + std::string(8'000, 'x') + "\r\n").status == 200u);
}

BOOST_AUTO_TEST_CASE(endless_headers_are_refused_before_their_end) {
  auto client = connect();
  client.send("GET /" + std::string(20'000, 'a'));
  problem_detail(client.read(), 431);
}

BOOST_AUTO_TEST_CASE(large_bodies_are_refused_and_the_refusal_arrives) {
  for (int i = 0; i < 20; ++i) {
    auto client = connect();
    client.send(ask_with_body("POST", "/projects", std::string(100'000, ' ')));
    problem_detail(client.read(), 413);
    BOOST_TEST(client.read_to_end() == "");
  }
}

BOOST_AUTO_TEST_CASE(chunks_that_add_up_to_too_much_are_refused) {
  auto client = connect();
  client.send(ask("POST", "/projects", "Transfer-Encoding: chunked\r\n"));
  const auto chunk = "4000\r\n" + std::string(0x4000, ' ') + "\r\n";
  for (int i = 0; i < 5; ++i)
    client.send(chunk);
  problem_detail(client.read(), 413);
}

BOOST_AUTO_TEST_CASE(a_chunk_head_that_never_ends_is_refused) {
  auto client = connect();
  client.send(ask("POST", "/projects", "Transfer-Encoding: chunked\r\n"));
  client.send("1;" + std::string(20'000, 'x'));
  const auto answer = client.read();
  BOOST_TEST((answer.status == 431u || answer.status == 400u));
}

BOOST_AUTO_TEST_CASE(requests_that_two_servers_could_read_differently_are_refused) {
  const std::string host = "Host: localhost\r\n";
  const std::string refused[] = {
      "POST /projects HTTP/1.1\r\n" + host +
          "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /projects HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
      "POST /projects HTTP/1.1\r\n" + host + "Content-Length: -5\r\n\r\n",
      "POST /projects HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n",
      "GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n",
      "GET /healthz HTTP/1.1\r\n" + host + "A: b\r\n folded\x01\r\n\r\n",
      "GET /healthz HTTP/1.1\nHost: localhost\n\r\n\r\n",
      "GET /a b HTTP/1.1\r\n" + host + "\r\n",
      "GET /healthz HTTP/1.1x\r\n" + host + "\r\n",
      "GET /healthz\r\n" + host + "\r\n",
      "GET  /healthz HTTP/1.1\r\n" + host + "\r\n",
      "nonsense\r\n\r\n",
      std::string("\0\0\0\0\r\n\r\n", 8),
      "\x16\x03\x01\x02" + std::string(20, 'x') + "\r\n\r\n"};
  for (const auto& bytes : refused) {
    auto client = connect();
    client.send(bytes);
    const auto answer = client.read();
    BOOST_TEST(answer.status == 400u, bytes);
    BOOST_TEST(answer.field("Content-Type") == "application/problem+json");
    BOOST_TEST(answer.field("Connection") == "close");
    BOOST_TEST(client.read_to_end() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_body_whose_end_is_not_certain_is_refused_and_nothing_after_it_is_read) {
  const std::string head = "POST /projects HTTP/1.1\r\nHost: localhost\r\n";
  const std::string refused[] = {
      head + "Transfer-Encoding: gzip\r\n\r\n",
      head + "Transfer-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
      head + "Transfer-Encoding: identity\r\n\r\n",
      head + "Transfer-Encoding:\r\n\r\n",
      head + "Transfer-Encoding: ,\r\n\r\n",
      head + "Transfer-Encoding: chunked, gzip\r\n\r\n",
      head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n",
      head + "Transfer-Encoding: gzip, chunked;q=1\r\n\r\n",
      head + "Transfer-Encoding: xchunked\r\n\r\n",
      head + "Transfer-Encoding: \"chunked\"\r\n\r\n",
      head +
          "Transfer-Encoding: \x0b"
          "chunked\r\n\r\n",
      head + "Transfer-Encoding : chunked\r\n\r\n",
      "POST /projects HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n"
      "Transfer-Encoding: chunked\r\n\r\n"};
  for (const auto& bytes : refused) {
    auto client = connect();
    client.send(bytes + ask("GET", "/healthz"));
    const auto answer = client.read();
    BOOST_TEST(answer.status == 400u, bytes);
    BOOST_TEST(answer.field("Connection") == "close");
    BOOST_TEST(client.read_to_end() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_transfer_coding_that_nobody_here_reads_is_refused) {
  for (const auto* codings :
       {"gzip, chunked", "gzip\r\nTransfer-Encoding: chunked", "chunked,\tChunked"}) {
    auto client = connect();
    client.send(ask("POST", "/projects", "Transfer-Encoding: " + std::string{codings} + "\r\n") +
                "0\r\n\r\n");
    problem_detail(client.read(), 501);
    BOOST_TEST(client.read_to_end() == "");
  }
}

BOOST_AUTO_TEST_CASE(other_versions_are_refused) {
  problem_detail(exchange("GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n"), 505);
  problem_detail(exchange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
}

BOOST_AUTO_TEST_CASE(idle_connections_are_closed_without_words) {
  config.idle_timeout = 50ms;
  auto fresh = connect();
  BOOST_TEST(fresh.read_to_end() == "");
  auto used = connect();
  used.send(ask("GET", "/healthz"));
  BOOST_TEST(used.read().status == 200u);
  BOOST_TEST(used.read_to_end() == "");
}

BOOST_AUTO_TEST_CASE(a_header_has_a_deadline_that_no_byte_extends) {
  config.header_timeout = 100ms;
  config.max_header_size = 16 << 20;
  auto client = connect();
  client.send("GET /healthz HTTP/1.1\r\n");
  while (!client.has_input_within(1ms))
    client.send("X: y\r\n");
  problem_detail(client.read(), 408);
}

BOOST_AUTO_TEST_CASE(a_header_that_stops_arriving_times_out) {
  config.header_timeout = 50ms;
  auto client = connect();
  client.send("GET /healthz HTTP/1.1\r\nHost: loc");
  problem_detail(client.read(), 408);
  BOOST_TEST(client.read_to_end() == "");
}

BOOST_AUTO_TEST_CASE(a_body_that_stops_arriving_times_out) {
  config.body_timeout = 50ms;
  auto client = connect();
  client.send(ask("POST", "/projects", "Content-Length: 10\r\n") + "12345");
  problem_detail(client.read(), 408);
  BOOST_TEST(client.read_to_end() == "");
}

BOOST_AUTO_TEST_CASE(slow_clients_keep_nobody_waiting) {
  config.header_timeout = 200ms;
  std::vector<http_client> slow;
  for (int i = 0; i < 300; ++i) {
    slow.push_back(connect());
    slow.back().send("GET /healthz HTTP/1.1\r\nX: ");
  }
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(get("/healthz").status == 200u);
  for (auto& client : slow)
    BOOST_TEST(client.read().status == 408u);
}

BOOST_AUTO_TEST_CASE(an_engine_that_never_answers_is_a_timeout) {
  limits.answer_timeout = 50ms;
  held_calls<project_info> held;
  api.find.set([&](const project_id&, answer_callback<project_info> done) { held.keep(done); });
  auto client = connect();
  client.send(ask("GET", "/projects/a", "X-Request-Id: late\r\n") + ask("GET", "/healthz"));
  const auto late = client.read();
  BOOST_TEST(contains(problem_detail(late, 504), "in time"));
  BOOST_TEST(late.field("X-Request-Id") == "late");
  BOOST_TEST(json_of(late).at("instance").as_string() == "/projects/a");
  BOOST_TEST(client.read().status == 200u);
  // The answer that comes after all belongs to nobody.
  held.take()(linux_project());
  client.send(ask("GET", "/metrics"));
  BOOST_TEST(contains(client.read().body, "headway_projects"));
}

BOOST_AUTO_TEST_CASE(a_wait_that_was_asked_for_is_no_timeout) {
  limits.answer_timeout = 20ms;
  held_calls<fetch_report_ptr> held;
  api.fetch.answer(fetch_number(1, fetch_stage::queued));
  api.fetch_result.set([&](fetch_id, std::chrono::milliseconds,
                           answer_callback<fetch_report_ptr> done) { held.keep(done); });
  auto patient = connect();
  patient.send(ask("POST", "/projects/linux/fetch?wait=60s"));
  auto call = held.take();
  // Another request's time-out shows that the sweep has come by meanwhile.
  held_calls<project_info> never;
  api.find.set([&](const project_id&, answer_callback<project_info> done) { never.keep(done); });
  BOOST_TEST(get("/projects/a").status == 504u);
  call(fetch_number(1, fetch_stage::done));
  BOOST_TEST(patient.read().status == 200u);
}

BOOST_AUTO_TEST_CASE(answers_to_clients_that_have_gone_go_nowhere) {
  held_calls<project_info> held;
  api.find.set([&](const project_id&, answer_callback<project_info> done) { held.keep(done); });
  for (int i = 0; i < 20; ++i) {
    auto client = connect();
    client.send(ask("GET", "/projects/a"));
    auto call = held.take();
    client.reset();
    call(linux_project());
  }
  BOOST_TEST(get("/healthz").status == 200u);
}

BOOST_AUTO_TEST_CASE(a_client_that_has_said_all_still_gets_its_answers) {
  held_calls<project_info> held;
  api.find.set([&](const project_id&, answer_callback<project_info> done) { held.keep(done); });
  auto client = connect();
  client.send(ask("GET", "/projects/a") + ask("GET", "/healthz"));
  client.end_of_input();
  held.take()(linux_project());
  const auto all = client.read_to_end();
  BOOST_TEST(contains(all, "linux"));
  BOOST_TEST(contains(all, R"({"status":"ok"})"));
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_in_the_middle_of_a_request_is_forgotten) {
  for (const char* bytes : {"", "GET /hea",
                            "POST /projects HTTP/1.1\r\nHost: localhost\r\n"
                            "Content-Length: 10\r\n\r\n123"}) {
    auto client = connect();
    client.send(bytes);
    client.end_of_input();
    BOOST_TEST(client.read_to_end() == "");
  }
}

BOOST_AUTO_TEST_CASE(large_answers_arrive_whole_and_slow_readers_are_waited_for) {
  auto status = *linux_status();
  status.branches.resize(20'000, status.branches[0]);
  api.sync_status.answer(status_answer{std::make_shared<const sync_status>(status), {}});
  auto client = connect();
  std::string bytes;
  for (int i = 0; i < 8; ++i)
    bytes += ask("GET", "/projects/linux/sync-status");
  client.send(bytes);
  for (int i = 0; i < 8; ++i)
    BOOST_TEST(client.read().body.size() > 1'000'000u);
}

BOOST_AUTO_TEST_CASE(a_reader_that_never_reads_is_given_up) {
  config.idle_timeout = 100ms;
  auto status = *linux_status();
  status.branches.resize(100'000, status.branches[0]);
  api.sync_status.answer(status_answer{std::make_shared<const sync_status>(status), {}});
  auto client = connect();
  client.send(ask("GET", "/projects/linux/sync-status"));
  // The idle time of this one begins later, so by its end the other has been given up.
  auto witness = connect();
  witness.send(ask("GET", "/healthz"));
  BOOST_TEST(witness.read().status == 200u);
  BOOST_TEST(witness.read_to_end() == "");
  const auto received = client.read_to_end();
  BOOST_TEST(received.size() < 10'000'000u);
}

BOOST_AUTO_TEST_SUITE_END()

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <tests/support/git_servers.hpp>
#include <tests/support/sandbox.hpp>

#include <storage/remote/http_prober.hpp>

BOOST_AUTO_TEST_SUITE(http_prober)

using namespace headway;
using namespace headway::remote;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using ending = http_result::ending;

namespace {

/// Bare "one.git" and "two.git" with branches main, topic and topic-2.
struct repositories {
  repositories() : root{box / "srv"} {
    fs::create_directories(root);
    const auto work = box.init("work");
    tip = box.commit(work, "one");
    for (const auto* name : {"one.git", "two.git"}) {
      box.git(box.root(), {"init", "-q", "--bare", "-b", "main", (root / name).string()});
      for (const auto* branch : {"main", "topic", "topic-2"})
        box.git(work,
                {"push", "-q", (root / name).string(), std::string{"HEAD:refs/heads/"} + branch});
    }
  }

  test::sandbox box;
  fs::path root;
  std::string tip;
};

struct served : repositories {
  served() : server{box, root} {}
  test::http_server server;
};

http_probe question(const std::string& url, std::vector<std::string> refs = {"refs/heads/main"}) {
  http_probe result;
  result.url = url;
  result.refs = std::move(refs);
  result.deadline = 20s;
  return result;
}

std::future<http_result> begin(headway::remote::http_prober& prober, http_probe what,
                               headway::remote::http_prober::probe_id* id = nullptr) {
  auto promise = std::make_shared<std::promise<http_result>>();
  const auto given = prober.submit(
      std::move(what), [promise](http_result result) { promise->set_value(std::move(result)); });
  if (id != nullptr)
    *id = given;
  return promise->get_future();
}

http_result wait(std::future<http_result> answer) {
  BOOST_REQUIRE((answer.wait_for(30s) == std::future_status::ready));
  return answer.get();
}

http_result probe(headway::remote::http_prober& prober, http_probe what) {
  return wait(begin(prober, std::move(what)));
}

http_result probe(http_probe what) {
  headway::remote::http_prober prober;
  return probe(prober, std::move(what));
}

void check_answered(const http_result& result, const std::string& tip) {
  BOOST_REQUIRE_MESSAGE((result.how == ending::answered), result.error);
  BOOST_REQUIRE(result.refs.contains("refs/heads/main"));
  BOOST_TEST(result.refs.at("refs/heads/main").hex() == tip);
  BOOST_TEST((result.host == host_sign::well));
}

void check_failed(const http_result& result, ec code, host_sign host, const std::string& words) {
  BOOST_TEST((result.how == ending::failed));
  BOOST_TEST(to_string(result.code) == to_string(code), result.error);
  BOOST_TEST((result.host == host), result.error);
  BOOST_TEST(result.error.find(words) != std::string::npos, result.error);
  BOOST_TEST(result.refs.empty());
}

void check_fault(const std::string& response, ec code, host_sign host, const std::string& words) {
  const auto server = test::fault_server::answering(response);
  check_failed(probe(question(server->url("x.git"))), code, host, words);
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_warm_connection_takes_one_request_for_each_probe, served) {
  const auto relay = test::fault_server::relaying(server.port());
  headway::remote::http_prober prober;
  for (int round = 1; round <= 5; ++round) {
    const auto result = probe(prober, question(relay->url(round % 2 != 0 ? "one.git" : "two.git")));
    check_answered(result, tip);
    BOOST_TEST(result.refs.size() == 1u);
    BOOST_TEST(result.traffic.requests == 1u);
    BOOST_TEST(result.traffic.connections == (round == 1 ? 1u : 0u));
    BOOST_TEST(result.traffic.sent + result.traffic.received <= 1'500u);
    BOOST_TEST(relay->requests() == static_cast<std::size_t>(round));
  }
  BOOST_TEST(relay->connections() == 1u);
}

BOOST_FIXTURE_TEST_CASE(only_refs_that_begin_like_the_tracked_ones_are_sent, served) {
  const auto result = probe(question(server.url("one.git"), {"refs/heads/topic"}));
  BOOST_REQUIRE((result.how == ending::answered));
  BOOST_TEST(result.refs.size() == 2u);
  BOOST_TEST(result.refs.contains("refs/heads/topic-2"));
}

BOOST_FIXTURE_TEST_CASE(https_checks_the_certificate_and_shares_one_connection, served) {
  auto https = question(server.https_url("one.git"));
  const auto distrusted = probe(https);
  check_failed(distrusted, ec::remote, host_sign::ill, "certificate");
  https.options.ca_file = server.ca_file().string();
  headway::remote::http_prober prober;
  std::vector<std::future<http_result>> answers;
  for (int i = 0; i < 40; ++i)
    answers.push_back(begin(prober, https));
  unsigned connections = 0;
  for (auto& answer : answers) {
    const auto result = wait(std::move(answer));
    check_answered(result, tip);
    connections += result.traffic.connections;
  }
  BOOST_TEST(connections <= 8u);
  https.options.ca_file.clear();
  https.options.certificates = certificate_check::off;
  check_answered(probe(prober, https), tip);
  // A connection that was made without a check is not for those who want one.
  https.options.certificates = certificate_check::on;
  check_failed(probe(prober, https), ec::remote, host_sign::ill, "certificate");
}

BOOST_FIXTURE_TEST_CASE(a_login_is_sent_at_once_and_a_wrong_one_is_told, served) {
  auto closed = question(server.auth_url("one.git"));
  closed.options.ca_file = server.ca_file().string();
  headway::remote::http_prober prober;
  const auto without = probe(prober, closed);
  BOOST_TEST((without.how == ending::unauthorized), without.error);
  BOOST_TEST((without.code == ec::auth_required));
  closed.who = login{"tester", "wrong"};
  BOOST_TEST((probe(prober, closed).how == ending::unauthorized));
  closed.who = login{"tester", "s3cret"};
  const auto result = probe(prober, closed);
  check_answered(result, tip);
  BOOST_TEST(result.traffic.requests == 1u);
}

BOOST_FIXTURE_TEST_CASE(netrc_serves_when_no_login_is_given, served) {
  const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  ::setenv("HOME", box.root().c_str(), 1);
  box.write(box / ".netrc", "machine 127.0.0.1 login tester password s3cret\n");
  auto closed = question(server.auth_url("one.git"));
  closed.options.ca_file = server.ca_file().string();
  check_answered(probe(closed), tip);
  ::setenv("HOME", home.c_str(), 1);
}

BOOST_FIXTURE_TEST_CASE(a_server_of_an_old_version_is_recognised_and_remembered, served) {
  headway::remote::http_prober prober;
  const auto first = probe(prober, question(server.old_url("one.git")));
  check_answered(first, tip);
  BOOST_TEST(first.traffic.requests == 2u);
  BOOST_TEST(first.refs.size() == 4u);  // All branches and HEAD: it sends what it has.
  const auto second = probe(prober, question(server.old_url("two.git")));
  check_answered(second, tip);
  BOOST_TEST(second.traffic.requests == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_repository_that_is_not_there_is_told_as_such, served) {
  check_failed(probe(question(server.url("none.git"))), ec::not_found, host_sign::well, "404");
}

BOOST_AUTO_TEST_CASE(answers_that_are_no_list_of_refs_are_refused) {
  const std::string type = "application/x-git-upload-pack-result";
  check_fault(test::http_response("200 OK", "text/html", "<html>Sign in</html>"), ec::remote,
              host_sign::well, "text/html");
  check_fault(test::http_response("200 OK", type, "<html>Sign in</html>"), ec::remote,
              host_sign::well, "not in Git's format");
  check_fault(test::http_response("200 OK", type, "0000" + std::string(64, 'x')), ec::remote,
              host_sign::well, "goes on after its end");
  check_fault(test::http_response("200 OK", type, "003e"), ec::remote, host_sign::well,
              "is cut short");
  // An empty one is asked what it is, and says nothing again.
  check_fault(test::http_response("200 OK", type, ""), ec::remote, host_sign::well,
              "no list of refs");
  check_fault("HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nContent-Length: 500\r\n\r\n0000",
              ec::network, host_sign::ill, "");
  check_fault("not even HTTP\r\n\r\n", ec::remote, host_sign::none, "HTTP/0.9");
}

BOOST_AUTO_TEST_CASE(an_answer_without_end_is_cut_off) {
  const auto server = test::fault_server::answering(test::http_response(
      "200 OK", "application/x-git-upload-pack-result", std::string(4096, 'x')));
  headway::remote::http_prober prober{{.max_answer = 1024}};
  check_failed(probe(prober, question(server->url("x.git"))), ec::remote, host_sign::none,
               "sends too much");
}

BOOST_AUTO_TEST_CASE(refusals_carry_the_pause_that_the_server_asks_for) {
  check_fault(test::http_response("403 Forbidden", "text/plain", ""), ec::auth_required,
              host_sign::well, "403");
  check_fault(test::http_response("500 Broken", "text/plain", ""), ec::remote, host_sign::ill,
              "500");
  const auto busy = test::fault_server::answering(
      "HTTP/1.1 429 Too Many\r\nRetry-After: 17\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  const auto result = probe(question(busy->url("x.git")));
  check_failed(result, ec::remote, host_sign::throttled, "429");
  BOOST_TEST((result.retry_after == 17s));
  BOOST_TEST(result.traffic.requests == 1u);
  const auto down =
      test::fault_server::answering(test::http_response("503 Down", "text/plain", ""));
  const auto without = probe(question(down->url("x.git")));
  check_failed(without, ec::remote, host_sign::throttled, "503");
  BOOST_TEST(!without.retry_after.has_value());
}

BOOST_AUTO_TEST_CASE(a_refusal_that_is_cut_short_is_one_all_the_same) {
  const auto locked = test::fault_server::answering(
      "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 500\r\n\r\nNot with");
  const auto result = probe(question(locked->url("x.git")));
  BOOST_TEST((result.how == ending::unauthorized), result.error);
  check_fault("HTTP/1.1 503 Down\r\nContent-Length: 500\r\n\r\nBack", ec::remote,
              host_sign::throttled, "503");
  check_fault(
      "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-result\r\n"
      "Content-Length: 500\r\n\r\n003d",
      ec::network, host_sign::ill, "");
}

BOOST_AUTO_TEST_CASE(a_login_that_is_more_than_a_password_is_left_to_git) {
  const auto server = test::fault_server::answering(
      "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\nConnection: "
      "close\r\n\r\n");
  BOOST_TEST((probe(question(server->url("x.git"))).how == ending::left_to_git));
}

BOOST_FIXTURE_TEST_CASE(redirects_are_followed_within_the_host_and_remembered, served) {
  const auto away = test::fault_server::answering(
      "HTTP/1.1 302 Found\r\nLocation: " + server.url("one.git") +
      "/info/refs?service=git-upload-pack\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  check_failed(probe(question(away->url("one.git"))), ec::remote, host_sign::well, "another host");
  const auto loop = test::fault_server::answering(
      "HTTP/1.1 302 Found\r\nLocation: /x.git/info/refs?service=git-upload-pack\r\n"
      "Content-Length: 0\r\nConnection: close\r\n\r\n");
  check_failed(probe(question(loop->url("x.git"))), ec::remote, host_sign::well,
               "from one address to the next");
}

BOOST_AUTO_TEST_CASE(connections_that_break_are_the_hosts_trouble) {
  check_failed(probe(question(test::fault_server::closing()->url("x.git"))), ec::network,
               host_sign::ill, "");
  const auto resetting = test::fault_server::resetting(
      "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-result\r\n"
      "Content-Length: 500\r\n\r\n003d");
  check_failed(probe(question(resetting->url("x.git"))), ec::network, host_sign::ill, "");
  std::string gone;
  gone = test::fault_server::closing()->url("x.git");
  check_failed(probe(question(gone)), ec::network, host_sign::ill, "connect");
  check_failed(probe(question("http://no-such-host.invalid/x.git")), ec::network, host_sign::ill,
               "resolve");
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_given_up_at_the_deadline) {
  const auto hole = test::fault_server::silent();
  auto what = question(hole->url("x.git"));
  what.deadline = 200ms;
  check_failed(probe(what), ec::deadline_exceeded, host_sign::ill, "longer than allowed");
}

BOOST_AUTO_TEST_CASE(a_probe_into_a_black_hole_is_cancelled) {
  const auto hole = test::fault_server::silent();
  headway::remote::http_prober prober;
  headway::remote::http_prober::probe_id id = 0;
  auto answer = begin(prober, question(hole->url("x.git")), &id);
  BOOST_REQUIRE(hole->wait_for_stall());
  prober.cancel(id);
  const auto result = wait(std::move(answer));
  BOOST_TEST((result.how == ending::cancelled));
  BOOST_TEST((result.code == ec::cancelled));
  prober.cancel(id);
  prober.cancel(4711);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_prober_cancels_what_runs) {
  const auto hole = test::fault_server::silent();
  std::future<http_result> running;
  std::future<http_result> submitted;
  {
    headway::remote::http_prober prober;
    running = begin(prober, question(hole->url("x.git")));
    BOOST_REQUIRE(hole->wait_for_stall());
    submitted = begin(prober, question(hole->url("y.git")));
  }
  BOOST_TEST((wait(std::move(running)).how == ending::cancelled));
  BOOST_TEST((wait(std::move(submitted)).how == ending::cancelled));
}

BOOST_FIXTURE_TEST_CASE(a_host_that_hangs_does_not_hold_up_another, served) {
  const auto hole = test::fault_server::silent();
  headway::remote::http_prober prober;
  std::vector<std::future<http_result>> stuck;
  for (int i = 0; i < 30; ++i)
    stuck.push_back(begin(prober, question(hole->url("x.git"))));
  for (int i = 0; i < 20; ++i)
    check_answered(probe(prober, question(server.url("one.git"))), tip);
  for (auto& answer : stuck)
    BOOST_TEST((answer.wait_for(0s) == std::future_status::timeout));
}

BOOST_AUTO_TEST_SUITE_END()

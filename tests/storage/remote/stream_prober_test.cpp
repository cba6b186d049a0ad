#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <tests/support/git_servers.hpp>
#include <tests/support/sandbox.hpp>

#include <storage/git/ssh_sharing.hpp>
#include <storage/remote/address.hpp>
#include <storage/remote/stream_prober.hpp>

BOOST_AUTO_TEST_SUITE(stream_prober)

using namespace headway;
using namespace headway::remote;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using ending = stream_result::ending;

namespace {

/// Bare "one.git" with branches main, topic and topic-2.
struct fixture {
  fixture() : root{box / "srv"} {
    fs::create_directories(root);
    work = box.init("work");
    tip = box.commit(work, "one");
    box.git(box.root(), {"init", "-q", "--bare", "-b", "main", (root / "one.git").string()});
    for (const auto* branch : {"main", "topic", "topic-2"})
      box.git(work, {"push", "-q", (root / "one.git").string(),
                     std::string{"HEAD:refs/heads/"} + branch});
  }

  using prober_type = headway::remote::stream_prober;

  std::future<stream_result> begin(stream_probe what, prober_type::probe_id* id = nullptr) {
    auto promise = std::make_shared<std::promise<stream_result>>();
    const auto given = prober.submit(std::move(what), [promise](stream_result result) {
      promise->set_value(std::move(result));
    });
    if (id != nullptr)
      *id = given;
    return promise->get_future();
  }

  static stream_result wait(std::future<stream_result> answer) {
    BOOST_REQUIRE((answer.wait_for(30s) == std::future_status::ready));
    return answer.get();
  }

  stream_result ask(stream_probe what) { return wait(begin(std::move(what))); }

  static stream_probe at_daemon(const std::string& url,
                                std::vector<std::string> refs = {"refs/heads/main"}) {
    return {parse_daemon_address(url).value(), std::move(refs), 20s};
  }

  static void check_answered(const stream_result& result, const std::string& ref,
                             const std::string& tip) {
    BOOST_TEST((result.how == ending::answered), result.error);
    BOOST_REQUIRE(result.refs.contains(ref));
    BOOST_TEST(result.refs.at(ref).hex() == tip);
    BOOST_TEST((result.host == host_sign::well));
  }

  static void check_failed(const stream_result& result, ec code, host_sign host) {
    BOOST_TEST((result.how == ending::failed));
    BOOST_TEST(to_string(result.code) == to_string(code), result.error);
    BOOST_TEST((result.host == host), result.error);
  }

  test::sandbox box;
  fs::path root;
  fs::path work;
  std::string tip;
  prober_type prober;
};

struct daemon : fixture {
  daemon() : server{box, root} {}
  test::git_daemon server;
};

/// A connection that ssh keeps.
struct ssh : fixture {
  ssh() : server{box} {
    auto opened = sharing.open(server.command() + " -oBatchMode=yes", server.url("/"), 20s, never);
    BOOST_REQUIRE_MESSAGE(opened, (opened ? "" : describe(opened.error())));
    socket = *opened;
  }

  stream_probe question(const fs::path& repository) const {
    return {ssh_address{socket, repository.string()}, {"refs/heads/main"}, 20s};
  }

  test::ssh_server server;
  git::ssh_sharing sharing;
  git::cancellation never;
  std::string socket;
};

bool without_ssh() {
  if (test::ssh_server::available())
    return false;
  BOOST_TEST_MESSAGE("skipped: needs sshd and a login shell");
  BOOST_TEST(true);
  return true;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_daemon_tells_the_refs_that_are_asked_for, daemon) {
  const auto result =
      ask(at_daemon(server.url("one.git"), {"refs/heads/topic", "refs/heads/none"}));
  check_answered(result, "refs/heads/topic", tip);
  BOOST_TEST(!result.refs.contains("refs/heads/main"));
  BOOST_TEST(!result.refs.contains("refs/heads/none"));
  BOOST_TEST(result.received < 1'000u);
  const auto next = box.commit(work, "two");
  box.git(work, {"push", "-q", (root / "one.git").string(), "HEAD:refs/heads/topic"});
  check_answered(ask(at_daemon(server.url("one.git"), {"refs/heads/topic"})), "refs/heads/topic",
                 next);
}

BOOST_FIXTURE_TEST_CASE(many_questions_are_asked_at_once, daemon) {
  std::vector<std::future<stream_result>> answers;
  for (int i = 0; i < 30; ++i)
    answers.push_back(begin(at_daemon(server.url("one.git"))));
  for (auto& answer : answers)
    check_answered(wait(std::move(answer)), "refs/heads/main", tip);
}

BOOST_FIXTURE_TEST_CASE(a_daemon_that_has_no_such_repository_says_so, daemon) {
  const auto result = ask(at_daemon(server.url("two.git")));
  check_failed(result, ec::not_found, host_sign::well);
  BOOST_TEST(result.error.find("the remote says") != std::string::npos, result.error);
}

BOOST_FIXTURE_TEST_CASE(a_daemon_that_cannot_be_reached_or_breaks_off_is_ill, fixture) {
  check_failed(ask(at_daemon("git://127.0.0.1:1/x")), ec::network, host_sign::ill);
  for (const auto& server : {test::fault_server::closing(), test::fault_server::resetting("0")})
    check_failed(ask(at_daemon(server->url("/x", "git"))), ec::network, host_sign::ill);
}

BOOST_FIXTURE_TEST_CASE(an_answer_that_makes_no_sense_is_refused, fixture) {
  for (const auto* bytes : {"HTTP/1.1 400 Bad Request\r\n\r\n", "0010no such line0000",
                            "000eversion 2\n0000000cgarbage\n0000", "000eversion 3\n0000"}) {
    const auto server = test::fault_server::answering(bytes);
    check_failed(ask(at_daemon(server->url("/x", "git"))), ec::remote, host_sign::well);
  }
}

BOOST_FIXTURE_TEST_CASE(a_silent_daemon_is_given_up_at_the_deadline, fixture) {
  const auto hole = test::fault_server::silent();
  auto what = at_daemon(hole->url("/x", "git"));
  what.deadline = 200ms;
  check_failed(ask(std::move(what)), ec::deadline_exceeded, host_sign::ill);
}

BOOST_FIXTURE_TEST_CASE(a_question_is_cancelled_wherever_it_stands, fixture) {
  const auto hole = test::fault_server::silent();
  auto what = at_daemon(hole->url("/x", "git"));
  what.deadline = 10min;
  prober_type::probe_id id = 0;
  auto answer = begin(std::move(what), &id);
  BOOST_REQUIRE(hole->wait_for_stall());
  prober.cancel(id);
  prober.cancel(id + 1);
  const auto result = wait(std::move(answer));
  BOOST_TEST((result.how == ending::cancelled));
  BOOST_TEST((result.code == ec::cancelled));
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_prober_answers_everybody, fixture) {
  const auto hole = test::fault_server::silent();
  std::future<stream_result> answer;
  {
    prober_type short_lived;
    auto promise = std::make_shared<std::promise<stream_result>>();
    answer = promise->get_future();
    short_lived.submit(at_daemon(hole->url("/x", "git")),
                       [promise](stream_result result) { promise->set_value(std::move(result)); });
  }
  BOOST_TEST((wait(std::move(answer)).how == ending::cancelled));
}

BOOST_FIXTURE_TEST_CASE(a_private_address_is_refused_when_it_must_be_public, daemon) {
  auto what = at_daemon(server.url("one.git"));
  what.addresses = address_rule::public_only;
  check_failed(ask(std::move(what)), ec::config, host_sign::none);
}

BOOST_AUTO_TEST_CASE(a_kept_ssh_connection_serves_many_questions) {
  if (without_ssh())
    return;
  ssh all;
  std::vector<std::future<stream_result>> answers;
  for (int i = 0; i < 40; ++i)
    answers.push_back(all.begin(all.question(all.root / "one.git")));
  for (auto& answer : answers)
    all.check_answered(all.wait(std::move(answer)), "refs/heads/main", all.tip);
  BOOST_TEST(all.server.logins() == 1u);
}

BOOST_AUTO_TEST_CASE(odd_paths_reach_the_other_end_as_they_are) {
  if (without_ssh())
    return;
  ssh all;
  const auto odd = all.root / "it's a $HOME `x` !.git";
  fs::copy(all.root / "one.git", odd, fs::copy_options::recursive);
  all.check_answered(all.ask(all.question(odd)), "refs/heads/main", all.tip);
}

BOOST_AUTO_TEST_CASE(what_ssh_cannot_answer_is_left_to_git) {
  if (without_ssh())
    return;
  ssh all;
  const auto result = all.ask(all.question(all.root / "none.git"));
  BOOST_TEST((result.how == ending::left_to_git));
  BOOST_TEST(result.error.find("none.git") != std::string::npos, result.error);
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_nobody_keeps_is_told_as_such, fixture) {
  const auto result = ask({ssh_address{(box / "socket").string(), "/x"}, {"refs/heads/main"}, 20s});
  BOOST_TEST((result.how == ending::line_closed));
}

BOOST_AUTO_TEST_SUITE_END()

#include <algorithm>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <tests/support/git_servers.hpp>
#include <tests/support/sandbox.hpp>

#include <actors/edge.hpp>
#include <actors/engine.hpp>
#include <actors/probe/login_worker.hpp>
#include <actors/probe/prober.hpp>
#include <actors/probe/ssh_opener.hpp>
#include <messages/url.hpp>
#include <storage/git/repository.hpp>

BOOST_AUTO_TEST_SUITE(prober)

using namespace headway;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using finding = probe_report::finding;

namespace {

const std::vector<std::string> every_scheme{"https", "ssh", "http", "git", "file"};

struct far_disk {
  std::mutex hangs;
  std::counting_semaphore<> looks{0};  ///< That have begun.
};

/// Reads as the real one does, but nothing below a folder while that folder's disk hangs.
class hanging_reader : public actor_shell<probe_reader_actor> {
 public:
  hanging_reader(caf::actor_config& actor, engine_context shared, probe_reader_actor reads,
                 fs::path folder, std::shared_ptr<far_disk> disk)
      : actor_shell(actor, "hanging-reader", std::move(shared)),
        reads_(std::move(reads)),
        folder_(std::move(folder)),
        disk_(std::move(disk)) {}

  void on_exit() override {
    caf::anon_send_exit(reads_, caf::exit_reason::user_shutdown);
    reads_ = nullptr;
  }

 protected:
  behavior_type make_behavior() override {
    return {
        [this](const address_job& job) {
          for (const auto place : job.places)
            touch(job.of->targets[place].location.path);
          return delegate(reads_, job);
        },
        [this](const local_look_job& job) {
          touch(job.address);
          return delegate(reads_, job);
        },
        [this](const comparison_job& job) { return delegate(reads_, job); },
        [this](caf::ok_atom ping) { return delegate(reads_, ping); },
    };
  }

 private:
  void touch(const std::string& path) {
    if (!path.starts_with(folder_.string()))
      return;
    disk_->looks.release();
    const std::scoped_lock waits{disk_->hangs};
  }

  probe_reader_actor reads_;
  fs::path folder_;
  std::shared_ptr<far_disk> disk_;
};

/// "srv/one.git" with branches main and topic, a work tree that pushes to it, and an engine's
/// surroundings with a prober on a thread of its own.
struct fixture {
  fixture() : root{box / "srv"} {
    git::initialise_library();
    fs::create_directories(root);
    box.git(box.root(), {"init", "-q", "--bare", "-b", "main", (root / "one.git").string()});
    work = box.init("work");
    box.git(work, {"remote", "add", "origin", (root / "one.git").string()});
    box.commit(work, "one");
    push("main");
    push("topic");
    shared.log =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::null_sink_mt>());
    shared.figures = std::make_shared<headway::metrics>();
    shared.others = std::make_shared<parts>();
    shared.living = std::make_shared<population>();
    shared.condition = std::make_shared<health>();
    engine::configure(config);
    system = std::make_unique<caf::actor_system>(config);
    front = system->spawn<edge>(shared);
    start();
  }

  void start(std::vector<token_source> tokens = {}) {
    if (asked)
      caf::anon_send_exit(asked, caf::exit_reason::user_shutdown);
    asked = system->spawn<headway::prober, caf::detached>(
        shared,
        prober_staff{
            [this] {
              ++readers;
              const probe_reader_actor reads{system->spawn<probe_reader, caf::detached>(shared)};
              return probe_reader_actor{
                  system->spawn<hanging_reader, caf::detached>(shared, reads, far, disk)};
            },
            [this] {
              ++login_workers;
              return login_worker_actor{system->spawn<login_worker, caf::detached>(shared, cancel)};
            },
            [this] {
              return ssh_opener_actor{
                  system->spawn<ssh_opener, caf::detached>(shared, ssh_lines, cancel)};
            }},
        [this] { return mount_table{mounts}; }, std::move(tokens));
  }

  ~fixture() {
    caf::anon_send_exit(asked, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(front, caf::exit_reason::user_shutdown);
    asked = nullptr;
    front = nullptr;
    BOOST_TEST(shared.living->await_extinction(std::chrono::steady_clock::now() + 20s));
  }

  void push(const std::string& branch) {
    box.git(work, {"push", "-q", "origin", "HEAD:refs/heads/" + branch});
  }

  fs::path clone(const std::string& name, const std::string& url) {
    box.git(box.root(), {"clone", "-q", (root / "one.git").string(), name});
    box.git(box / name, {"remote", "set-url", "origin", url});
    return box / name;
  }

  static fetch_target target(const fs::path& at, const std::vector<std::string>& branches) {
    fetch_target result;
    result.location = {at.string(), (at / ".git").string(), (at / ".git").string(), false};
    result.remote.name = "origin";
    for (const auto& branch : branches)
      result.refs.push_back(
          {"refs/heads/" + branch, "refs/remotes/origin/" + branch, std::nullopt});
    return result;
  }

  std::vector<probe_report> probe(std::vector<fetch_target> targets,
                                  std::vector<std::string> schemes = every_scheme) {
    auto promise = std::make_shared<std::promise<caf::expected<probe_answer>>>();
    auto answer = promise->get_future();
    ask<probe_answer>(
        front, asked,
        probe_job{std::move(targets), patience, std::move(schemes), trusted, addresses},
        [promise](caf::expected<probe_answer> value) { promise->set_value(std::move(value)); });
    BOOST_REQUIRE((answer.wait_for(60s) == std::future_status::ready));
    auto result = answer.get();
    BOOST_REQUIRE_MESSAGE(result, (result ? "" : describe(result.error())));
    return std::move(result->reports);
  }

  probe_report probe_one(const fs::path& at, const std::vector<std::string>& branches = {"main"}) {
    return probe({target(at, branches)}).at(0);
  }

  std::future<std::vector<probe_report>> start_probe(std::vector<fetch_target> targets,
                                                     std::uint64_t number = 0) {
    auto promise = std::make_shared<std::promise<std::vector<probe_report>>>();
    ask<probe_answer>(
        front, asked,
        probe_job{std::move(targets), patience, every_scheme, trusted, addresses, number},
        [promise](caf::expected<probe_answer> value) {
          promise->set_value(value ? value->reports : std::vector<probe_report>{});
        });
    return promise->get_future();
  }

  /// Unchanged, moved, missing, and unchanged again.
  void check_follows(const fs::path& at) {
    check(probe_one(at, {"main", "topic"}), finding::unchanged);
    const auto tip = box.commit(work, "more");
    push("topic");
    const auto moved = probe_one(at, {"main", "topic"});
    check(moved, finding::moved);
    BOOST_REQUIRE(moved.seen);
    BOOST_TEST(moved.seen->at("refs/heads/topic").hex() == tip);
    check(probe_one(at, {"main"}), finding::unchanged);
    box.git(at, {"update-ref", "refs/remotes/origin/gone", "HEAD"});
    check(probe_one(at, {"main", "gone"}), finding::missing);
    check(probe_one(at, {"main", "never"}), finding::unchanged);
  }

  static void check(const probe_report& report, finding expected) {
    BOOST_TEST(static_cast<int>(report.found) == static_cast<int>(expected), report.error);
    BOOST_TEST((report.seen != nullptr) == (expected == finding::moved));
  }

  test::sandbox box;
  fs::path root;
  fs::path work;
  std::vector<std::string> trusted{"/"};
  std::chrono::milliseconds patience = 20s;
  address_rule addresses = address_rule::any;
  fs::path far{box / "far"};
  std::shared_ptr<far_disk> disk = std::make_shared<far_disk>();
  std::atomic<int> readers{0};
  std::string mounts = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n";
  engine_context shared;
  std::shared_ptr<git::ssh_sharing> ssh_lines = std::make_shared<git::ssh_sharing>();
  std::shared_ptr<git::cancellation> cancel = std::make_shared<git::cancellation>();
  std::atomic<int> login_workers{0};
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  edge_actor front;
  prober_actor asked;
};

struct served : fixture {
  served() : server{box, root} {}
  test::http_server server;
};

/// "far" is another disk.
struct two_disks : served {
  two_disks() {
    mounts += "2 1 0:50 / " + far.string() + " rw - nfs4 there:/ rw\n";
    fs::create_directory(far);
  }

  /// Sooner or later: one that was slow is asked again when it has caught up.
  void check_answers(const fetch_target& one) {
    auto report = probe({one}).at(0);
    while (report.found == finding::failed) {
      check_silent(report);
      report = probe({one}).at(0);
    }
    check(report, finding::unchanged);
  }

  void check_silent(const probe_report& report) {
    check(report, finding::failed);
    BOOST_TEST((report.code == ec::io));
    BOOST_TEST((report.host == host_sign::none));
    BOOST_TEST(report.error.find("does not answer") != std::string::npos, report.error);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(remotes_on_this_machine_are_read, fixture) {
  check_follows(clone("clone", (root / "one.git").string()));
}

BOOST_FIXTURE_TEST_CASE(remotes_over_http_are_asked, served) {
  check_follows(clone("clone", server.url("one.git")));
}

BOOST_FIXTURE_TEST_CASE(branches_that_a_pattern_matches_are_asked_for_whatever_is_here, served) {
  const test::git_daemon daemon{box, root};
  int number = 0;
  for (const auto& url : {(root / "one.git").string(), server.url("one.git"),
                          server.old_url("one.git"), daemon.url("one.git")}) {
    BOOST_TEST_CONTEXT(url) {
      const auto name = std::to_string(++number);
      auto wanted = target(clone(name, url), {"main"});
      wanted.remote.fetch_refspecs = {"+refs/heads/*:refs/remotes/origin/*"};
      wanted.patterns.of_remote = {"refs/heads/release-" + name + "/*"};
      check(probe({wanted}).at(0), finding::unchanged);
      box.commit(work, "more");
      push("topic");
      check(probe({wanted}).at(0), finding::unchanged);
      push("release-" + name + "/1.0");
      const auto moved = probe({wanted}).at(0);
      check(moved, finding::moved);
      BOOST_REQUIRE(moved.seen);
      BOOST_TEST(moved.seen->contains("refs/heads/release-" + name + "/1.0"));
      // An old version tells everything.
      BOOST_TEST(moved.seen->contains("refs/heads/topic") == (url == server.old_url("one.git")));
      box.git(box / name, {"fetch", "-q"});
      check(probe({wanted}).at(0), finding::unchanged);
      wanted.refs.clear();
      check(probe({wanted}).at(0), finding::unchanged);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(remotes_over_https_are_asked_as_the_configuration_says, served) {
  const auto at = clone("clone", "https://example.invalid/one.git");
  box.git(at, {"config", "url." + server.https_url("") + ".insteadOf", "https://example.invalid/"});
  const auto distrusted = probe_one(at);
  check(distrusted, finding::failed);
  BOOST_TEST((distrusted.code == ec::remote));
  BOOST_TEST(distrusted.error.starts_with("asking remote 'origin' for its refs: "));
  box.git(at, {"config", "http.sslCAInfo", server.ca_file().string()});
  check_follows(at);
}

BOOST_FIXTURE_TEST_CASE(a_token_is_read_for_each_question_and_helpers_are_not_asked, served) {
  const auto at = clone("clone", server.auth_url("one.git"));
  box.git(at, {"config", "http.sslCAInfo", server.ca_file().string()});
  const auto file = box / "token";
  const auto hold = [&](const std::string& text) {
    box.write(file, text);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  };
  const auto host = host_key(server.auth_url("")).substr(std::string{"https://"}.size());
  start(parse_token_sources({"tester@" + host + "=file:" + file.string()}));
  const auto refused = [&](const char* why) {
    const auto report = probe_one(at);
    check(report, finding::failed);
    BOOST_TEST((report.code == ec::auth_required));
    BOOST_TEST((report.outcome == fetch_outcome::auth_required));
    BOOST_TEST(report.credential != 0u);
    BOOST_TEST(report.error.find(why) != std::string::npos, report.error);
    BOOST_TEST(report.error.find("t0ken") == std::string::npos, report.error);
  };
  refused("cannot be read");
  hold("wrong-t0ken\n");
  refused("fetch.tokens");
  hold("s3cret\n");
  check_follows(at);
  hold("wrong-t0ken\n");
  refused("fetch.tokens");
  BOOST_TEST(login_workers == 0);
}

// The other host would take it: the token is its very password.
BOOST_FIXTURE_TEST_CASE(a_token_does_not_follow_a_redirect_to_another_host, served) {
  const auto redirecting = test::fault_server::answering(
      "HTTP/1.1 302 Found\r\nLocation: " + server.auth_url("one.git") +
      "/info/refs?service=git-upload-pack\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  const auto at = clone("clone", redirecting->url("one.git"));
  box.git(at, {"config", "http.sslCAInfo", server.ca_file().string()});
  const auto file = box / "token";
  box.write(file, "s3cret\n");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  auto host = host_key(redirecting->url(""));
  host.insert(host.find("://") + 3, "tester@");
  start(parse_token_sources({host + "=file:" + file.string()}));
  const auto report = probe_one(at);
  check(report, finding::failed);
  BOOST_TEST(report.error.find("another host") != std::string::npos, report.error);
}

BOOST_FIXTURE_TEST_CASE(one_address_is_asked_once_for_all_that_share_it, served) {
  const auto relay = test::fault_server::relaying(server.port());
  std::vector<fetch_target> targets;
  for (int i = 0; i < 12; ++i)
    targets.push_back(target(clone("clone" + std::to_string(i), relay->url("one.git")),
                             {i % 2 == 0 ? "main" : "topic"}));
  box.git(box / "clone11", {"config", "http.extraHeader", "X-Other: 1"});
  box.commit(work, "more");
  push("topic");
  const auto reports = probe(targets);
  for (std::size_t i = 0; i < reports.size(); ++i)
    check(reports[i], i % 2 == 0 ? finding::unchanged : finding::moved);
  BOOST_TEST(relay->requests() == 2u);  // One of them has settings of its own.
}

BOOST_FIXTURE_TEST_CASE(a_helper_is_asked_once_for_all_remotes_of_a_host, served) {
  const auto log = box / "asked";
  const auto helper = "!f() { test \"$1\" = get || exit 0; echo asked >> " + log.string() +
                      "; echo username=tester; echo password=s3cret; }; f";
  std::vector<fetch_target> targets;
  for (int i = 0; i < 8; ++i) {
    const auto at = clone("clone" + std::to_string(i), server.auth_url("one.git"));
    box.git(at, {"config", "http.sslCAInfo", server.ca_file().string()});
    box.git(at, {"config", "credential.helper", helper});
    // Another address each, so that each is asked by itself.
    box.git(at,
            {"remote", "set-url", "origin",
             server.auth_url("./" + std::string(static_cast<std::size_t>(i), '/') + "one.git")});
    targets.push_back(target(at, {"main"}));
  }
  for (int round = 0; round < 2; ++round)
    for (const auto& report : probe(targets))
      check(report, finding::unchanged);
  BOOST_TEST(box.read(log) == "asked\n");
  BOOST_TEST(login_workers == 1);
}

BOOST_FIXTURE_TEST_CASE(without_a_login_a_person_is_needed_and_a_wrong_one_is_forgotten, served) {
  const auto at = clone("clone", server.auth_url("one.git"));
  box.git(at, {"config", "http.sslCAInfo", server.ca_file().string()});
  const auto check_refused = [&] {
    const auto report = probe_one(at);
    check(report, finding::failed);
    BOOST_TEST((report.code == ec::auth_required), report.error);
    BOOST_TEST((report.outcome == fetch_outcome::auth_required));
    BOOST_TEST((report.host == host_sign::well));
    BOOST_TEST(report.error.find("s3cret") == std::string::npos);
  };
  check_refused();
  const auto helper = [&](const std::string& password) {
    box.git(at, {"config", "credential.helper",
                 "!f() { echo username=tester; echo password=" + password + "; }; f"});
  };
  helper("wrong");
  check_refused();
  helper("s3cret");
  check(probe_one(at), finding::unchanged);
  // The login of the address counts, and there is no other.
  const auto url = server.auth_url("one.git");
  box.git(at, {"remote", "set-url", "origin", "https://tester:other@" + url.substr(8)});
  check_refused();
  box.git(at, {"remote", "set-url", "origin", "https://tester:s3cret@" + url.substr(8)});
  check(probe_one(at), finding::unchanged);
}

BOOST_FIXTURE_TEST_CASE(what_it_cannot_do_itself_is_left_to_git, served) {
  const auto at = clone("clone", server.url("one.git"));
  const auto check_left = [&](std::vector<std::string> schemes = every_scheme) {
    const auto report = probe({target(at, {"main"})}, std::move(schemes)).at(0);
    check(report, finding::left_to_git);
    BOOST_TEST(!report.error.empty());
  };
  check_left({"https"});
  box.git(at, {"config", "http.cookieFile", "/cookies"});
  check_left();
  box.git(at, {"config", "--unset", "http.cookieFile"});
  for (const auto* url : {"git@[::1]:x.git", "git://me@example.invalid/x",
                          "http://example.invalid/x?a=b", "nowhere", "ext::sh -c true"}) {
    box.git(at, {"remote", "set-url", "origin", url});
    check_left();
  }
  box.git(at, {"remote", "remove", "origin"});
  check_left();
}

BOOST_FIXTURE_TEST_CASE(a_failure_says_what_git_would_say_and_how_the_host_is, served) {
  const auto at = clone("clone", server.url("none.git"));
  const auto missing = probe_one(at);
  check(missing, finding::failed);
  BOOST_TEST((missing.code == ec::not_found));
  BOOST_TEST((missing.host == host_sign::well));
  const auto busy = test::fault_server::answering(
      "HTTP/1.1 429 Slow down\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n");
  box.git(at, {"remote", "set-url", "origin", busy->url("x")});
  const auto throttled = probe_one(at);
  BOOST_TEST((throttled.host == host_sign::throttled));
  BOOST_TEST((throttled.retry_after == 30s));
}

BOOST_FIXTURE_TEST_CASE(its_end_answers_those_who_wait, fixture) {
  const auto hole = test::fault_server::silent();
  const auto at = clone("clone", hole->url("x.git"));
  auto promise = std::make_shared<std::promise<ec>>();
  auto answer = promise->get_future();
  ask<probe_answer>(front, asked, probe_job{{target(at, {"main"})}, 60s, every_scheme},
                    [promise](const caf::expected<probe_answer>& value) {
                      promise->set_value(value ? ec::none : code_of(value.error()));
                    });
  BOOST_REQUIRE(hole->wait_for_stall());
  caf::anon_send_exit(asked, caf::exit_reason::kill);
  BOOST_REQUIRE((answer.wait_for(20s) == std::future_status::ready));
  BOOST_TEST((answer.get() == ec::shutting_down));
}

BOOST_FIXTURE_TEST_CASE(a_clone_whose_configuration_names_programs_is_refused, fixture) {
  const auto at = clone("odd", (root / "one.git").string());
  box.git(at, {"config", "core.sshCommand", "/bin/x"});
  check(probe_one(at), finding::unchanged);
  trusted.clear();
  const auto refused = probe_one(at);
  check(refused, finding::failed);
  BOOST_TEST((refused.code == ec::config));
  BOOST_TEST(refused.error.find("core.sshcommand") != std::string::npos, refused.error);
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_job_is_answered_at_once, fixture) {
  const auto hole = test::fault_server::silent();
  const auto at = clone("held", hole->url("/one.git"));
  auto promise = std::make_shared<std::promise<caf::expected<probe_answer>>>();
  auto answer = promise->get_future();
  ask<probe_answer>(
      front, asked,
      probe_job{{target(at, {"main"})}, 10min, every_scheme, trusted, address_rule::any, 7},
      [promise](caf::expected<probe_answer> value) { promise->set_value(std::move(value)); });
  BOOST_REQUIRE(hole->wait_for_stall());
  caf::anon_send(asked, cancel_probe{8});
  caf::anon_send(asked, cancel_probe{7});
  BOOST_REQUIRE((answer.wait_for(20s) == std::future_status::ready));
  const auto result = answer.get();
  BOOST_REQUIRE(result);
  BOOST_TEST((result->reports.at(0).code == ec::cancelled));
  BOOST_TEST((result->reports.at(0).outcome == fetch_outcome::cancelled));
  BOOST_TEST((result->reports.at(0).host == host_sign::none));
}

BOOST_FIXTURE_TEST_CASE(a_disk_that_hangs_fails_its_own_clones_alone_until_it_answers, two_disks) {
  const auto near = target(clone("near", server.url("one.git")), {"main"});
  const auto away = target(clone("far/clone", server.url("one.git")), {"main"});
  // Its remote is on that disk, and the clone is not.
  fs::copy(root / "one.git", far / "one.git", fs::copy_options::recursive);
  const auto half = target(clone("half", (far / "one.git").string()), {"main"});
  for (const auto& report : probe({near, away, half}))
    check(report, finding::unchanged);
  std::unique_lock hangs{disk->hangs};
  patience = 1s;
  const auto reports = probe({near, away, half});
  check_silent(reports[1]);
  check_silent(reports[2]);
  BOOST_TEST(reports[1].error.find("its remote") == std::string::npos);
  BOOST_TEST(reports[2].error.find("its remote") != std::string::npos);
  // Nobody waits for it again, however patient.
  patience = 10min;
  check_silent(probe({away}).at(0));
  check_answers(near);
  check_silent(probe({half}).at(0));
  hangs.unlock();
  check_answers(away);
  check_answers(half);
  BOOST_TEST(readers == 3);
}

BOOST_FIXTURE_TEST_CASE(a_job_that_waits_for_a_disk_can_be_cancelled, two_disks) {
  const auto away = target(clone("far/clone", server.url("one.git")), {"main"});
  patience = 10min;
  const std::scoped_lock hangs{disk->hangs};
  auto answer = start_probe({away});
  BOOST_REQUIRE(disk->looks.try_acquire_for(20s));
  caf::anon_send(asked, cancel_probe{0});
  BOOST_REQUIRE((answer.wait_for(20s) == std::future_status::ready));
  BOOST_TEST((answer.get().at(0).code == ec::cancelled));
}

BOOST_FIXTURE_TEST_CASE(an_end_answers_those_who_wait_for_a_disk, two_disks) {
  const auto away = target(clone("far/clone", server.url("one.git")), {"main"});
  patience = 10min;
  const std::scoped_lock hangs{disk->hangs};
  auto answer = start_probe({away});
  BOOST_REQUIRE(disk->looks.try_acquire_for(20s));
  caf::anon_send_exit(asked, caf::exit_reason::kill);
  BOOST_REQUIRE((answer.wait_for(20s) == std::future_status::ready));
  BOOST_TEST(answer.get().empty());
}

BOOST_FIXTURE_TEST_CASE(an_opening_that_fails_after_a_cancel_takes_nobody_with_it, fixture) {
  auto hole = test::fault_server::silent();
  const auto at = clone("held", hole->url("x.git", "ssh"));
  patience = 10min;
  auto first = start_probe({target(at, {"main"})}, 1);
  BOOST_REQUIRE(hole->wait_for_stall());
  caf::anon_send(asked, cancel_probe{1});
  BOOST_REQUIRE((first.wait_for(20s) == std::future_status::ready));
  BOOST_TEST((first.get().at(0).code == ec::cancelled));
  // Nobody waits for that line any more, so that it is opened a second time.
  auto second = start_probe({target(at, {"main"})}, 2);
  BOOST_REQUIRE(hole->wait_for_stalls(2));
  hole.reset();
  BOOST_REQUIRE((second.wait_for(60s) == std::future_status::ready));
  const auto report = second.get().at(0);
  check(report, finding::failed);
  BOOST_TEST((report.code == ec::network), report.error);
  check(probe_one(clone("other", (root / "one.git").string())), finding::unchanged);
}

BOOST_FIXTURE_TEST_CASE(remotes_over_git_are_asked, fixture) {
  const test::git_daemon daemon{box, root};
  check_follows(clone("clone", daemon.url("one.git")));
}

BOOST_FIXTURE_TEST_CASE(remotes_over_ssh_are_asked_over_one_connection, fixture) {
  if (!test::ssh_server::available()) {
    BOOST_TEST_MESSAGE("skipped: needs sshd and a login shell");
    BOOST_TEST(true);
    return;
  }
  const test::ssh_server server{box};
  std::vector<fetch_target> targets;
  for (int i = 0; i < 3; ++i) {
    const auto at = clone("clone" + std::to_string(i), server.url(root / "one.git"));
    box.git(at, {"config", "core.sshCommand", server.command()});
    if (i == 0)
      check_follows(at);
    targets.push_back(target(at, {"main"}));
  }
  for (const auto& report : probe(targets))
    BOOST_TEST((report.found == finding::unchanged), report.error);
  BOOST_TEST(server.logins() == 1u);
  // The keeper of the connection goes, and the next question opens another.
  const auto socket = ssh_lines->open(server.command() + " -oBatchMode=yes -oConnectTimeout=20" +
                                          " -oServerAliveInterval=15 -oServerAliveCountMax=3",
                                      server.url("/"), 20s, *cancel);
  BOOST_REQUIRE(socket);
  test::run_program({"ssh", "-F", "none", "-S", *socket, "-O", "exit", "x"}, box.root());
  BOOST_TEST((probe_one(box / "clone0").found == finding::unchanged));
  BOOST_TEST(server.logins() == 2u);
  // Git says what is wrong with the rest.
  box.git(box / "clone1", {"remote", "set-url", "origin", server.url(root / "none.git")});
  check(probe_one(box / "clone1"), finding::left_to_git);
  box.git(box / "clone2", {"config", "core.sshCommand", server.command_with_wrong_key()});
  const auto refused = probe_one(box / "clone2");
  check(refused, finding::failed);
  BOOST_TEST((refused.code == ec::auth_required), refused.error);
  BOOST_TEST(refused.credential != 0u);
}

BOOST_FIXTURE_TEST_CASE(an_ssh_host_that_is_not_there_is_ill, fixture) {
  const auto at = clone("clone", "ssh://me@127.0.0.1:1/x.git");
  box.git(at, {"config", "core.sshCommand", "ssh -F none"});
  const auto report = probe_one(at);
  check(report, finding::failed);
  BOOST_TEST((report.code == ec::network), report.error);
  BOOST_TEST((report.host == host_sign::ill));
}

BOOST_FIXTURE_TEST_CASE(private_addresses_are_refused_when_only_public_ones_may_be, served) {
  addresses = address_rule::public_only;
  const test::git_daemon daemon{box, root};
  for (const auto& url :
       {server.url("one.git"), server.https_url("one.git"), daemon.url("one.git")}) {
    const auto at = clone("clone", url);
    const auto report = probe_one(at);
    check(report, finding::failed);
    BOOST_TEST((report.code == ec::config), report.error);
    BOOST_TEST(report.error.find("deny_private_addresses") != std::string::npos, report.error);
    std::filesystem::remove_all(at);
  }
}

BOOST_FIXTURE_TEST_CASE(a_second_look_at_a_local_remote_sees_what_has_changed, fixture) {
  const auto at = clone("clone", (root / "one.git").string());
  for (int i = 0; i < 5; ++i)
    check(probe_one(at), finding::unchanged);
  box.commit(work, "more");
  push("main");
  check(probe_one(at), finding::moved);
}

BOOST_AUTO_TEST_SUITE_END()

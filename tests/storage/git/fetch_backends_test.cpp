// What both ways of bringing objects must do alike.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <sys/wait.h>
#include <tests/storage/git/fetch_world.hpp>
#include <unistd.h>

#include <storage/git/fetch_connections.hpp>
#include <storage/git/repository.hpp>
#include <storage/remote/pkt_line.hpp>

using namespace headway;
using namespace headway::test;

namespace {

/// A world behind a web server, and one backend.
struct web_world : world {
  explicit web_world(fetch_backend which) : backend{which} {}

  git::fetch_options how(std::chrono::milliseconds deadline = 60s) const {
    auto result = options(deadline);
    result.backend = backend;
    return result;
  }
  /// The same, after a look at the remote.
  git::fetch_options how_seen(const std::vector<std::string>& branches = {"main", "a", "b"}) const {
    auto result = how();
    result.seen = seen_at(*this, branches);
    return result;
  }
  void clone_from_web(const std::vector<std::string>& args = {}) {
    clone(web.url("server.git"), args);
  }
  fs::path here() const { return box / "clone"; }
  fetch_target target(const std::vector<std::string>& branches = {"main", "a", "b"}) const {
    return target_of(box, here(), branches);
  }
  void use(const std::string& url) { box.git(here(), {"remote", "set-url", "origin", url}); }
  std::string refs() const { return box.git(here(), {"for-each-ref"}); }
  /// As after a fetch that failed: refs as before, no file of ours, nothing damaged.
  void check_untouched(const std::string& before) const {
    BOOST_TEST(refs() == before);
    BOOST_TEST(debris(here()).empty());
    box.git(here(), {"fsck"});
  }

  fetch_backend backend;
  http_server web{box, box / "srv"};
};

/// Runs `what` with each backend in a world of its own.
template <class What>
void with_both(What what) {
  with_both_backends<web_world>(what);
}

void check_by(const remote_fetch_report& report, const web_world& w) {
  check(report, fetch_outcome::updated);
  BOOST_TEST(to_string(report.backend) == to_string(w.backend));
}

/// A fetch in a process of its own, for killing.
pid_t fetch_in_a_process(const fetch_target& target, const git::fetch_options& how) {
  const auto pid = ::fork();
  if (pid == 0) {
    const git::cancellation never;
    git::fetch(target, how, never);
    ::_exit(0);
  }
  return pid;
}

bool was_killed(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fetch_backends)

BOOST_AUTO_TEST_CASE(refs_move_are_rewritten_deleted_and_made) {
  with_both([](web_world& w) {
    check_all_moves(w, w.web.url("server.git"), {}, w.how());
    w.advance("a");
    check_by(fetch_now(w.target({"main", "a"}), w.how()), w);
  });
}

BOOST_AUTO_TEST_CASE(a_large_pack_stays_a_pack_and_a_gc_may_have_it_afterwards) {
  with_both([](web_world& w) {
    w.clone_from_web({"-c", "fetch.unpackLimit=1"});
    const auto tip = w.advance_by_megabytes("a", 2);
    const auto report = fetch_now(w.target(), w.how());
    check_by(report, w);
    BOOST_TEST(report.objects == 3u);
    BOOST_TEST(report.bytes > (2u << 20));
    BOOST_TEST(w.at_clone("origin/a") == tip);
    BOOST_TEST(debris(w.here()).empty());
    w.box.git(w.here(), {"repack", "-adq"});
    w.box.git(w.here(), {"fsck", "--full"});
  });
}

BOOST_AUTO_TEST_CASE(a_few_objects_become_loose_ones) {
  with_both([](web_world& w) {
    w.clone_from_web();
    w.box.git(w.here(), {"repack", "-adq"});
    w.advance("a");
    check_by(fetch_now(w.target(), w.how()), w);
    const auto counts = w.box.git(w.here(), {"count-objects", "-v"});
    BOOST_TEST(counts.find("count: 1\n") != std::string::npos, counts);
    BOOST_TEST(counts.find("packs: 1\n") != std::string::npos, counts);
    BOOST_TEST(counts.find("garbage: 0\n") != std::string::npos, counts);
  });
}

BOOST_AUTO_TEST_CASE(many_commits_are_checked_and_stored) {
  with_both([](web_world& w) {
    w.clone_from_web();
    std::string stream;
    for (int i = 0; i < 300; ++i)
      stream += "commit refs/heads/a\ncommitter a <a@b> " + std::to_string(1'800'000'000 + i) +
                " +0000\ndata 1\nx\n" + (i == 0 ? "from refs/heads/a^0\n" : "") + "M 644 inline f" +
                std::to_string(i % 7) + "\ndata " + std::to_string(std::to_string(i).size()) +
                "\n" + std::to_string(i) + "\n";
    w.box.git(w.server, {"fast-import", "--quiet", "--force"}, stream);
    const auto report = fetch_now(w.target(), w.how());
    check_by(report, w);
    BOOST_TEST(report.objects >= 900u);
    BOOST_TEST(w.at_clone("origin/a") == w.box.git(w.server, {"rev-parse", "a"}));
    w.box.git(w.here(), {"fsck"});
  });
}

BOOST_AUTO_TEST_CASE(everything_but_objects_and_refs_is_left_alone) {
  with_both([](web_world& w) {
    w.clone_from_web();
    for (const auto* hook : {"reference-transaction", "pre-auto-gc"}) {
      w.box.write(w.here() / ".git" / "hooks" / hook,
                  "#!/bin/sh\ntouch " + (w.box / "hook-ran").string() + "\n");
      fs::permissions(w.here() / ".git" / "hooks" / hook, fs::perms::owner_all);
    }
    w.box.git(w.here(), {"config", "gc.auto", "1"});
    w.box.git(w.here(), {"fetch", "-q"});
    fs::remove(w.box / "hook-ran");
    const auto before = everything_else(w.box, w.here());
    w.advance("a");
    w.remove("b");
    check_by(fetch_now(w.target(), w.how()), w);
    BOOST_TEST((everything_else(w.box, w.here()) == before));
    BOOST_TEST(!fs::exists(w.box / "hook-ran"));
  });
}

BOOST_AUTO_TEST_CASE(the_login_of_a_helper_serves_and_a_refused_one_is_told) {
  with_both([](web_world& w) {
    const auto url = w.web.auth_url("server.git");
    const auto store = w.box / "credentials";
    w.box.write(store, "https://tester:s3cret@" + host_key(url).substr(8) + "\n");
    w.clone(url, {"-c", "http.sslCAInfo=" + w.web.ca_file().string(), "-c",
                  "credential.helper=store --file=" + store.string()});
    w.advance("a");
    check_by(fetch_now(w.target(), w.how_seen()), w);
    w.box.write(store, "https://tester:wr0ng@" + host_key(url).substr(8) + "\n");
    w.advance("a");
    const auto report = fetch_now(w.target(), w.how_seen());
    check(report, fetch_outcome::auth_required, ec::auth_required);
    BOOST_TEST(report.error.find("wr0ng") == std::string::npos);
  });
}

BOOST_AUTO_TEST_CASE(a_login_is_kept_with_the_connections_until_it_is_refused) {
  if (!http_server::available())
    return;
  web_world w{fetch_backend::native};
  const auto url = w.web.auth_url("server.git");
  const auto asked = w.box / "asked";
  w.clone(url, {"-c", "http.sslCAInfo=" + w.web.ca_file().string(), "-c",
                "credential.helper=!f() { test $1 = get && echo x >> " + asked.string() +
                    " && echo username=tester && echo password=s3cret; }; f"});
  fs::remove(asked);
  const auto connections = std::make_shared<git::fetch_connections>();
  for (int i = 0; i < 3; ++i) {
    w.advance("a");
    auto how = w.how_seen();
    how.connections = connections;
    const auto report = fetch_now(w.target(), how);
    check_by(report, w);
    // The second and third go through the connection of the first.
    BOOST_TEST((report.timing.steps.tls > 0us) == (i == 0));
  }
  BOOST_TEST(w.box.read(asked) == "x\n");
}

BOOST_AUTO_TEST_CASE(tags_follow_what_they_point_to) {
  with_both([](web_world& w) {
    w.clone_from_web();
    const auto old = w.box.git(w.work, {"rev-parse", "HEAD"});
    w.advance("a");
    w.box.git(w.work, {"tag", "light"});
    w.box.git(w.work, {"tag", "-m", "x", "annotated"});
    w.box.git(w.work, {"tag", "-m", "x", "of-an-old-commit", old});
    w.box.git(w.work, {"push", "-q", "origin", "--tags"});
    w.box.commit(w.work, "elsewhere");
    w.box.git(w.work, {"tag", "unrelated"});
    w.box.git(w.work, {"push", "-q", "origin", "unrelated"});
    check_by(fetch_now(w.target(), w.how()), w);
    for (const auto* tag : {"light", "annotated", "of-an-old-commit"})
      BOOST_TEST(w.at_clone(std::string{"refs/tags/"} + tag) ==
                 w.box.git(w.work, {"rev-parse", std::string{"refs/tags/"} + tag}));
    BOOST_TEST(w.at_clone("refs/tags/unrelated") == "");
    w.box.git(w.here(), {"config", "remote.origin.tagOpt", "--no-tags"});
    w.advance("a");
    w.box.git(w.work, {"tag", "not-wanted"});
    w.box.git(w.work, {"push", "-q", "origin", "not-wanted"});
    check_by(fetch_now(w.target(), w.how()), w);
    BOOST_TEST(w.at_clone("refs/tags/not-wanted") == "");
    w.box.git(w.here(), {"config", "remote.origin.tagOpt", "--tags"});
    w.advance("a");
    w.box.git(w.work, {"tag", "-f", "light"});
    w.box.git(w.work, {"push", "-q", "--force", "origin", "light"});
    const auto light = w.at_clone("refs/tags/light");
    check_by(fetch_now(w.target(), w.how()), w);
    BOOST_TEST(w.at_clone("refs/tags/not-wanted") != "");
    BOOST_TEST(w.at_clone("refs/tags/unrelated") != "");
    BOOST_TEST(w.at_clone("refs/tags/light") == light);
    w.box.git(w.here(), {"fsck"});
  });
}

BOOST_AUTO_TEST_CASE(commits_that_were_never_pushed_do_not_make_it_fetch_all_anew) {
  with_both([](web_world& w) {
    for (int i = 0; i < 50; ++i)
      w.advance("main");
    w.clone_from_web();
    for (int i = 0; i < 300; ++i)
      w.box.commit(w.here(), "mine");
    w.advance("main");
    const auto report = fetch_now(w.target(), w.how());
    check_by(report, w);
    BOOST_TEST(report.objects == 1u);
  });
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_know_our_tips_is_told_of_older_commits) {
  with_both([](web_world& w) {
    for (int i = 0; i < 400; ++i)
      w.box.commit(w.work, "more");
    w.push("HEAD", "main");
    w.clone_from_web({"--single-branch"});
    w.box.git(w.work, {"reset", "-q", "--hard", "HEAD~100"});
    const auto tip = w.advance("main");
    w.box.git(w.server, {"reflog", "expire", "--expire=now", "--all"});
    w.box.git(w.server, {"gc", "-q", "--prune=now"});
    const auto report = fetch_now(w.target({"main"}), w.how());
    check_by(report, w);
    BOOST_TEST(w.at_clone("origin/main") == tip);
    BOOST_TEST(report.objects == 1u);
  });
}

BOOST_AUTO_TEST_CASE(what_is_here_already_is_not_fetched) {
  with_both([](web_world& w) {
    w.clone_from_web();
    const auto mine = w.box.commit(w.here(), "mine");
    w.box.git(w.here(), {"push", "-q", w.server.string(), "HEAD:refs/heads/a"});
    const auto report = fetch_now(w.target(), w.how());
    check(report, fetch_outcome::updated);
    BOOST_TEST(report.objects == 0u);
    BOOST_TEST(w.at_clone("origin/a") == mine);
  });
}

BOOST_AUTO_TEST_CASE(a_ref_that_somebody_moves_meanwhile_is_asked_for_again) {
  with_both([](web_world& w) {
    w.clone_from_web();
    const auto tip = w.advance("a");
    const auto once = (w.box / "once").string();
    const auto other = w.box.commit(w.here(), "of somebody");
    {
      // The somebody comes between the look at the refs and their move.
      const front_git front{w.box, "case \"$*\" in *' update-ref '*) test -e " + once +
                                       " || { touch " + once + "; PATH=${PATH#*:} git -C " +
                                       w.here().string() + " update-ref refs/remotes/origin/a " +
                                       other + "; };; esac"};
      check(fetch_now(w.target(), w.how()), fetch_outcome::updated);
    }
    BOOST_TEST(w.at_clone("origin/a") == tip);
    BOOST_TEST(debris(w.here()).empty());
  });
}

BOOST_AUTO_TEST_CASE(a_locked_ref_does_not_hold_up_the_others) {
  with_both([](web_world& w) {
    w.clone_from_web();
    const auto lock = w.here() / ".git" / "refs" / "remotes" / "origin" / "a.lock";
    w.box.write(lock, "");
    w.advance("a");
    const auto tip = w.advance("b");
    check(fetch_now(w.target(), w.how()), fetch_outcome::failed, ec::io);
    BOOST_TEST(w.at_clone("origin/b") == tip);
    BOOST_TEST(fs::exists(lock));
  });
}

BOOST_AUTO_TEST_CASE(a_branch_that_is_checked_out_is_left_as_it_is) {
  with_both([](web_world& w) {
    w.clone_from_web();
    w.box.git(w.here(), {"config", "remote.origin.fetch", "+refs/heads/*:refs/heads/*"});
    w.box.git(w.here(), {"branch", "a", "origin/a"});
    auto target = w.target({});
    const auto old = id_of(w.at_clone("refs/heads/main"));
    target.refs = {{"refs/heads/a", "refs/heads/a", old},
                   {"refs/heads/main", "refs/heads/main", old}};
    const auto tip = w.advance("main");
    w.push("HEAD", "a");
    check(fetch_now(target, w.how()), fetch_outcome::failed, ec::io);
    BOOST_TEST(w.at_clone("refs/heads/a") == tip);
    BOOST_TEST((id_of(w.at_clone("refs/heads/main")) == old));
  });
}

BOOST_AUTO_TEST_CASE(a_reset_or_an_end_in_the_middle_of_a_pack_leaves_nothing) {
  with_both([](web_world& w) {
    w.clone_from_web({"-c", "fetch.unpackLimit=1"});
    w.advance_by_megabytes("a", 2);
    const auto how = w.how_seen();
    const auto before = w.refs();
    using breakage = fault_server::breakage;
    for (const auto kind : {breakage::reset, breakage::end}) {
      const auto proxy = fault_server::breaking(w.web.port(), 500'000, kind);
      w.use(proxy->url("server.git"));
      check(fetch_now(w.target(), how), fetch_outcome::failed, ec::network);
      w.check_untouched(before);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_pack_that_trickles_is_given_up_at_the_deadline_and_leaves_nothing) {
  with_both([](web_world& w) {
    w.clone_from_web({"-c", "fetch.unpackLimit=1"});
    w.advance_by_megabytes("a", 2);
    auto how = w.how_seen();
    how.deadline = 2s;
    const auto before = w.refs();
    const auto proxy = fault_server::dripping(w.web.port(), 500'000);
    w.use(proxy->url("server.git"));
    check(fetch_now(w.target(), how), fetch_outcome::timed_out, ec::deadline_exceeded);
    w.check_untouched(before);
  });
}

BOOST_AUTO_TEST_CASE(a_pack_that_stands_still_is_given_up_long_before_the_deadline) {
  with_both([](web_world& w) {
    w.clone_from_web({"-c", "fetch.unpackLimit=1"});
    w.advance_by_megabytes("a", 2);
    auto how = w.how_seen();
    how.deadline = 10min;
    how.patience_with_silence = 1s;
    const auto before = w.refs();
    const auto proxy = fault_server::stalling(w.web.port(), 500'000);
    w.use(proxy->url("server.git"));
    check(fetch_now(w.target(), how), fetch_outcome::failed, ec::network);
    w.check_untouched(before);
  });
}

BOOST_AUTO_TEST_CASE(over_our_own_connection_a_trickle_is_given_up_long_before_the_deadline) {
  if (!http_server::available())
    return;
  web_world w{fetch_backend::native};
  w.clone_from_web({"-c", "fetch.unpackLimit=1"});
  w.advance_by_megabytes("a", 2);
  auto how = w.how_seen();
  how.deadline = 10min;
  how.patience_with_silence = 1s;
  const auto before = w.refs();
  const auto proxy = fault_server::dripping(w.web.port(), 500'000);
  w.use(proxy->url("server.git"));
  check(fetch_now(w.target(), how), fetch_outcome::failed, ec::network);
  w.check_untouched(before);
}

BOOST_AUTO_TEST_CASE(a_server_that_shows_a_commit_it_does_not_have_moves_nothing) {
  with_both([](web_world& w) {
    w.clone_from_web();
    const auto before = w.refs();
    auto how = w.how_seen();
    auto lies = std::make_shared<advertised_refs>(*how.seen);
    lies->at("refs/heads/a") = *id_of(std::string(40, 'd'));
    how.seen = lies;
    const auto report = fetch_now(w.target(), how);
    if (w.backend == fetch_backend::native)
      check(report, fetch_outcome::failed, ec::remote);
    // Git asks for the branch by its name and gets what there is.
    else
      BOOST_TEST(to_string(report.outcome) == "unchanged", report.error);
    w.check_untouched(before);
  });
}

namespace {

/// What a server answers who sends these objects of `repository`, whatever was asked for.
std::string answer_with(const fs::path& repository, const std::string& objects) {
  const auto packed =
      run_program({"git", "pack-objects", "--stdout", "-q"}, repository, {}, objects);
  std::string body;
  const auto add = [&body](const std::string& payload) { remote::append_pkt(body, payload); };
  add("acknowledgments\n");
  add("ready\n");
  body += "0001";
  add("packfile\n");
  add("\1" + packed.output);
  body += "0000";
  return http_response("200 OK", "application/x-git-upload-pack-result", body);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_whole_pack_that_lacks_what_was_asked_for_moves_nothing) {
  if (!http_server::available())
    return;
  web_world w{fetch_backend::native};
  w.clone_from_web();
  // Else it would be asked for tags as well, and has one answer only.
  w.box.git(w.here(), {"config", "remote.origin.tagOpt", "--no-tags"});
  const auto old = w.box.git(w.server, {"rev-parse", "a"});
  w.box.write(w.work / "file", "new");
  w.box.git(w.work, {"add", "file"});
  w.box.git(w.work, {"commit", "-q", "-m", "with a file"});
  w.push("HEAD", "a");
  const auto id = [&](const char* what) { return w.box.git(w.server, {"rev-parse", what}); };
  const auto before = w.refs();
  for (const auto& [what, objects] : std::vector<std::pair<std::string, std::string>>{
           {"no tree and no blob", id("a") + "\n"},
           {"no blob", id("a") + "\n" + id("a^{tree}") + "\n"},
           {"another commit", old + "\n"}}) {
    BOOST_TEST_CONTEXT(what) {
      const auto server = fault_server::answering(answer_with(w.server, objects));
      w.use(server->url("server.git"));
      const auto report = fetch_now(w.target(), w.how_seen());
      BOOST_TEST(to_string(report.outcome) == "failed");
      BOOST_TEST(report.updates.empty());
      w.check_untouched(before);
    }
  }
  // The same answer with all that belongs to it is taken.
  const auto server = fault_server::answering(
      answer_with(w.server, id("a") + "\n" + id("a^{tree}") + "\n" + id("a:file") + "\n"));
  w.use(server->url("server.git"));
  check(fetch_now(w.target(), w.how_seen()), fetch_outcome::updated);
  BOOST_TEST(w.at_clone("origin/a") == id("a"));
}

BOOST_AUTO_TEST_CASE(a_damaged_pack_leaves_nothing) {
  with_both([](web_world& w) {
    w.clone_from_web({"-c", "fetch.unpackLimit=1"});
    w.advance_by_megabytes("a", 2);
    const auto how = w.how_seen();
    const auto before = w.refs();
    const auto proxy =
        fault_server::breaking(w.web.port(), 500'000, fault_server::breakage::one_wrong_byte);
    w.use(proxy->url("server.git"));
    const auto report = fetch_now(w.target(), how);
    BOOST_TEST(to_string(report.outcome) == "failed");
    w.check_untouched(before);
  });
}

BOOST_AUTO_TEST_CASE(answers_of_http_that_are_no_pack_are_told_by_their_class) {
  with_both([](web_world& w) {
    w.clone_from_web();
    w.advance("a");
    const auto how = w.how_seen();
    const auto before = w.refs();
    const std::string page = "<html><body>Please log in</body></html>\n";
    const auto answered = [&](const std::string& status, const std::string& type = "text/html") {
      const auto server = fault_server::answering(http_response(status, type, page));
      w.use(server->url("server.git"));
      const auto report = fetch_now(w.target(), how);
      BOOST_TEST(to_string(report.outcome) != "updated");
      w.check_untouched(before);
      return report.code;
    };
    BOOST_TEST((answered("401 Unauthorized") == ec::auth_required));
    BOOST_TEST((answered("403 Forbidden") == ec::auth_required));
    BOOST_TEST((answered("404 Not Found") == ec::not_found));
    for (const auto* status : {"429 Too Many Requests", "500 Oh", "503 Unavailable", "200 OK"})
      BOOST_TEST((answered(status) == ec::remote), status);
    answered("200 OK", "application/x-git-upload-pack-result");
  });
}

BOOST_AUTO_TEST_CASE(a_server_that_asks_for_a_pause_in_the_middle_of_a_fetch_is_heard) {
  with_both([](web_world& w) {
    w.clone_from_web();
    w.advance("a");
    const auto how = w.how_seen();
    for (const auto* status : {"429 Too Many Requests", "503 Unavailable"}) {
      const auto server = fault_server::answering(
          std::string{"HTTP/1.1 "} + status +
          "\r\nRetry-After: 70\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      w.use(server->url("server.git"));
      const auto report = fetch_now(w.target(), how);
      check(report, fetch_outcome::failed, ec::remote);
      BOOST_TEST((report.host == host_sign::throttled));
      // Git does not tell what it was asked for.
      if (w.backend == fetch_backend::native)
        BOOST_TEST((report.retry_after == 70s));
    }
  });
}

BOOST_AUTO_TEST_CASE(a_redirect_to_another_host_is_not_followed) {
  if (!http_server::available())
    return;
  web_world w{fetch_backend::native};
  w.clone_from_web();
  w.advance("a");
  const auto how = w.how_seen();
  const auto server = fault_server::answering(
      "HTTP/1.1 302 Found\r\nLocation: " + w.web.url("server.git/git-upload-pack") +
      "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  w.use(server->url("server.git"));
  check(fetch_now(w.target(), how), fetch_outcome::failed, ec::remote);
}

BOOST_AUTO_TEST_CASE(a_certificate_of_nobody_is_refused) {
  with_both([](web_world& w) {
    w.clone_from_web();
    w.advance("a");
    w.use(w.web.https_url("server.git"));
    check(fetch_now(w.target(), w.how_seen()), fetch_outcome::failed, ec::remote);
  });
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_time_or_another_host_is_refused) {
  with_both([](web_world& w) {
    w.clone_from_web();
    w.advance("a");
    const auto how = w.how_seen();
    const auto before = w.refs();
    for (const auto flaw : {http_server::flaw::expired, http_server::flaw::of_another_host}) {
      BOOST_TEST_CONTEXT("flaw " << static_cast<int>(flaw)) {
        const http_server server{w.box, w.box / "srv", flaw};
        w.box.git(w.here(), {"config", "http.sslCAInfo", server.ca_file().string()});
        w.use(server.https_url("server.git"));
        const auto report = fetch_now(w.target(), how);
        check(report, fetch_outcome::failed, ec::remote);
        BOOST_TEST(report.error.find("certificate") != std::string::npos, report.error);
        w.check_untouched(before);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_or_says_nothing_is_told) {
  with_both([](web_world& w) {
    w.clone_from_web();
    w.advance("a");
    auto how = w.how_seen();
    {
      auto gone = fault_server::closing();
      w.use(gone->url("server.git"));
      check(fetch_now(w.target(), how), fetch_outcome::failed, ec::network);
      gone.reset();
      check(fetch_now(w.target(), how), fetch_outcome::failed, ec::network);
    }
    const auto hole = fault_server::silent();
    w.use(hole->url("server.git"));
    how.deadline = 500ms;
    check(fetch_now(w.target(), how), fetch_outcome::timed_out, ec::deadline_exceeded);
  });
}

BOOST_AUTO_TEST_CASE(cancelling_in_the_middle_of_a_pack_or_in_a_black_hole_frees_the_worker) {
  with_both([](web_world& w) {
    w.clone_from_web({"-c", "fetch.unpackLimit=1"});
    w.advance_by_megabytes("a", 2);
    const auto how = w.how_seen();
    const auto before = w.refs();
    for (const bool connected : {true, false}) {
      const auto proxy =
          connected ? fault_server::stalling(w.web.port(), 500'000) : fault_server::silent();
      w.use(proxy->url("server.git"));
      git::cancellation cancel;
      std::thread other{[&] {
        proxy->wait_for_stall();
        cancel.request();
      }};
      const auto report = git::fetch(w.target(), how, cancel);
      other.join();
      check(report, fetch_outcome::cancelled, ec::cancelled);
      w.check_untouched(before);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_pack_over_the_quota_is_given_up) {
  with_both([](web_world& w) {
    w.clone_from_web({"-c", "fetch.unpackLimit=1"});
    w.advance_by_megabytes("a", 3);
    const auto before = w.refs();
    auto how = w.how();
    how.max_pack_size = 1u << 20;
    const auto report = fetch_now(w.target(), how);
    check(report, fetch_outcome::failed, ec::budget_exceeded);
    BOOST_TEST(report.error.find("max_pack_size") != std::string::npos);
    w.check_untouched(before);
    how.max_pack_size = 4u << 20;
    check_by(fetch_now(w.target(), how), w);
  });
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_and_leaves_nothing) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("skipped: only root can mount a small disk");
    BOOST_TEST(true);
    return;
  }
  with_both([](web_world& w) {
    w.clone_from_web({"-c", "fetch.unpackLimit=1"});
    const auto objects = w.here() / ".git" / "objects";
    const auto old = w.box / "old-objects";
    fs::rename(objects, old);
    fs::create_directory(objects);
    if (run_program({"mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", objects.string()}, "/")
            .status != 0) {
      BOOST_TEST_MESSAGE("skipped: this machine does not let us mount");
      BOOST_TEST(true);
      return;
    }
    fs::copy(old, objects, fs::copy_options::recursive);
    const auto target = w.target();
    w.advance_by_megabytes("a", 3);
    auto careful = w.how();
    careful.space = git::space_rule::leave_some;
    const auto refused = fetch_now(target, careful);
    check(refused, fetch_outcome::failed, ec::disk_full);
    BOOST_TEST(refused.held_back);
    BOOST_TEST(refused.objects == 0u);
    const auto report = fetch_now(target, w.how());
    const auto left = debris(w.here());
    run_program({"umount", objects.string()}, "/");
    check(report, fetch_outcome::failed, ec::disk_full);
    BOOST_TEST(left.empty());
  });
}

BOOST_AUTO_TEST_CASE(a_node_killed_at_any_step_leaves_nothing_after_the_next_start) {
  with_both([](web_world& w) {
    w.clone_from_web({"-c", "fetch.unpackLimit=1"});
    for (const auto* step :
         {" fetch ", " index-pack ", " rev-list ", " merge-base ", " update-ref "}) {
      BOOST_TEST_CONTEXT("in" << step) {
        const auto tip = w.advance_by_megabytes("a", 1);
        const auto target = w.target();
        const auto how = w.how_seen();
        const auto before = w.refs();
        bool killed = false;
        {
          const front_git front{
              w.box, "case \"$*\" in *'" + std::string{step} + "'*) kill -9 $PPID; exit 1;; esac"};
          killed = was_killed(fetch_in_a_process(target, how));
        }
        // Each backend has some of the steps only.
        BOOST_TEST(killed == (w.refs() == before));
        git::sweep_abandoned_fetches(target.location);
        BOOST_TEST(debris(w.here()).empty());
        w.box.git(w.here(), {"fsck"});
        check(fetch_now(w.target(), w.how()),
              killed ? fetch_outcome::updated : fetch_outcome::unchanged);
        BOOST_TEST(w.at_clone("origin/a") == tip);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(a_node_killed_while_a_pack_comes_in_leaves_nothing_after_the_next_start) {
  with_both([](web_world& w) {
    w.clone_from_web({"-c", "fetch.unpackLimit=1"});
    w.advance_by_megabytes("a", 2);
    const auto how = w.how_seen();
    const auto before = w.refs();
    const auto proxy = fault_server::stalling(w.web.port(), 500'000);
    w.use(proxy->url("server.git"));
    const auto target = w.target();
    const auto pid = fetch_in_a_process(target, how);
    proxy->wait_for_stall();
    ::kill(pid, SIGKILL);
    BOOST_TEST(was_killed(pid));
    // A child that it was about to start holds its lock until it is another program.
    const auto until = std::chrono::steady_clock::now() + 10s;
    do
      git::sweep_abandoned_fetches(target.location);
    while (!debris(w.here()).empty() && std::chrono::steady_clock::now() < until);
    w.check_untouched(before);
  });
}

BOOST_AUTO_TEST_CASE(the_quarantine_of_a_fetch_that_runs_is_left_alone) {
  with_both([](web_world& w) {
    w.clone_from_web({"-c", "fetch.unpackLimit=1"});
    w.advance_by_megabytes("a", 2);
    const auto how = w.how_seen();
    const auto proxy = fault_server::stalling(w.web.port(), 500'000);
    w.use(proxy->url("server.git"));
    const auto target = w.target();
    git::cancellation cancel;
    std::thread other{[&] {
      proxy->wait_for_stall();
      git::sweep_abandoned_fetches(target.location);
      BOOST_TEST(!debris(w.here()).empty());
      cancel.request();
    }};
    git::fetch(target, how, cancel);
    other.join();
    BOOST_TEST(debris(w.here()).empty());
  });
}

BOOST_AUTO_TEST_CASE(prefetch_moves_only_refs_of_its_own_and_the_status_counts_against_them) {
  with_both([](web_world& w) {
    w.clone_from_web();
    w.box.git(w.here(), {"branch", "a", "origin/a"});
    w.box.git(w.here(), {"branch", "b", "origin/b"});
    const auto read = [&] {
      auto opened = git::repository::open(location_of(w.box, w.here()));
      return (*opened)->read_refs(upstream_source::prefetch).value();
    };
    const auto upstream = [&](const std::string& branch) {
      const auto refs = read();
      return std::ranges::find(refs.branches, branch, &local_branch::name)->upstream.value();
    };
    const auto target = [&] {
      auto result = w.target({});
      result.refs = read().tracked("origin");
      return result;
    };
    const auto tracking = w.box.git(w.here(), {"for-each-ref", "refs/remotes", "refs/tags"});
    BOOST_TEST((upstream("a").tip == id_of(w.at_clone("origin/a"))));
    BOOST_TEST(upstream("a").short_name == "origin/a");

    const auto tip = w.advance("a");
    w.box.git(w.work, {"tag", "v1"});
    w.box.git(w.work, {"push", "-q", "origin", "v1"});
    check_by(fetch_now(target(), w.how()), w);
    BOOST_TEST(w.at_clone("refs/prefetch/remotes/origin/a") == tip);
    BOOST_TEST((upstream("a").tip == id_of(tip)));

    w.remove("b");
    check(fetch_now(target(), w.how()), fetch_outcome::unchanged);
    BOOST_TEST(!upstream("b").tip);
    check(fetch_now(target(), w.how()), fetch_outcome::unchanged);

    const auto again = w.advance("b");
    check_by(fetch_now(target(), w.how()), w);
    BOOST_TEST((upstream("b").tip == id_of(again)));
    w.box.git(w.work, {"reset", "-q", "--hard", "HEAD~1"});
    const auto rewritten = w.advance("a");
    check_by(fetch_now(target(), w.how()), w);
    BOOST_TEST((upstream("a").tip == id_of(rewritten)));
    BOOST_TEST(w.box.git(w.here(), {"for-each-ref", "refs/remotes", "refs/tags"}) == tracking);
    BOOST_TEST(debris(w.here()).empty());
  });
}

BOOST_AUTO_TEST_CASE(refs_wait_for_a_fetch_of_the_user_to_end) {
  with_both([](web_world& w) {
    w.clone_from_web({"-c", "fetch.unpackLimit=1"});
    w.advance_by_megabytes("b", 2);
    const auto target = w.target({"main", "a"});
    auto how = w.how_seen({"main", "a"});
    const auto proxy = fault_server::stalling(w.web.port(), 500'000);
    const auto users = ::fork();
    if (users == 0) {
      ::setpgid(0, 0);
      const auto url = proxy->url("server.git");
      ::execlp("git", "git", "-C", w.here().c_str(), "fetch", "-q", url.c_str(),
               "+refs/heads/b:refs/remotes/origin/b", nullptr);
      ::_exit(1);
    }
    proxy->wait_for_stall();
    const auto tip = w.advance("a");
    how = w.how_seen({"main", "a"});
    how.patience_with_user = 100ms;
    const auto before = w.at_clone("origin/a");
    check(fetch_now(target, how), fetch_outcome::failed, ec::in_use);
    BOOST_TEST(w.at_clone("origin/a") == before);
    ::kill(-users, SIGKILL);
    BOOST_TEST(was_killed(users));
    // The empty FETCH_HEAD that it leaves is no sign of anybody.
    how.patience_with_user = 20s;
    check(fetch_now(target, how), fetch_outcome::updated);
    BOOST_TEST(w.at_clone("origin/a") == tip);
  });
}

namespace {

int rounds_of_storm() {
  const char* wanted = std::getenv("HEADWAY_FETCH_ROUNDS");
  return wanted == nullptr ? 12 : std::atoi(wanted);
}

/// What the person's own git met in a storm of fetches.
struct storm {
  int calls = 0;
  int fetches = 0;
  int lost_races = 0;
  int put_off = 0;  ///< Of ours.
  std::string trouble;
};

/// Fetches `target()` again and again after a push, while the user's git works in the clone.
template <class Target>
storm fetch_beside_the_user(web_world& w, Target target, const std::string& tracking) {
  storm result;
  std::atomic<bool> stop{false};
  std::thread user{[&] {
    while (!stop)
      for (const auto& command : {std::vector<std::string>{"fetch", "-q"},
                                  {"commit", "-q", "--allow-empty", "-m", "mine"},
                                  {"rebase", "-q", "origin/a"},
                                  {"repack", "-adq"},
                                  {"gc", "-q"},
                                  {"pack-refs", "--all"},
                                  {"status"}}) {
        const auto done = w.box.try_git(w.here(), command);
        ++result.calls;
        result.fetches += command[0] == "fetch" ? 1 : 0;
        if (done.status == 0)
          continue;
        // A ref that we moved between the user's look at it and the move.
        if (command[0] == "fetch" && done.errors.find("but expected") != std::string::npos)
          ++result.lost_races;
        else
          result.trouble += command[0] + ": " + done.errors;
      }
  }};
  std::string tip;
  for (int round = 0; round < rounds_of_storm(); ++round) {
    tip = w.advance("a");
    const auto report = fetch_now(target(), w.how());
    result.put_off += report.code == ec::none ? 0 : 1;
  }
  stop = true;
  user.join();
  fetch_now(target(), w.how());
  BOOST_TEST_MESSAGE(to_string(w.backend)
                     << ": " << rounds_of_storm() << " fetches, " << result.put_off << " put off; "
                     << result.calls << " commands of the user, of which " << result.fetches
                     << " fetches lost " << result.lost_races << " races");
  BOOST_TEST(result.trouble == "");
  BOOST_TEST(w.at_clone(tracking) == tip);
  BOOST_TEST(debris(w.here()).empty());
  w.box.git(w.here(), {"fsck", "--full"});
  return result;
}

}  // namespace

// HEADWAY_FETCH_ROUNDS=500 for a long look, here and in the next one.
BOOST_AUTO_TEST_CASE(the_users_own_git_works_at_the_same_time) {
  with_both([](web_world& w) {
    w.clone_from_web();
    const auto seen = fetch_beside_the_user(
        w, [&] { return w.target(); }, "origin/a");
    // One in 200, but for bad luck in a few rounds.
    BOOST_TEST(seen.lost_races <= 1 + seen.fetches / 200);
  });
}

BOOST_AUTO_TEST_CASE(with_prefetch_nothing_of_the_users_ever_fails) {
  with_both([](web_world& w) {
    w.clone_from_web();
    w.box.git(w.here(), {"branch", "a", "origin/a"});
    const auto target = [&] {
      auto opened = git::repository::open(location_of(w.box, w.here()));
      auto result = w.target({});
      result.refs = (*opened)->read_refs(upstream_source::prefetch).value().tracked("origin");
      return result;
    };
    const auto seen = fetch_beside_the_user(w, target, "refs/prefetch/remotes/origin/a");
    BOOST_TEST(seen.lost_races == 0);
  });
}

BOOST_AUTO_TEST_CASE(what_only_git_can_fetch_is_left_to_git) {
  if (!http_server::available())
    return;
  const auto fetched_by = [](web_world& w) {
    w.advance("main");
    auto how = w.how();
    how.backend = fetch_backend::automatic;
    const auto report = fetch_now(w.target({"main"}), how);
    check(report, fetch_outcome::updated);
    how.backend = fetch_backend::native;
    w.advance("main");
    BOOST_TEST(to_string(fetch_now(w.target({"main"}), how).outcome) == "failed");
    return to_string(report.backend);
  };
  {
    web_world w{fetch_backend::git};
    w.advance("main");
    w.clone(w.web.url("server.git"), {"--depth=1", "--no-single-branch"});
    BOOST_TEST(fetched_by(w) == "git");
  }
  {
    web_world w{fetch_backend::git};
    w.box.git(w.server, {"config", "uploadpack.allowFilter", "true"});
    w.clone(w.web.url("server.git"), {"--filter=blob:none"});
    BOOST_TEST(fetched_by(w) == "git");
  }
  {
    web_world w{fetch_backend::git};
    w.clone(w.web.old_url("server.git"));
    BOOST_TEST(fetched_by(w) == "git");
  }
  {
    web_world w{fetch_backend::git};
    w.clone_from_web({"-c", "transfer.fsckObjects=true"});
    BOOST_TEST(fetched_by(w) == "git");
  }
}

BOOST_AUTO_TEST_CASE(the_steps_of_a_fetch_are_told) {
  with_both([](web_world& w) {
    w.clone_from_web();
    w.advance("a");
    const auto report = fetch_now(w.target(), w.how());
    check_by(report, w);
    const auto& steps = report.timing.steps;
    for (const auto step : {steps.negotiation, steps.pack, steps.checking, steps.refs})
      BOOST_TEST((step > 0us));
    BOOST_TEST((steps.connect > 0us) == (w.backend == fetch_backend::native));
    fetch_steps::time all{};
    for (const auto& step : all_fetch_steps)
      all += steps.*step.time;
    BOOST_TEST((all <= report.timing.transfer + 1ms));
  });
}

BOOST_AUTO_TEST_SUITE_END()

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <tests/storage/git/fetch_world.hpp>
#include <unistd.h>

using namespace headway;
using namespace headway::test;

namespace {

std::chrono::milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               start);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fetch)

BOOST_AUTO_TEST_CASE(follows_a_local_path) {
  world w;
  check_all_moves(w, w.server.string());
}

BOOST_AUTO_TEST_CASE(follows_a_file_address) {
  world w;
  check_all_moves(w, "file://" + w.server.string());
}

BOOST_AUTO_TEST_CASE(follows_git_daemon) {
  world w;
  const test::git_daemon server{w.box, w.box / "srv"};
  check_all_moves(w, server.url("server.git"));
}

BOOST_AUTO_TEST_CASE(follows_http) {
  if (!test::http_server::available()) {
    BOOST_TEST_MESSAGE("skipped: needs lighttpd with mod_openssl");
    BOOST_TEST(true);
    return;
  }
  world w;
  const test::http_server server{w.box, w.box / "srv"};
  check_all_moves(w, server.url("server.git"));
}

BOOST_AUTO_TEST_CASE(follows_https_with_the_certificate_authority_of_the_clone) {
  if (!test::http_server::available()) {
    BOOST_TEST_MESSAGE("skipped: needs lighttpd with mod_openssl");
    BOOST_TEST(true);
    return;
  }
  world w;
  const test::http_server server{w.box, w.box / "srv"};
  check_all_moves(w, server.https_url("server.git"),
                  {"http.sslCAInfo=" + server.ca_file().string()});
  w.box.git(w.box / "clone", {"config", "--unset", "http.sslCAInfo"});
  check(fetch_now(target_of(w.box, w.box / "clone", {"main"})), fetch_outcome::failed, ec::remote);
}

BOOST_AUTO_TEST_CASE(authenticates_by_the_credential_helper_and_never_asks) {
  if (!test::http_server::available()) {
    BOOST_TEST_MESSAGE("skipped: needs lighttpd with mod_openssl");
    BOOST_TEST(true);
    return;
  }
  world w;
  const test::http_server server{w.box, w.box / "srv"};
  const auto url = server.auth_url("server.git");
  const auto store = w.box / "credentials";
  w.box.write(store, "https://tester:s3cret@" + host_key(url).substr(8) + "\n");
  check_all_moves(w, url,
                  {"http.sslCAInfo=" + server.ca_file().string(),
                   "credential.helper=store --file=" + store.string()});
  w.box.git(w.box / "clone", {"config", "--unset", "credential.helper"});
  const variable askpass{"SSH_ASKPASS", "/bin/false"};
  const variable display{"DISPLAY", ":0"};
  const auto report = fetch_now(target_of(w.box, w.box / "clone", {"main"}));
  check(report, fetch_outcome::auth_required, ec::auth_required);
}

BOOST_AUTO_TEST_CASE(follows_ssh_by_the_users_own_command) {
  if (!test::ssh_server::available()) {
    BOOST_TEST_MESSAGE("skipped: needs sshd and a login shell");
    BOOST_TEST(true);
    return;
  }
  world w;
  const test::ssh_server server{w.box};
  {
    const variable command{"GIT_SSH_COMMAND", server.command()};
    check_all_moves(w, server.url(w.server));
  }
  const auto clone = w.box / "clone";
  w.box.git(clone, {"config", "core.sshCommand", server.command()});
  check(fetch_now(target_of(w.box, clone, {"main"})), fetch_outcome::unchanged);
  w.box.git(clone, {"config", "core.sshCommand", server.command_without_known_host()});
  check(fetch_now(target_of(w.box, clone, {"main"})), fetch_outcome::auth_required,
        ec::auth_required);
  w.box.git(clone, {"config", "core.sshCommand", server.command_with_wrong_host_key()});
  check(fetch_now(target_of(w.box, clone, {"main"})), fetch_outcome::auth_required,
        ec::auth_required);
  w.box.git(clone, {"config", "core.sshCommand", server.command_with_wrong_key()});
  check(fetch_now(target_of(w.box, clone, {"main"})), fetch_outcome::auth_required,
        ec::auth_required);
  w.box.git(clone, {"config", "core.sshCommand", server.command()});
  w.box.git(clone, {"remote", "set-url", "origin", server.url(w.box / "nothing.git")});
  check(fetch_now(target_of(w.box, clone, {"main"})), fetch_outcome::failed, ec::not_found);
}

BOOST_AUTO_TEST_CASE(follows_a_shallow_clone) {
  world w;
  w.advance("main");
  w.clone("file://" + w.server.string(), {"--depth=1", "--no-single-branch"});
  const auto tip = w.advance("main");
  check(fetch_now(target_of(w.box, w.box / "clone", {"main"})), fetch_outcome::updated);
  BOOST_TEST(w.at_clone("refs/remotes/origin/main") == tip);
  BOOST_TEST(w.box.git(w.box / "clone", {"rev-parse", "--is-shallow-repository"}) == "true");
  BOOST_TEST(w.box.git(w.box / "clone", {"rev-list", "--count", "origin/main"}) == "2");
}

BOOST_AUTO_TEST_CASE(follows_a_partial_clone_without_filling_it) {
  world w;
  w.box.git(w.server, {"config", "uploadpack.allowFilter", "true"});
  w.clone("file://" + w.server.string(), {"--filter=blob:none", "--no-checkout"});
  const auto tip = w.advance_by_megabytes("main", 1);
  check(fetch_now(target_of(w.box, w.box / "clone", {"main"})), fetch_outcome::updated);
  BOOST_TEST(w.at_clone("refs/remotes/origin/main") == tip);
  const auto missing =
      w.box.git(w.box / "clone", {"rev-list", "--objects", "--missing=print", "origin/main"});
  BOOST_TEST(missing.find('?') != std::string::npos);
}

BOOST_AUTO_TEST_CASE(follows_a_bare_mirror) {
  world w;
  w.clone(w.server.string(), {"--mirror"});
  auto target = target_of(w.box, w.box / "clone", {});
  const auto old = id_of(w.at_clone("refs/heads/main"));
  for (const auto* name : {"refs/heads/main", "refs/heads/a", "refs/heads/b"})
    target.refs.push_back({name, name, old});
  const auto tip = w.advance("main");
  w.remove("b");
  const auto report = fetch_now(target);
  check(report, fetch_outcome::updated);
  BOOST_TEST(report.updates.size() == 2u);
  BOOST_TEST(w.at_clone("refs/heads/main") == tip);
  BOOST_TEST(w.at_clone("refs/heads/b") == "");
}

BOOST_AUTO_TEST_CASE(never_deletes_a_branch_of_a_work_tree) {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  w.box.git(clone, {"branch", "b", "origin/b"});
  w.box.git(clone, {"config", "remote.origin.fetch", "+refs/heads/*:refs/heads/*"});
  auto target = target_of(w.box, clone, {});
  const auto tip = id_of(w.at_clone("refs/heads/b"));
  target.refs = {{"refs/heads/b", "refs/heads/b", tip},
                 {"refs/heads/main", "refs/heads/main", tip}};
  w.remove("b");
  const auto report = fetch_now(target);
  check(report, fetch_outcome::failed, ec::remote);
  BOOST_TEST(report.error.find("was kept") != std::string::npos);
  BOOST_TEST(w.at_clone("refs/heads/b") != "");
}

BOOST_AUTO_TEST_CASE(follows_a_renamed_remote) {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  w.box.git(clone, {"remote", "rename", "origin", "up/stream"});
  const auto tip = w.advance("a");
  check(fetch_now(target_of(w.box, clone, {"main", "a"}, "up/stream")), fetch_outcome::updated);
  BOOST_TEST(w.at_clone("refs/remotes/up/stream/a") == tip);
}

BOOST_AUTO_TEST_CASE(follows_from_a_linked_worktree) {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  w.box.git(clone, {"worktree", "add", "-q", (w.box / "linked").string(), "-b", "topic"});
  const auto tip = w.advance("a");
  check(fetch_now(target_of(w.box, w.box / "linked", {"main", "a"})), fetch_outcome::updated);
  BOOST_TEST(w.at_clone("refs/remotes/origin/a") == tip);
}

BOOST_AUTO_TEST_CASE(follows_an_address_relative_to_the_clone) {
  world w;
  w.clone(w.server.string());
  w.box.git(w.box / "clone", {"remote", "set-url", "origin", "../srv/server.git"});
  const auto tip = w.advance("a");
  check(fetch_now(target_of(w.box, w.box / "clone", {"a"})), fetch_outcome::updated);
  BOOST_TEST(w.at_clone("refs/remotes/origin/a") == tip);
}

BOOST_AUTO_TEST_CASE(touches_only_the_tracked_refs) {
  world w;
  w.clone(w.server.string());
  const auto old = w.at_clone("refs/remotes/origin/b");
  const auto tip = w.advance("a");
  w.push("HEAD", "b");
  w.push("HEAD", "unseen");
  check(fetch_now(target_of(w.box, w.box / "clone", {"a"})), fetch_outcome::updated);
  BOOST_TEST(w.at_clone("refs/remotes/origin/a") == tip);
  BOOST_TEST(w.at_clone("refs/remotes/origin/b") == old);
  BOOST_TEST(w.at_clone("refs/remotes/origin/unseen") == "");
}

BOOST_AUTO_TEST_CASE(git_is_told_to_bring_no_bundles_from_elsewhere) {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  w.box.git(clone, {"config", "fetch.bundleURI", (w.box / "elsewhere").string()});
  w.advance("a");
  const auto words = w.box / "words";
  const front_git front{w.box,
                        "case \"$*\" in *' fetch '*) echo \"$*\" > " + words.string() + ";; esac"};
  check(fetch_now(target_of(w.box, clone, {"a"})), fetch_outcome::updated);
  // Newer versions than the oldest that is supported would follow it; an empty one is none.
  std::string said;
  std::getline(std::ifstream{words} >> std::ws, said);
  BOOST_TEST(said.find(" -c fetch.bundleURI= ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(leaves_everything_but_objects_and_refs_alone) {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  for (const auto* hook : {"reference-transaction", "post-update", "pre-auto-gc", "post-merge"}) {
    w.box.write(clone / ".git" / "hooks" / hook,
                "#!/bin/sh\ntouch " + (w.box / "hook-ran").string() + "\n");
    fs::permissions(clone / ".git" / "hooks" / hook, fs::perms::owner_all);
  }
  w.box.git(clone, {"config", "gc.auto", "1"});
  w.box.git(clone, {"config", "fetch.prune", "true"});
  w.box.git(clone, {"config", "fetch.writeCommitGraph", "true"});
  w.box.write(clone / "untracked", "mine");
  w.box.write(clone / "staged", "mine");
  w.box.git(clone, {"add", "staged"});
  w.box.git(clone, {"update-ref", "refs/remotes/origin/stale", "HEAD"});
  std::filesystem::remove(w.box / "hook-ran");
  const auto before = everything_else(w.box, clone);
  w.advance("a");
  w.remove("b");
  check(fetch_now(target_of(w.box, clone, {"main", "a", "b"})), fetch_outcome::updated);
  BOOST_TEST((everything_else(w.box, clone) == before));
  BOOST_TEST(!fs::exists(clone / ".git" / "FETCH_HEAD"));
  BOOST_TEST(!fs::exists(w.box / "hook-ran"));
  BOOST_TEST(!fs::exists(clone / ".git" / "objects" / "info" / "commit-graph"));
  BOOST_TEST(w.at_clone("refs/remotes/origin/stale") != "");
}

BOOST_AUTO_TEST_CASE(leaves_fetch_head_as_it_is) {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  w.box.git(clone, {"fetch", "-q"});
  const auto before = w.box.read(clone / ".git" / "FETCH_HEAD");
  BOOST_TEST(before != "");
  w.advance("a");
  check(fetch_now(target_of(w.box, clone, {"a"})), fetch_outcome::updated);
  BOOST_TEST(w.box.read(clone / ".git" / "FETCH_HEAD") == before);
}

BOOST_AUTO_TEST_CASE(the_reflog_reads_as_after_a_fetch_of_the_user) {
  world w;
  w.advance("a");
  w.clone(w.server.string());
  const auto twin = w.box / "twin";
  w.box.git(w.box.root(), {"clone", "-q", w.server.string(), twin.string()});
  const auto compare_after = [&](const std::string& kind) {
    w.box.git(twin, {"fetch", "origin"});
    check(fetch_now(target_of(w.box, w.box / "clone", {"a", "fresh"})), fetch_outcome::updated);
    const auto reflog = [&](const fs::path& clone) {
      return w.box.git(clone, {"reflog", "--format=%H %gs", "refs/remotes/origin/a"});
    };
    BOOST_TEST(reflog(w.box / "clone") == reflog(twin));
    BOOST_TEST(reflog(twin).find("fetch origin: " + kind) != std::string::npos);
  };
  w.advance("a");
  w.push("HEAD", "fresh");
  compare_after("fast-forward");
  w.box.git(w.work, {"reset", "-q", "--hard", "HEAD~1"});
  w.advance("a");
  compare_after("forced-update");
}

BOOST_AUTO_TEST_CASE(writes_no_reflog_where_the_user_wants_none) {
  world w;
  w.clone(w.server.string(), {"-c", "core.logAllRefUpdates=false"});
  w.advance("a");
  check(fetch_now(target_of(w.box, w.box / "clone", {"a"})), fetch_outcome::updated);
  BOOST_TEST(!fs::exists(w.box / "clone" / ".git" / "logs" / "refs" / "remotes" / "origin" / "a"));
}

BOOST_AUTO_TEST_CASE(without_a_plus_a_rewritten_branch_is_reported_and_the_others_move) {
  world w;
  w.advance("a");
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  w.box.git(clone, {"config", "remote.origin.fetch", "refs/heads/*:refs/remotes/origin/*"});
  const auto old = w.at_clone("refs/remotes/origin/a");
  w.box.git(w.work, {"reset", "-q", "--hard", "HEAD~1"});
  w.advance("a");
  const auto tip = w.advance("b");
  const auto report = fetch_now(target_of(w.box, clone, {"a", "b"}));
  check(report, fetch_outcome::failed, ec::io);
  BOOST_TEST(report.error.find("rejected") != std::string::npos, report.error);
  BOOST_TEST(w.at_clone("refs/remotes/origin/a") == old);
  BOOST_TEST(w.at_clone("refs/remotes/origin/b") == tip);
  BOOST_TEST(report.updates.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_ref_that_the_user_has_locked_does_not_hold_up_the_others) {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  const auto lock = clone / ".git" / "refs" / "remotes" / "origin" / "a.lock";
  w.box.write(lock, "");
  w.advance("a");
  const auto tip = w.advance("b");
  const auto report = fetch_now(target_of(w.box, clone, {"a", "b"}));
  check(report, fetch_outcome::failed, ec::io);
  BOOST_TEST(w.at_clone("refs/remotes/origin/b") == tip);
  BOOST_TEST(fs::exists(lock));
}

BOOST_AUTO_TEST_CASE(tags_follow_by_the_users_own_setting) {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  w.advance("a");
  w.box.git(w.work, {"tag", "v1"});
  w.box.git(w.work, {"push", "-q", "origin", "v1"});
  check(fetch_now(target_of(w.box, clone, {"a"})), fetch_outcome::updated);
  BOOST_TEST(w.at_clone("refs/tags/v1") != "");
  w.box.git(clone, {"config", "remote.origin.tagOpt", "--no-tags"});
  w.advance("a");
  w.box.git(w.work, {"tag", "v2"});
  w.box.git(w.work, {"push", "-q", "origin", "v2"});
  check(fetch_now(target_of(w.box, clone, {"a"})), fetch_outcome::updated);
  BOOST_TEST(w.at_clone("refs/tags/v2") == "");
}

BOOST_AUTO_TEST_CASE(a_tag_that_may_not_move_is_no_failure_of_the_branches) {
  world w;
  w.box.git(w.work, {"tag", "v1"});
  w.box.git(w.work, {"push", "-q", "origin", "v1"});
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  w.box.git(clone, {"config", "remote.origin.tagOpt", "--tags"});
  const auto tip = w.advance("a");
  w.box.git(w.work, {"tag", "-f", "v1"});
  w.box.git(w.work, {"push", "-q", "--force", "origin", "v1"});
  check(fetch_now(target_of(w.box, clone, {"a"})), fetch_outcome::updated);
  BOOST_TEST(w.at_clone("refs/remotes/origin/a") == tip);
  BOOST_TEST(w.at_clone("refs/tags/v1") != tip);
}

BOOST_AUTO_TEST_CASE(a_tag_that_is_a_folder_of_others_here_holds_up_no_branch) {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  w.box.git(clone, {"tag", "release/1.0"});
  const auto tip = w.advance("a");
  for (const auto* tag : {"release", "v1"}) {
    w.box.git(w.work, {"tag", tag});
    w.box.git(w.work, {"push", "-q", "origin", tag});
  }
  const auto report = fetch_now(target_of(w.box, clone, {"a"}));
  BOOST_TEST(w.at_clone("refs/remotes/origin/a") == tip, report.error);
  BOOST_TEST(w.at_clone("refs/tags/v1") != "");
}

BOOST_AUTO_TEST_CASE(losing_most_refs_deletes_none_and_still_moves_the_rest) {
  world w;
  w.clone(w.server.string());
  const auto tip = w.advance("main");
  w.remove("a");
  w.remove("b");
  const auto report = fetch_now(target_of(w.box, w.box / "clone", {"main", "a", "b"}));
  check(report, fetch_outcome::failed, ec::remote);
  BOOST_TEST(report.error.find("2 of 3") != std::string::npos);
  BOOST_TEST(w.at_clone("refs/remotes/origin/a") != "");
  BOOST_TEST(w.at_clone("refs/remotes/origin/b") != "");
  BOOST_TEST(w.at_clone("refs/remotes/origin/main") == tip);
}

BOOST_AUTO_TEST_CASE(an_emptied_server_deletes_nothing) {
  world w;
  w.clone(w.server.string());
  fs::remove_all(w.server);
  w.box.git(w.box.root(), {"init", "-q", "--bare", w.server.string()});
  const auto report = fetch_now(target_of(w.box, w.box / "clone", {"main", "a"}));
  check(report, fetch_outcome::failed, ec::remote);
  BOOST_TEST(report.error.find("without any ref") != std::string::npos);
  BOOST_TEST(w.at_clone("refs/remotes/origin/main") != "");
}

BOOST_AUTO_TEST_CASE(an_empty_server_is_fine_for_a_clone_that_tracks_nothing) {
  world w;
  fs::remove_all(w.server);
  w.box.git(w.box.root(), {"init", "-q", "--bare", w.server.string()});
  w.clone(w.server.string());
  check(fetch_now(target_of(w.box, w.box / "clone", {})), fetch_outcome::unchanged);
  check(fetch_now(target_of(w.box, w.box / "clone", {"main"})), fetch_outcome::unchanged);
}

BOOST_AUTO_TEST_CASE(a_ref_that_the_user_moved_meanwhile_is_not_deleted) {
  world w;
  w.clone(w.server.string());
  auto target = target_of(w.box, w.box / "clone", {"main", "b"});
  w.remove("b");
  const auto mine = w.box.commit(w.box / "clone", "mine");
  w.box.git(w.box / "clone", {"update-ref", "refs/remotes/origin/b", mine});
  const auto report = fetch_now(target);
  check(report, fetch_outcome::failed, ec::io);
  BOOST_TEST(w.at_clone("refs/remotes/origin/b") == mine);
}

BOOST_AUTO_TEST_CASE(a_ref_that_is_gone_on_both_sides_is_no_failure) {
  world w;
  w.clone(w.server.string());
  auto target = target_of(w.box, w.box / "clone", {"main", "b"});
  w.remove("b");
  w.box.git(w.box / "clone", {"update-ref", "-d", "refs/remotes/origin/b"});
  check(fetch_now(target), fetch_outcome::unchanged);
}

BOOST_AUTO_TEST_CASE(follows_hundreds_of_branches_with_odd_names) {
  world w;
  std::string commands;
  std::vector<std::string> names{"main",           "\xc3\xa4/\xe6\xbc\xa2", "quote\"d",
                                 "do$lar;semi&co", "refs/heads/main",       std::string(200, 'x')};
  for (int i = 0; i < 400; ++i)
    names.push_back("many/branch-" + std::to_string(i));
  w.clone(w.server.string());
  const auto tip = w.advance("main");
  for (const auto& name : names)
    commands += "update refs/heads/" + name + " " + tip + "\n";
  w.box.git(w.server, {"update-ref", "--stdin"}, commands);
  const auto report = fetch_now(target_of(w.box, w.box / "clone", names));
  check(report, fetch_outcome::updated);
  BOOST_TEST(report.updates.size() == names.size());
  check(fetch_now(target_of(w.box, w.box / "clone", names)), fetch_outcome::unchanged);
}

BOOST_AUTO_TEST_CASE(reports_http_failures_by_class) {
  check(fetch_answered("401 Unauthorized"), fetch_outcome::auth_required, ec::auth_required);
  check(fetch_answered("403 Forbidden"), fetch_outcome::auth_required, ec::auth_required);
  check(fetch_answered("404 Not Found"), fetch_outcome::failed, ec::not_found);
  check(fetch_answered("429 Too Many Requests"), fetch_outcome::failed, ec::remote);
  check(fetch_answered("500 Internal Server Error"), fetch_outcome::failed, ec::remote);
  check(fetch_answered("503 Service Unavailable"), fetch_outcome::failed, ec::remote);
}

BOOST_AUTO_TEST_CASE(a_captive_portal_deletes_nothing) {
  check(fetch_answered("200 OK", "<html><body>Please log in</body></html>\n"),
        fetch_outcome::failed, ec::remote);
  check(fetch_answered("200 OK", ""), fetch_outcome::failed, ec::remote);
}

BOOST_AUTO_TEST_CASE(garbage_is_an_error_of_the_remote) {
  const auto report = fetch_from(
      [] { return test::fault_server::answering(std::string("\x01\x02garbage\xff\n\n", 12)); });
  BOOST_TEST(to_string(report.outcome) == "failed");
  BOOST_TEST((report.code == ec::remote || report.code == ec::network), report.error);
}

BOOST_AUTO_TEST_CASE(a_server_that_hangs_up_is_a_network_failure) {
  check(fetch_from([] { return test::fault_server::closing(); }), fetch_outcome::failed,
        ec::network);
  check(fetch_from([] { return test::fault_server::closing(); }, options(), "git"),
        fetch_outcome::failed, ec::network);
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_a_network_failure) {
  for (const auto* scheme : {"http", "git"}) {
    world w;
    w.clone(w.server.string());
    auto server = test::fault_server::closing();
    const auto url = server->url("x.git", scheme);
    server.reset();
    w.box.git(w.box / "clone", {"remote", "set-url", "origin", url});
    check(fetch_now(target_of(w.box, w.box / "clone", {"main"})), fetch_outcome::failed,
          ec::network);
  }
}

BOOST_AUTO_TEST_CASE(a_black_hole_ends_at_the_deadline) {
  for (const auto* scheme : {"http", "git", "ssh"}) {
    const auto start = std::chrono::steady_clock::now();
    check(fetch_from([] { return test::fault_server::silent(); }, options(500ms), scheme),
          fetch_outcome::timed_out, ec::deadline_exceeded);
    BOOST_TEST((since(start) < 10s));
  }
}

BOOST_AUTO_TEST_CASE(cancelling_in_a_black_hole_frees_the_worker) {
  world w;
  w.clone(w.server.string());
  const auto server = test::fault_server::silent();
  w.box.git(w.box / "clone", {"remote", "set-url", "origin", server->url("x.git")});
  git::cancellation cancel;
  std::thread other{[&] {
    server->wait_for_stall();
    cancel.request();
  }};
  const auto report = git::fetch(target_of(w.box, w.box / "clone", {"main"}), options(), cancel);
  other.join();
  check(report, fetch_outcome::cancelled, ec::cancelled);
}

BOOST_AUTO_TEST_CASE(a_missing_remote_repository_is_an_error_of_the_remote) {
  world w;
  w.clone(w.server.string());
  const test::git_daemon daemon{w.box, w.box / "srv"};
  for (const auto& url : {(w.box / "nothing.git").string(), daemon.url("nothing.git")}) {
    w.box.git(w.box / "clone", {"remote", "set-url", "origin", url});
    check(fetch_now(target_of(w.box, w.box / "clone", {"main"})), fetch_outcome::failed,
          ec::not_found);
  }
}

BOOST_AUTO_TEST_CASE(a_clone_that_is_gone_is_missing_and_no_parent_is_taken_for_it) {
  world w;
  w.clone(w.server.string());
  const auto nested = w.box / "clone" / "nested";
  w.box.git(w.box.root(), {"clone", "-q", w.server.string(), nested.string()});
  const auto target = target_of(w.box, nested, {"main"});
  w.advance("main");
  fs::remove_all(nested / ".git");
  check(fetch_now(target), fetch_outcome::failed, ec::missing);
  fs::remove_all(nested);
  const auto report = fetch_now(target);
  check(report, fetch_outcome::failed, ec::missing);
  BOOST_TEST(report.error.find("nested") != std::string::npos);
  BOOST_TEST(w.at_clone("origin/main") != w.box.git(w.work, {"rev-parse", "HEAD"}));
}

BOOST_AUTO_TEST_CASE(a_broken_configuration_is_corrupt) {
  world w;
  w.clone(w.server.string());
  const auto target = target_of(w.box, w.box / "clone", {"main"});
  w.box.write(w.box / "clone" / ".git" / "config", "[core\n");
  check(fetch_now(target), fetch_outcome::failed, ec::corrupt);
}

BOOST_AUTO_TEST_CASE(broken_packed_refs_are_corrupt) {
  world w;
  w.clone(w.server.string());
  w.box.git(w.box / "clone", {"pack-refs", "--all"});
  const auto target = target_of(w.box, w.box / "clone", {"a"});
  w.advance("a");
  w.box.write(w.box / "clone" / ".git" / "packed-refs", "# pack-refs with: peeled\nnonsense\n");
  check(fetch_now(target), fetch_outcome::failed, ec::corrupt);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_and_leaves_nothing) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("skipped: only root can mount a small disk");
    BOOST_TEST(true);
    return;
  }
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  const auto objects = clone / ".git" / "objects";
  const auto old = w.box / "old-objects";
  fs::rename(objects, old);
  fs::create_directory(objects);
  if (test::run_program({"mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", objects.string()}, "/")
          .status != 0) {
    BOOST_TEST_MESSAGE("skipped: this machine does not let us mount");
    BOOST_TEST(true);
    return;
  }
  fs::copy(old, objects, fs::copy_options::recursive);
  w.box.git(clone, {"config", "fetch.unpackLimit", "1"});
  const auto target = target_of(w.box, clone, {"a"});
  w.advance_by_megabytes("a", 3);
  const auto report = fetch_now(target);
  const auto left = debris(clone);
  test::run_program({"umount", objects.string()}, "/");
  check(report, fetch_outcome::failed, ec::disk_full);
  BOOST_TEST(left.empty());
}

BOOST_AUTO_TEST_CASE(a_read_only_clone_is_told) {
  if (::geteuid() == 0) {
    BOOST_TEST_MESSAGE("skipped: root may write everywhere");
    BOOST_TEST(true);
    return;
  }
  world w;
  w.clone(w.server.string());
  const auto target = target_of(w.box, w.box / "clone", {"a"});
  w.advance("a");
  const auto refs = w.box / "clone" / ".git" / "refs" / "remotes" / "origin";
  fs::permissions(refs, fs::perms::owner_read | fs::perms::owner_exec);
  check(fetch_now(target), fetch_outcome::failed, ec::permission_denied);
  fs::permissions(refs, fs::perms::owner_all);
}

BOOST_AUTO_TEST_CASE(a_scheme_that_is_not_allowed_is_not_used) {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  const auto use = [&](const std::string& url) {
    w.box.git(clone, {"config", "remote.origin.url", url});
    auto target = target_of(w.box, clone, {"main"});
    target.remote.display_url = url;
    return target;
  };
  auto only_https = options();
  only_https.allowed_schemes = {"https"};
  for (const auto* url :
       {"http://127.0.0.1:1/x", "ssh://h/x", "h:x", "git://h/x", "file:///x", "/x"}) {
    const auto report = fetch_now(use(url), only_https);
    check(report, fetch_outcome::failed, ec::config);
    BOOST_TEST(report.error.find("allowed_schemes") != std::string::npos);
  }
  auto everything = options();
  everything.allowed_schemes.insert(everything.allowed_schemes.end(), {"ext", "fd"});
  const auto ran = w.box / "ran";
  check(fetch_now(use("ext::touch " + ran.string()), everything), fetch_outcome::failed,
        ec::config);
  BOOST_TEST(!fs::exists(ran));
}

BOOST_AUTO_TEST_CASE(a_forbidden_scheme_is_not_reached_by_rewriting_either) {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  const auto ran = w.box / "ran";
  auto target = target_of(w.box, clone, {"main"});
  w.box.git(clone, {"config", "url.ext::touch " + ran.string() + " .insteadOf", w.server.string()});
  w.box.git(clone, {"config", "protocol.ext.allow", "always"});
  check(fetch_now(target), fetch_outcome::failed, ec::config);
  BOOST_TEST(!fs::exists(ran));
}

BOOST_AUTO_TEST_CASE(the_name_of_a_remote_is_never_taken_for_an_address_or_an_option) {
  world w;
  w.clone(w.server.string());
  for (const auto* name : {"", ".", "--upload-pack=touch x", "https://u:s3cret@h/x", "a b"}) {
    auto target = target_of(w.box, w.box / "clone", {"main"});
    target.remote.name = name;
    check(fetch_now(target), fetch_outcome::failed, ec::invalid_argument);
  }
}

BOOST_AUTO_TEST_CASE(a_remote_without_an_address_is_told) {
  world w;
  w.clone(w.server.string());
  auto target = target_of(w.box, w.box / "clone", {"main"});
  target.remote.display_url.clear();
  check(fetch_now(target), fetch_outcome::failed, ec::config);
}

BOOST_AUTO_TEST_CASE(a_secret_in_the_address_reaches_no_argument_and_no_report) {
  if (!test::http_server::available()) {
    BOOST_TEST_MESSAGE("skipped: needs lighttpd with mod_openssl");
    BOOST_TEST(true);
    return;
  }
  world w;
  const test::http_server server{w.box, w.box / "srv"};
  const auto with_password = [&](const std::string& password) {
    auto url = server.auth_url("server.git");
    return url.insert(url.find("://") + 3, "tester:" + password + "@");
  };
  w.clone(with_password("s3cret"), {"-c", "http.sslCAInfo=" + server.ca_file().string()});
  const auto clone = w.box / "clone";
  w.advance("a");
  w.remove("b");
  const auto recorded = w.box / "arguments";
  const auto target = target_of(w.box, clone, {"main", "a", "b"});
  const auto fetch_recorded = [&] {
    const front_git front{w.box, "echo \"$@\" >>" + recorded.string()};
    return fetch_now(target);
  };
  check(fetch_recorded(), fetch_outcome::updated);
  BOOST_TEST(w.box.read(recorded).find("ls-remote") != std::string::npos);
  BOOST_TEST(w.box.read(recorded).find("s3cret") == std::string::npos);

  w.box.git(clone, {"remote", "set-url", "origin", with_password("wr0ng")});
  const auto report = fetch_recorded();
  check(report, fetch_outcome::auth_required, ec::auth_required);
  BOOST_TEST(report.error.find("wr0ng") == std::string::npos);
  BOOST_TEST(w.box.read(recorded).find("wr0ng") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(inherited_variables_do_not_lead_astray) {
  world w;
  w.clone(w.server.string());
  const auto target = target_of(w.box, w.box / "clone", {"a"});
  const auto tip = w.advance("a");
  {
    const variable dir{"GIT_DIR", "/nonexistent"};
    const variable objects{"GIT_OBJECT_DIRECTORY", "/nonexistent"};
    const variable trace{"GIT_TRACE", (w.box / "trace").string()};
    check(fetch_now(target), fetch_outcome::updated);
  }
  BOOST_TEST(w.at_clone("refs/remotes/origin/a") == tip);
  BOOST_TEST(!fs::exists(w.box / "trace"));
}

BOOST_AUTO_TEST_CASE(a_missing_git_is_an_error_that_names_it) {
  world w;
  w.clone(w.server.string());
  const auto target = target_of(w.box, w.box / "clone", {"a"});
  const variable path{"PATH", "/nonexistent"};
  const auto report = fetch_now(target);
  check(report, fetch_outcome::failed, ec::io);
  BOOST_TEST(report.error.find("cannot start git") != std::string::npos);
}

// A transfer that stops in the middle of the pack.
struct stalled_world : world {
  stalled_world() {
    clone(server.string(), {"-c", "fetch.unpackLimit=1"});
    stall = test::fault_server::stalling(daemon.port(), 300'000);
    box.git(box / "clone", {"remote", "set-url", "origin", stall->url("server.git", "git")});
    advance_by_megabytes("a", 2);
  }
  /// Blocks until nothing flows any more and a part of the pack is on disk.
  void wait_for_half_a_pack() const {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    stall->wait_for_stall();
    while (!part_on_disk() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
  }
  bool part_on_disk() const {
    std::error_code gone;
    for (fs::recursive_directory_iterator it{box / "clone" / ".git" / "objects", gone}, end;
         !gone && it != end; it.increment(gone))
      if (it->path().filename().string().starts_with("tmp_pack_") && it->file_size(gone) > 100'000)
        return true;
    return false;
  }
  void check_clean() const {
    BOOST_TEST(debris(box / "clone").empty());
    BOOST_TEST(box.git(box / "clone", {"for-each-ref"}) == refs);
    box.git(box / "clone", {"fsck"});
  }

  test::git_daemon daemon{box, box / "srv"};
  std::unique_ptr<test::fault_server> stall;
  std::string refs;
};

BOOST_FIXTURE_TEST_CASE(a_deadline_in_the_middle_of_a_pack_leaves_nothing, stalled_world) {
  refs = box.git(box / "clone", {"for-each-ref"});
  check(fetch_now(target_of(box, box / "clone", {"main", "a"}), options(3s)),
        fetch_outcome::timed_out, ec::deadline_exceeded);
  check_clean();
}

BOOST_FIXTURE_TEST_CASE(cancelling_in_the_middle_of_a_pack_leaves_nothing, stalled_world) {
  refs = box.git(box / "clone", {"for-each-ref"});
  git::cancellation cancel;
  std::thread other{[&] {
    wait_for_half_a_pack();
    cancel.request();
  }};
  const auto report = git::fetch(target_of(box, box / "clone", {"main", "a"}), options(), cancel);
  other.join();
  check(report, fetch_outcome::cancelled, ec::cancelled);
  check_clean();
}

BOOST_FIXTURE_TEST_CASE(a_git_killed_in_the_middle_of_a_pack_leaves_nothing, stalled_world) {
  refs = box.git(box / "clone", {"for-each-ref"});
  const auto number = box / "number";
  // exec keeps the number, so this is git's own; the last call is the fetch.
  const front_git front{box, "echo $$ >" + number.string()};
  std::thread killer{[&] {
    wait_for_half_a_pack();
    ::kill(std::atoi(box.read(number).c_str()), SIGKILL);
  }};
  const auto report = fetch_now(target_of(box, box / "clone", {"main", "a"}));
  killer.join();
  check(report, fetch_outcome::failed, ec::io);
  check_clean();
}

BOOST_FIXTURE_TEST_CASE(files_of_others_survive_the_sweep, stalled_world) {
  const auto pack = box / "clone" / ".git" / "objects" / "pack";
  box.write(pack / "tmp_pack_before", "of another git, long ago");
  const auto lock = box / "clone" / ".git" / "packed-refs.lock";
  box.write(lock, "");
  const auto in_use = pack / "tmp_pack_in_use";
  int held = -1;
  git::cancellation cancel;
  std::thread other{[&] {
    wait_for_half_a_pack();
    held = ::open(in_use.c_str(), O_WRONLY | O_CREAT, 0600);
    cancel.request();
  }};
  const auto report = git::fetch(target_of(box, box / "clone", {"main", "a"}), options(), cancel);
  other.join();
  ::close(held);
  check(report, fetch_outcome::cancelled, ec::cancelled);
  BOOST_TEST(fs::exists(pack / "tmp_pack_before"));
  BOOST_TEST(fs::exists(in_use));
  BOOST_TEST(fs::exists(lock));
  BOOST_TEST(debris(box / "clone").size() == 3u);
}

/// Kills the git that would delete a branch, as if by kill -9 in the middle of it.
struct locks_left : world {
  locks_left() {
    clone(server.string());
    remove("a");
  }
  void leave(const std::string& more = {}) {
    const auto git_dir = (box / "clone" / ".git").string();
    const front_git front{box, "case \"$*\" in *' update-ref '*) touch " + git_dir +
                                   "/refs/remotes/origin/a.lock " + git_dir +
                                   "/packed-refs.lock; " + more + " kill -9 $$;; esac"};
    check(fetch_now(target_of(box, box / "clone", {"main", "a", "b"})), fetch_outcome::failed,
          ec::io);
  }
  void leave_beside_a_git_at_work() {
    // Waits for the end of its stdin, in the clone.
    int user[2];
    int answers[2];
    BOOST_REQUIRE(::pipe2(user, O_CLOEXEC) == 0 && ::pipe2(answers, O_CLOEXEC) == 0);
    const auto pid = ::fork();
    if (pid == 0) {
      ::dup2(user[0], 0);
      ::dup2(answers[1], 1);
      if (::chdir((box / "clone").c_str()) == 0)
        ::execlp("git", "git", "cat-file", "--batch", nullptr);
      ::_exit(1);
    }
    char answer = 0;
    BOOST_REQUIRE(::write(user[1], "nothing\n", 8) == 8 && ::read(answers[0], &answer, 1) == 1);
    leave();
    for (const int end : {user[0], user[1], answers[0], answers[1]})
      ::close(end);
    ::waitpid(pid, nullptr, 0);
  }
};

BOOST_FIXTURE_TEST_CASE(locks_of_a_git_killed_while_it_moves_refs_are_removed, locks_left) {
  // git writes it anew beside its lock, and will not write over one.
  const auto beside = box / "clone" / ".git" / "packed-refs.new";
  leave("echo half > " + beside.string() + ";");
  BOOST_TEST(debris(box / "clone").empty());
  BOOST_TEST(!fs::exists(beside));
}

BOOST_FIXTURE_TEST_CASE(locks_with_another_content_than_ours_stay, locks_left) {
  leave("echo mine > " + (box / "clone/.git/refs/remotes/origin/a.lock").string() + ";");
  BOOST_TEST(debris(box / "clone").size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(locks_stay_while_the_users_git_is_at_work, locks_left) {
  leave_beside_a_git_at_work();
  // With the plan, by which they are judged when that git has gone.
  BOOST_TEST(debris(box / "clone").size() == 3u);
  git::sweep_abandoned_fetches(location_of(box, box / "clone"));
  BOOST_TEST(debris(box / "clone").empty());
}

BOOST_FIXTURE_TEST_CASE(locks_that_could_not_be_judged_are_judged_by_the_next_fetch, locks_left) {
  leave_beside_a_git_at_work();
  BOOST_TEST(debris(box / "clone").size() == 3u);
  check(fetch_now(target_of(box, box / "clone", {"main", "a", "b"})), fetch_outcome::updated);
  BOOST_TEST(debris(box / "clone").empty());
}

BOOST_AUTO_TEST_CASE(takes_the_time_of_its_phases) {
  world w;
  w.clone(w.server.string());
  w.advance("a");
  const auto report = fetch_now(target_of(w.box, w.box / "clone", {"a"}));
  BOOST_TEST((report.timing.probe > 0ms));
  BOOST_TEST((report.timing.transfer > 0ms));
  BOOST_TEST((report.finished - report.started >= report.timing.probe));
  const auto& steps = report.timing.steps;
  for (const auto step : {steps.negotiation, steps.pack, steps.checking, steps.refs})
    BOOST_TEST((step > 0us));
  BOOST_TEST((steps.negotiation + steps.pack + steps.checking + steps.refs <=
              report.timing.transfer + 1ms));
  BOOST_TEST(report.objects == 1u);
  BOOST_TEST(report.bytes > 0u);
}

BOOST_AUTO_TEST_CASE(what_was_seen_a_moment_ago_is_not_asked_again) {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  const auto tip = w.advance("a");
  auto how = options();
  auto seen = std::make_shared<advertised_refs>();
  const auto target = target_of(w.box, clone, {"main", "a"});
  for (const auto& ref : target.refs)
    seen->emplace(ref.remote_ref, ref.tip.value());
  seen->at("refs/heads/a") = *id_of(tip);
  how.seen = seen;
  const auto recorded = w.box / "recorded";
  {
    const front_git recorder{w.box, "echo \"$@\" >> " + recorded.string()};
    check(fetch_now(target, how), fetch_outcome::updated);
    BOOST_TEST(w.at_clone("refs/remotes/origin/a") == tip);
    BOOST_TEST(w.box.read(recorded).find("ls-remote --quiet --heads") == std::string::npos);
    // The target's tips are those of before; the clone has moved since.
    fs::remove(recorded);
    check(fetch_now(target, how), fetch_outcome::unchanged);
    BOOST_TEST(!fs::exists(recorded));
  }
}

BOOST_AUTO_TEST_CASE(fetches_by_ssh_share_one_connection_to_a_host) {
  if (!test::ssh_server::available()) {
    BOOST_TEST_MESSAGE("skipped: needs sshd and a login shell");
    return;
  }
  world w;
  const test::ssh_server server{w.box};
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  w.box.git(clone, {"remote", "set-url", "origin", server.url(w.server)});
  w.box.git(clone, {"config", "core.sshCommand", server.command()});
  auto how = options();
  how.ssh = std::make_shared<git::ssh_sharing>();
  for (int round = 0; round < 3; ++round) {
    w.advance("a");
    check(fetch_now(target_of(w.box, clone, {"main", "a"}), how), fetch_outcome::updated);
  }
  BOOST_TEST(server.logins() == 1u);
  // A command with another key has no part in what the first one may do.
  w.box.git(clone, {"config", "core.sshCommand", server.command_with_wrong_key()});
  check(fetch_now(target_of(w.box, clone, {"main", "a"}), how), fetch_outcome::auth_required,
        ec::auth_required);
}

BOOST_AUTO_TEST_SUITE_END()

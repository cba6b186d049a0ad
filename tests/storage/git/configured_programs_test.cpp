// Each setting that could make a fetch run a program, in a clone that nobody trusts: a file that
// the program would make must not appear.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <tests/support/git_servers.hpp>
#include <tests/support/sandbox.hpp>

#include <messages/url.hpp>
#include <storage/git/configured_programs.hpp>
#include <storage/git/fetch.hpp>
#include <storage/git/repository.hpp>

BOOST_AUTO_TEST_SUITE(configured_programs)

using namespace headway;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// A clone that is one commit behind its remote, and a program that leaves a mark.
struct fixture {
  fixture() {
    git::initialise_library();
    work = box.init("work");
    box.commit(work, "one");
    box.git(box.root(), {"clone", "-q", "--bare", work.string(), server.string()});
    box.git(box.root(), {"clone", "-q", server.string(), clone.string()});
    box.git(work, {"push", "-q", server.string(), "main"});
    advance();
    box.write(program, "#!/bin/sh\ntouch " + mark.string() + "\nexit 1\n");
    fs::permissions(program, fs::perms::owner_all);
  }

  void advance() {
    box.commit(work, "more");
    box.git(work, {"push", "-q", server.string(), "main"});
  }

  void set(const std::string& key, const std::string& value) {
    box.git(clone, {"config", key, value});
  }

  remote_fetch_report fetch(const std::vector<std::string>& trusted = {}) {
    fs::remove(mark);
    const auto url = box.git(clone, {"config", "remote.origin.url"});
    fetch_target target;
    target.location = git::locate(clone.string()).value();
    target.remote = {
        "origin", strip_credentials(url), host_key(url), {"+refs/heads/*:refs/remotes/origin/*"}};
    target.refs = {{"refs/heads/main", "refs/remotes/origin/main",
                    oid::from_hex(box.git(clone, {"rev-parse", "origin/main"}))}};
    const git::cancellation never;
    return git::fetch(target,
                      {.deadline = 20s,
                       .kill_grace = 1s,
                       .allowed_schemes = {"https", "ssh", "http", "git", "file"},
                       .trusted_repositories = trusted},
                      never);
  }

  void check_refused(const std::string& key) {
    const auto report = fetch();
    BOOST_TEST((report.code == ec::config), report.error);
    BOOST_TEST(report.error.find(key) != std::string::npos, report.error);
    BOOST_TEST(report.error.find("fetch.trusted_repositories") != std::string::npos, report.error);
    BOOST_TEST(!fs::exists(mark), key);
  }

  /// Without this the tests above would pass with settings that do nothing.
  void check_runs_when_trusted() {
    fetch({clone.string()});
    BOOST_TEST(fs::exists(mark));
  }

  test::sandbox box;
  fs::path server = box / "server.git";
  fs::path clone = box / "clone";
  fs::path work;
  fs::path program = box / "program";
  fs::path mark = box / "mark";
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_command_for_ssh_is_refused, fixture) {
  set("remote.origin.url", "ssh://127.0.0.1:1/x.git");
  set("core.sshCommand", program.string());
  check_refused("core.sshcommand");
  check_runs_when_trusted();
}

BOOST_FIXTURE_TEST_CASE(a_proxy_program_is_refused, fixture) {
  set("remote.origin.url", "git://127.0.0.1:1/x.git");
  set("core.gitProxy", program.string());
  check_refused("core.gitproxy");
  check_runs_when_trusted();
}

BOOST_FIXTURE_TEST_CASE(credential_helpers_are_refused, fixture) {
  const auto locked = test::fault_server::answering(
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
      "Content-Length: 0\r\nConnection: close\r\n\r\n");
  set("remote.origin.url", locked->url("/x.git"));
  set("credential.helper", program.string());
  check_refused("credential.helper");
  check_runs_when_trusted();
  box.git(clone, {"config", "--unset", "credential.helper"});
  set("credential.http://127.0.0.1.helper", program.string());
  check_refused("credential.http://127.0.0.1.helper");
}

BOOST_FIXTURE_TEST_CASE(programs_of_a_remote_are_refused, fixture) {
  set("remote.origin.uploadpack", program.string());
  check_refused("remote.origin.uploadpack");
  check_runs_when_trusted();
  box.git(clone, {"config", "--unset", "remote.origin.uploadpack"});
  // Of another remote: a partial clone would ask it for what is missing.
  set("remote.other.vcs", "x");
  check_refused("remote.other.vcs");
}

BOOST_FIXTURE_TEST_CASE(hooks_named_by_the_configuration_are_refused, fixture) {
  set("hook.one.command", program.string());
  check_refused("hook.one.command");
}

BOOST_FIXTURE_TEST_CASE(included_files_are_looked_into, fixture) {
  set("remote.origin.url", "ssh://127.0.0.1:1/x.git");
  box.write(box / "more", "[core]\n\tsshCommand = " + program.string() + "\n");
  set("include.path", (box / "more").string());
  check_refused("core.sshcommand");
  check_runs_when_trusted();
  set("include.path", "%(prefix)/../../more");
  check_refused("include.path");
  box.git(clone, {"config", "--unset", "include.path"});
  set("includeIf.hasconfig:remote.*.url:ssh://**.path", (box / "more").string());
  check_refused("includeif.hasconfig");
}

BOOST_FIXTURE_TEST_CASE(the_configuration_of_a_worktree_is_no_better, fixture) {
  set("extensions.worktreeConfig", "true");
  set("remote.origin.url", "ssh://127.0.0.1:1/x.git");
  box.git(clone, {"config", "--worktree", "core.sshCommand", program.string()});
  check_refused("core.sshcommand");
}

BOOST_FIXTURE_TEST_CASE(helpers_that_run_commands_are_never_used, fixture) {
  set("protocol.ext.allow", "always");
  set("remote.origin.url", "ext::" + program.string());
  BOOST_TEST((fetch({clone.string()}).code == ec::config));
  BOOST_TEST(!fs::exists(mark));
  set("remote.origin.url", "https://example.org/x.git");
  set("url.ext::" + program.string() + " .insteadOf", "https://example.org/");
  BOOST_TEST((fetch({clone.string()}).code != ec::none));
  BOOST_TEST(!fs::exists(mark));
}

BOOST_FIXTURE_TEST_CASE(all_else_is_switched_off_and_the_fetch_goes_on, fixture) {
  const auto command = program.string();
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"core.fsmonitor", command},
           {"core.hooksPath", (box / "hooks").string()},
           {"core.alternateRefsCommand", command},
           {"core.askPass", command},
           {"core.pager", command},
           {"core.editor", command},
           {"diff.external", command},
           {"filter.x.smudge", command},
           {"filter.x.clean", command},
           {"filter.x.process", command},
           {"filter.x.required", "true"},
           {"gc.recentObjectsHook", command},
           {"gc.auto", "1"},
           {"gpg.program", command},
           {"alias.fetch", "!" + command},
           {"pager.fetch", command},
           {"uploadpack.packObjectsHook", command},
           {"fetch.recurseSubmodules", "true"}})
    set(key, value);
  box.git(server, {"config", "uploadpack.packObjectsHook", command});
  fs::create_directories(box / "hooks");
  for (const auto* hook : {"reference-transaction", "post-checkout", "post-merge", "pre-auto-gc",
                           "post-index-change", "fsmonitor-watchman", "post-rewrite"})
    for (const auto& folder : {box / "hooks", clone / ".git" / "hooks"}) {
      fs::create_directories(folder);
      fs::copy_file(program, folder / hook, fs::copy_options::overwrite_existing);
    }
  box.write(clone / ".git" / "info" / "attributes", "* filter=x\n");
  const auto report = fetch();
  BOOST_TEST((report.outcome == fetch_outcome::updated), report.error);
  BOOST_TEST(!fs::exists(mark));
  // Git by itself does run one of these.
  advance();
  box.try_git(clone, {"fetch"});
  BOOST_TEST(fs::exists(mark));
}

BOOST_FIXTURE_TEST_CASE(the_configuration_of_the_person_is_followed, fixture) {
  set("remote.origin.url", "ssh://127.0.0.1:1/x.git");
  box.write(box / "personal", "[core]\n\tsshCommand = " + program.string() + "\n");
  const std::string before = std::getenv("GIT_CONFIG_GLOBAL");
  ::setenv("GIT_CONFIG_GLOBAL", (box / "personal").c_str(), 1);
  BOOST_TEST((fetch().code != ec::config));
  ::setenv("GIT_CONFIG_GLOBAL", before.c_str(), 1);
  BOOST_TEST(fs::exists(mark));
}

BOOST_AUTO_TEST_CASE(trusted_is_what_lies_below_a_trusted_directory) {
  const auto trusts = [](const std::string& folder, const std::string& path) {
    return git::is_trusted_repository({.path = path}, {"/elsewhere", folder});
  };
  BOOST_TEST(trusts("/src", "/src"));
  BOOST_TEST(trusts("/src/", "/src/a/b"));
  BOOST_TEST(trusts("/", "/src"));
  BOOST_TEST(!trusts("/src", "/srcs"));
  BOOST_TEST(!trusts("/src/a", "/src"));
  BOOST_TEST(!git::is_trusted_repository({.path = "/src"}, {}));
}

BOOST_AUTO_TEST_SUITE_END()

/// A server, a clone of it that Headway keeps fresh, and what fetches are asked for in tests.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <tests/support/git_servers.hpp>
#include <tests/support/sandbox.hpp>

#include <messages/url.hpp>
#include <storage/git/fetch.hpp>
#include <storage/git/repository.hpp>

namespace headway::test {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

inline const std::vector<std::string> every_scheme{"https", "ssh", "http", "git", "file"};

inline std::optional<oid> id_of(const std::string& hex) {
  return oid::from_hex(hex);
}

inline std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \n") + 1);
  return text;
}

/// "server.git" with branches main, a and b; "work", a clone that pushes to it; "clone", the one
/// that Headway keeps fresh.
struct world {
  world() : box{}, server{box / "srv" / "server.git"} {
    git::initialise_library();
    fs::create_directories(server.parent_path());
    box.git(box.root(), {"init", "-q", "--bare", "-b", "main", server.string()});
    work = box.init("work");
    box.git(work, {"remote", "add", "origin", server.string()});
    box.commit(work, "one");
    for (const auto* branch : {"main", "a", "b"})
      push("HEAD", branch);
  }

  void push(const std::string& what, const std::string& branch) {
    box.git(work, {"push", "-q", "--force", "origin", what + ":refs/heads/" + branch});
  }
  void remove(const std::string& branch) {
    box.git(work, {"push", "-q", "origin", ":refs/heads/" + branch});
  }
  /// A new commit on the server's branch; answers its id.
  std::string advance(const std::string& branch) {
    auto id = box.commit(work, "more for " + branch);
    push("HEAD", branch);
    return id;
  }
  /// The same with content that does not compress.
  std::string advance_by_megabytes(const std::string& branch, std::size_t megabytes) {
    const auto random =
        run_program({"head", "-c", std::to_string(megabytes << 20), "/dev/urandom"}, box.root());
    box.write(work / "big", random.output);
    box.git(work, {"add", "big"});
    return advance(branch);
  }

  void clone(const std::string& url, const std::vector<std::string>& args = {}) {
    std::vector<std::string> command{"clone", "-q"};
    command.insert(command.end(), args.begin(), args.end());
    command.insert(command.end(), {url, (box / "clone").string()});
    box.git(box.root(), command);
  }

  std::string at_clone(const std::string& ref) const {
    const auto result = box.try_git(box / "clone", {"rev-parse", "-q", "--verify", ref});
    return trimmed(result.output);
  }

  sandbox box;
  fs::path server;
  fs::path work;
};

inline repository_location location_of(const sandbox& box, const fs::path& path) {
  repository_location result;
  result.path = path.string();
  result.git_dir = fs::canonical(box.git(path, {"rev-parse", "--absolute-git-dir"})).string();
  result.common_dir =
      fs::canonical(path / box.git(path, {"rev-parse", "--git-common-dir"})).string();
  result.bare = box.git(path, {"rev-parse", "--is-bare-repository"}) == "true";
  return result;
}

inline std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);)
    result.push_back(line);
  return result;
}

inline fetch_target target_of(const sandbox& box, const fs::path& clone,
                              const std::vector<std::string>& branches,
                              const std::string& remote = "origin") {
  fetch_target target;
  target.location = location_of(box, clone);
  target.remote.name = remote;
  const auto url = box.git(clone, {"remote", "get-url", remote});
  target.remote.display_url = strip_credentials(url);
  target.remote.host = host_key(url);
  target.remote.fetch_refspecs =
      lines(box.git(clone, {"config", "--get-all", "remote." + remote + ".fetch"}));
  for (const auto& branch : branches) {
    tracked_ref ref{"refs/heads/" + branch, "refs/remotes/" + remote + "/" + branch, {}};
    ref.tip = id_of(
        trimmed(box.try_git(clone, {"rev-parse", "-q", "--verify", ref.tracking_ref}).output));
    target.refs.push_back(ref);
  }
  return target;
}

inline git::fetch_options options(std::chrono::milliseconds deadline = 60s) {
  git::fetch_options result;
  result.deadline = deadline;
  result.kill_grace = 2s;
  result.allowed_schemes = every_scheme;
  result.trusted_repositories = {"/"};
  return result;
}

inline remote_fetch_report fetch_now(const fetch_target& target,
                                     const git::fetch_options& how = options()) {
  const git::cancellation never;
  return git::fetch(target, how, never);
}

inline void check(const remote_fetch_report& report, fetch_outcome outcome, ec code = ec::none) {
  BOOST_TEST(to_string(report.outcome) == to_string(outcome), report.error);
  BOOST_TEST(to_string(report.code) == to_string(code), report.error);
  BOOST_TEST(report.error.empty() == (code == ec::none), report.error);
  BOOST_TEST((report.finished >= report.started));
}

/// Where branches of a server are, as a look at them a moment ago would have told.
inline advertised_refs_ptr seen_at(const world& w, const std::vector<std::string>& branches) {
  auto seen = std::make_shared<advertised_refs>();
  for (const auto& branch : branches)
    if (const auto id = id_of(
            trimmed(w.box.try_git(w.server, {"rev-parse", "-q", "--verify", "refs/heads/" + branch})
                        .output)))
      seen->emplace("refs/heads/" + branch, *id);
  return seen;
}

/// Runs `what` with each backend in a world of its own, which is behind a web server.
template <class World, class What>
void with_both_backends(What what) {
  if (!http_server::available()) {
    BOOST_TEST_MESSAGE("skipped: needs lighttpd with mod_openssl");
    BOOST_TEST(true);
    return;
  }
  for (const auto backend : {fetch_backend::git, fetch_backend::native}) {
    BOOST_TEST_CONTEXT("backend " << to_string(backend)) {
      World w{backend};
      what(w);
    }
  }
}

inline const ref_update* update_of(const remote_fetch_report& report, const std::string& ref) {
  const auto found = std::ranges::find(report.updates, ref, &ref_update::tracking_ref);
  return found == report.updates.end() ? nullptr : &*found;
}

/// Every file below `folder` with its content, but objects, refs and logs, which a fetch may
/// change.
inline std::string everything_else(const sandbox& box, const fs::path& folder) {
  std::set<std::string> result;
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    const auto name = entry.path().lexically_relative(folder).string();
    const auto in = [&](const char* part) { return name.find(part) != std::string::npos; };
    if (entry.is_regular_file() && !in("objects/") && !in("refs/") && !in("logs/") &&
        !in("packed-refs"))
      result.insert(name + "\n" + box.read(entry.path()) + "\n");
  }
  std::string text;
  for (const auto& part : result)
    text += part;
  return text;
}

inline std::vector<std::string> debris(const fs::path& repository) {
  std::vector<std::string> result;
  for (const auto& entry : fs::recursive_directory_iterator{repository}) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("tmp_") || name.ends_with(".lock") || name.ends_with(".keep"))
      result.push_back(entry.path().string());
  }
  return result;
}

/// What every kind of remote must be able to do.
inline void check_all_moves(world& w, const std::string& url,
                            const std::vector<std::string>& config = {},
                            const git::fetch_options& how = options()) {
  std::vector<std::string> args;
  for (const auto& setting : config)
    args.insert(args.end(), {"-c", setting});
  w.clone(url, args);
  const auto clone = w.box / "clone";

  check(fetch_now(target_of(w.box, clone, {"main", "a", "b"}), how), fetch_outcome::unchanged);

  const auto forward = w.advance("a");
  auto report = fetch_now(target_of(w.box, clone, {"main", "a", "b"}), how);
  check(report, fetch_outcome::updated);
  BOOST_REQUIRE(report.updates.size() == 1u);
  BOOST_TEST(report.updates[0].tracking_ref == "refs/remotes/origin/a");
  BOOST_TEST((report.updates[0].after == id_of(forward)));
  BOOST_TEST((report.updates[0].before && report.updates[0].before != report.updates[0].after));
  BOOST_TEST(w.at_clone("refs/remotes/origin/a") == forward);

  w.box.git(w.work, {"reset", "-q", "--hard", "HEAD~1"});
  const auto rewritten = w.advance("a");
  w.push("HEAD", "fresh");
  report = fetch_now(target_of(w.box, clone, {"main", "a", "b", "fresh"}), how);
  check(report, fetch_outcome::updated);
  BOOST_TEST(report.updates.size() == 2u);
  BOOST_TEST(w.at_clone("refs/remotes/origin/a") == rewritten);
  const auto* created = update_of(report, "refs/remotes/origin/fresh");
  BOOST_REQUIRE(created != nullptr);
  BOOST_TEST(!created->before);

  w.remove("b");
  w.push("HEAD", "b/c");
  report = fetch_now(target_of(w.box, clone, {"main", "a", "b", "b/c"}), how);
  check(report, fetch_outcome::updated);
  const auto* deleted = update_of(report, "refs/remotes/origin/b");
  BOOST_REQUIRE(deleted != nullptr);
  BOOST_TEST((deleted->before && !deleted->after));
  BOOST_TEST(w.at_clone("refs/remotes/origin/b") == "");
  BOOST_TEST(w.at_clone("refs/remotes/origin/b/c") == rewritten);

  // And back: a folder of refs becomes a ref.
  w.remove("b/c");
  const auto recreated = w.advance("b");
  report = fetch_now(target_of(w.box, clone, {"main", "a", "b/c", "b"}), how);
  check(report, fetch_outcome::updated);
  BOOST_TEST(w.at_clone("refs/remotes/origin/b/c") == "");
  BOOST_TEST(w.at_clone("refs/remotes/origin/b") == recreated);

  check(fetch_now(target_of(w.box, clone, {"main", "a", "b"}), how), fetch_outcome::unchanged);
  BOOST_TEST(debris(clone).empty());
  w.box.git(clone, {"fsck"});
}

class variable {
 public:
  variable(const char* name, const std::string& value) : name_{name} {
    if (const char* old = std::getenv(name))
      old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~variable() {
    if (old_)
      ::setenv(name_, old_->c_str(), 1);
    else
      ::unsetenv(name_);
  }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

/// A `git` in front of the real one that runs `script` first.
class front_git {
 public:
  front_git(const sandbox& box, const std::string& script)
      : path_{"PATH", (box / "bin").string() + ":" + std::getenv("PATH")} {
    const auto real =
        trimmed(run_program({"sh", "-c", "PATH=${PATH#*:} command -v git"}, "/").output);
    box.write(box / "bin" / "git", "#!/bin/sh\n" + script + "\nexec " + real + " \"$@\"\n");
    fs::permissions(box / "bin" / "git", fs::perms::owner_all);
  }

 private:
  variable path_;
};

/// Asks a server that answers every request with these bytes.
inline remote_fetch_report fetch_from(const std::function<std::unique_ptr<fault_server>()>& make,
                                      const git::fetch_options& how = options(),
                                      std::string_view scheme = "http") {
  world w;
  w.clone(w.server.string());
  const auto clone = w.box / "clone";
  const auto server = make();
  w.box.git(clone, {"remote", "set-url", "origin", server->url("server.git", scheme)});
  const auto before = w.box.git(clone, {"for-each-ref"});
  const auto report = fetch_now(target_of(w.box, clone, {"main", "a", "b"}), how);
  BOOST_TEST(w.box.git(clone, {"for-each-ref"}) == before);
  BOOST_TEST(report.updates.empty());
  BOOST_TEST(debris(clone).empty());
  return report;
}

inline remote_fetch_report fetch_answered(const std::string& status,
                                          const std::string& body = "no") {
  return fetch_from(
      [&] { return fault_server::answering(http_response(status, "text/html", body)); });
}

}  // namespace headway::test

#include <tests/storage/git/fetch_world.hpp>

#include <storage/git/branch_patterns.hpp>

using namespace headway;
using namespace headway::test;

namespace {

/// A clone that follows some branches of its remote by pattern, as a node would.
struct tracking_world : world {
  explicit tracking_world(std::vector<std::string> wanted,
                          upstream_source at = upstream_source::tracking)
      : patterns{std::move(wanted)}, home{at} {
    for (const auto* branch : {"release/1.0", "release/1.1", "release/deep/er", "topic"})
      push("HEAD", branch);
  }

  fs::path here() const { return box / "clone"; }

  fetch_target target() const {
    auto opened = git::repository::open(location_of(box, here()));
    const auto refs = (*opened)->read_refs(home, {}, patterns).value();
    auto result = target_of(box, here(), {});
    result.refs = refs.tracked("origin");
    result.patterns = refs.patterns;
    return result;
  }

  remote_fetch_report fetch(fetch_backend backend = fetch_backend::automatic) const {
    auto how = options();
    how.backend = backend;
    return fetch_now(target(), how);
  }

  /// What git lists in a repository below `prefix`, without the prefix.
  std::string listed(const fs::path& repository, const std::string& prefix) const {
    std::string result;
    for (const auto& line :
         lines(box.git(repository,
                       {"for-each-ref", "--format=%(objectname) %(refname) %(symref)", prefix}))) {
      const auto at = line.find(prefix);
      if (line.find(" refs/", at) == std::string::npos)
        result += line.substr(0, at) + line.substr(at + prefix.size()) + "\n";
    }
    return result;
  }

  std::vector<std::string> patterns;
  upstream_source home;
};

template <class What>
void by_every_way(const std::vector<std::string>& patterns, What what) {
  {
    BOOST_TEST_CONTEXT("a local path") {
      tracking_world w{patterns};
      w.clone(w.server.string());
      what(w, fetch_backend::automatic);
    }
  }
  if (!http_server::available()) {
    BOOST_TEST_MESSAGE("skipped: needs lighttpd with mod_openssl");
    return;
  }
  for (const auto backend : {fetch_backend::git, fetch_backend::native}) {
    BOOST_TEST_CONTEXT("http, backend " << to_string(backend)) {
      tracking_world w{patterns};
      const http_server web{w.box, w.box / "srv"};
      w.clone(web.url("server.git"));
      what(w, backend);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(branch_patterns)

BOOST_AUTO_TEST_CASE(a_star_stands_for_any_characters) {
  const std::vector<std::string> patterns{"refs/heads/release/*", "refs/heads/*-stable"};
  for (const auto* name : {"refs/heads/release/1", "refs/heads/release/a/b", "refs/heads/1-stable",
                           "refs/heads/x/y-stable"})
    BOOST_TEST(git::matches(patterns, name), name);
  for (const auto* name : {"refs/heads/release", "refs/heads/main", "refs/heads/released/x",
                           "refs/heads/stable", "refs/tags/release/1"})
    BOOST_TEST(!git::matches(patterns, name), name);
  BOOST_TEST(!git::matches({}, "refs/heads/main"));
}

BOOST_AUTO_TEST_CASE(a_remote_is_asked_for_no_name_that_a_prefix_covers) {
  fetch_target target;
  for (const auto* name : {"refs/heads/main", "refs/heads/release/1"})
    target.refs.push_back({name, name, {}});
  using names = std::vector<std::string>;
  BOOST_TEST(git::names_to_ask(target) == names({"refs/heads/main", "refs/heads/release/1"}));
  target.patterns.of_remote = {"refs/heads/release/*"};
  BOOST_TEST(git::names_to_ask(target) == names({"refs/heads/release/", "refs/heads/main"}));
  target.patterns.of_remote = {"refs/heads/*"};
  BOOST_TEST(git::names_to_ask(target) == names({"refs/heads/"}));
}

BOOST_AUTO_TEST_CASE(names_of_a_remote_that_are_no_names_of_refs_are_passed_over) {
  fetch_target target;
  target.remote.fetch_refspecs = {"+refs/heads/*:refs/remotes/origin/*"};
  target.patterns.of_remote = {"refs/heads/*"};
  const oid id = *oid::from_hex(std::string(40, '1'));
  const auto found = git::tracked_in(
      target,
      {{"refs/heads/good", id}, {"refs/heads/../../../config", id}, {"refs/heads/x.lock", id}});
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].tracking_ref == "refs/remotes/origin/good");
}

BOOST_AUTO_TEST_CASE(branches_that_match_are_made_moved_and_pruned_and_no_others) {
  by_every_way({"refs/heads/release/*"}, [](tracking_world& w, fetch_backend backend) {
    const auto same = [&w] {
      BOOST_TEST(w.listed(w.here(), "refs/remotes/origin/release/") ==
                 w.listed(w.server, "refs/heads/release/"));
    };
    same();
    check(w.fetch(backend), fetch_outcome::unchanged);
    w.box.git(w.here(), {"update-ref", "refs/remotes/origin/of-mine", "HEAD"});
    const auto topic = w.at_clone("origin/topic");

    w.advance("release/1.0");
    const auto fresh = w.advance("release/2.0");
    w.advance("topic");
    w.push("HEAD", "another");
    auto report = w.fetch(backend);
    check(report, fetch_outcome::updated);
    BOOST_TEST(report.updates.size() == 2u);
    const auto* made = update_of(report, "refs/remotes/origin/release/2.0");
    BOOST_REQUIRE(made != nullptr);
    BOOST_TEST((!made->before && made->after == id_of(fresh)));
    same();
    check(w.fetch(backend), fetch_outcome::unchanged);

    w.remove("release/1.1");
    w.remove("topic");
    report = w.fetch(backend);
    check(report, fetch_outcome::updated);
    BOOST_REQUIRE(report.updates.size() == 1u);
    BOOST_TEST(report.updates[0].tracking_ref == "refs/remotes/origin/release/1.1");
    BOOST_TEST(!report.updates[0].after);
    same();
    BOOST_TEST(w.at_clone("origin/topic") == topic);
    BOOST_TEST(w.at_clone("origin/of-mine") != "");
    BOOST_TEST(w.at_clone("origin/another") == "");
    BOOST_TEST(debris(w.here()).empty());
    w.box.git(w.here(), {"fsck"});
  });
}

BOOST_AUTO_TEST_CASE(one_star_takes_all_branches_as_a_fetch_of_the_user_would) {
  by_every_way({"refs/heads/*"}, [](tracking_world& w, fetch_backend backend) {
    w.box.git(w.box.root(), {"clone", "-q", w.server.string(), "theirs"});
    for (const auto* branch : {"main", "brand/new", "topic"})
      w.advance(branch);
    w.remove("release/1.0");
    check(w.fetch(backend), fetch_outcome::updated);
    w.box.git(w.box / "theirs", {"fetch", "-q", "--prune"});
    const auto refs = [&w](const char* clone) {
      return w.box.git(w.box / clone, {"for-each-ref", "refs/remotes"});
    };
    BOOST_TEST(refs("clone") == refs("theirs"));
  });
}

BOOST_AUTO_TEST_CASE(what_a_negative_refspec_excludes_is_not_made) {
  by_every_way({"refs/heads/*"}, [](tracking_world& w, fetch_backend backend) {
    w.box.git(w.box.root(), {"clone", "-q", w.server.string(), "theirs"});
    for (const auto* clone : {"clone", "theirs"})
      w.box.git(w.box / clone, {"config", "--add", "remote.origin.fetch", "^refs/heads/wip/*"});
    for (const auto* branch : {"wip/x", "brand/new"})
      w.advance(branch);
    check(w.fetch(backend), fetch_outcome::updated);
    w.box.git(w.box / "theirs", {"fetch", "-q", "--prune"});
    const auto refs = [&w](const char* clone) {
      return w.box.git(w.box / clone, {"for-each-ref", "refs/remotes"});
    };
    BOOST_TEST(refs("clone") == refs("theirs"));
  });
}

BOOST_AUTO_TEST_CASE(what_most_branches_lack_is_not_deleted) {
  tracking_world w{{"refs/heads/*"}};
  w.clone(w.server.string());
  const auto before = w.box.git(w.here(), {"for-each-ref", "refs/remotes"});
  for (const auto* branch : {"a", "b", "release/1.0", "release/1.1", "release/deep/er", "topic"})
    w.remove(branch);
  const auto report = w.fetch();
  check(report, fetch_outcome::failed, ec::remote);
  BOOST_TEST(w.box.git(w.here(), {"for-each-ref", "refs/remotes"}) == before);
}

BOOST_AUTO_TEST_CASE(a_clone_of_one_branch_follows_others_only_where_its_refspecs_store_them) {
  tracking_world w{{"refs/heads/release/*"}};
  w.clone(w.server.string(), {"--single-branch"});
  w.advance("release/1.0");
  check(w.fetch(), fetch_outcome::unchanged);
  w.box.git(w.here(), {"config", "--add", "remote.origin.fetch",
                       "+refs/heads/release/*:refs/remotes/upstream/rel/*"});
  check(w.fetch(), fetch_outcome::updated);
  BOOST_TEST(w.listed(w.here(), "refs/remotes/upstream/rel/") ==
             w.listed(w.server, "refs/heads/release/"));
}

BOOST_AUTO_TEST_CASE(with_prefetch_they_land_below_refs_of_our_own) {
  tracking_world w{{"refs/heads/release/*"}, upstream_source::prefetch};
  w.clone(w.server.string());
  const auto theirs = w.box.git(w.here(), {"for-each-ref", "refs/remotes"});
  const auto own = [&w](const std::string& branch) {
    return w.at_clone("refs/prefetch/remotes/origin/" + branch);
  };
  const auto moved = w.advance("release/1.0");
  const auto fresh = w.advance("release/2.0");
  check(w.fetch(), fetch_outcome::updated);
  BOOST_TEST(own("release/1.0") == moved);
  BOOST_TEST(own("release/2.0") == fresh);
  check(w.fetch(), fetch_outcome::unchanged);
  w.remove("release/2.0");
  check(w.fetch(), fetch_outcome::updated);
  BOOST_TEST(own("release/2.0") == "");
  check(w.fetch(), fetch_outcome::unchanged);
  BOOST_TEST(w.box.git(w.here(), {"for-each-ref", "refs/remotes"}) == theirs);
}

BOOST_AUTO_TEST_SUITE_END()

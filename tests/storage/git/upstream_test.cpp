#include <boost/test/unit_test.hpp>
#include <tests/storage/git/reading.hpp>

BOOST_FIXTURE_TEST_SUITE(upstream, headway::test::reading_fixture)

using headway::test::branch;

namespace {

// A clone "clone" of "server", which has main, x and feature/y.
std::string make_clone(headway::test::sandbox& box) {
  const auto server = box.init("server").string();
  box.commit(server, "one");
  box.git(server, {"branch", "x"});
  box.git(server, {"branch", "feature/y"});
  box.git(server, {"tag", "-a", "-m", "words", "v1"});
  const auto clone = (box / "clone").string();
  box.git(box.root(), {"clone", "-q", server, clone});
  return clone;
}

void configure(const headway::test::sandbox& box, const std::string& repo, const std::string& name,
               const std::string& remote, const std::string& merge) {
  if (!remote.empty())
    box.git(repo, {"config", "branch." + name + ".remote", remote});
  if (!merge.empty())
    box.git(repo, {"config", "branch." + name + ".merge", merge});
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_fresh_clone_tracks_its_remote) {
  const auto clone = make_clone(box);
  BOOST_TEST(compare_with_git(clone) == 1u);
  const auto refs = snapshot(clone);
  const auto& main = branch(refs, "main");
  BOOST_REQUIRE(main.upstream);
  BOOST_TEST(main.head);
  BOOST_TEST(main.upstream->remote == "origin");
  BOOST_TEST(main.upstream->merge_ref == "refs/heads/main");
  BOOST_TEST((main.upstream->tip == main.tip));
}

BOOST_AUTO_TEST_CASE(every_way_to_configure_an_upstream_is_understood_as_by_git) {
  const auto clone = make_clone(box);
  const auto add = [&](const std::string& name, const std::string& remote,
                       const std::string& merge) {
    box.git(clone, {"branch", "--no-track", name, "main"});
    configure(box, clone, name, remote, merge);
  };
  add("other-name", "origin", "refs/heads/feature/y");
  add("gone", "origin", "refs/heads/not-there");
  add("local", ".", "refs/heads/main");
  add("local-short", ".", "main");
  add("local-gone", ".", "refs/heads/not-there");
  add("local-tag", ".", "refs/tags/v1");
  add("no-remote", "", "refs/heads/main");
  add("no-merge", "origin", "");
  add("unknown-remote", "nobody", "refs/heads/main");
  add("url-remote", "../server", "refs/heads/main");
  add("short-merge", "origin", "main");
  add("outside-refspec", "origin", "refs/tags/v1");
  add("remote-head", "origin", "HEAD");
  add("multi", "origin", "refs/heads/x");
  box.git(clone, {"config", "--add", "branch.multi.merge", "refs/heads/main"});
  add("twice", "nobody", "refs/heads/x");
  box.git(clone, {"config", "--add", "branch.twice.remote", "origin"});
  add("Case", "origin", "refs/heads/x");
  add("a.b\"c", "origin", "refs/heads/x");
  BOOST_TEST(compare_with_git(clone) == 18u);
  const auto refs = snapshot(clone);
  BOOST_TEST(!branch(refs, "gone").upstream->tip);
  BOOST_TEST(!branch(refs, "no-remote").upstream);
  BOOST_TEST(!branch(refs, "no-merge").upstream);
  BOOST_TEST(branch(refs, "unknown-remote").upstream->tracking_ref == "");
  BOOST_TEST(branch(refs, "local").upstream->tracking_ref == "refs/heads/main");
  BOOST_TEST((branch(refs, "local-tag").upstream->tip == branch(refs, "main").tip));
}

BOOST_AUTO_TEST_CASE(refspecs_decide_where_the_upstream_lies) {
  const auto clone = make_clone(box);
  configure(box, clone, "x", "origin", "refs/heads/x");
  box.git(clone, {"branch", "--no-track", "x"});
  configure(box, clone, "y", "origin", "refs/heads/feature/y");
  box.git(clone, {"branch", "--no-track", "y"});
  const auto with = [&](const std::vector<std::string>& specs) {
    box.git(clone, {"config", "--unset-all", "remote.origin.fetch"});
    for (const auto& spec : specs)
      box.git(clone, {"config", "--add", "remote.origin.fetch", spec});
    BOOST_TEST_CONTEXT(specs.front()) BOOST_TEST(compare_with_git(clone) == 3u);
  };
  with({"+refs/heads/*:refs/remotes/else/*"});
  with({"+refs/heads/x:refs/remotes/origin/renamed", "+refs/heads/*:refs/remotes/origin/*"});
  with({"+refs/heads/*:refs/remotes/origin/*", "^refs/heads/x"});
  with({"+refs/heads/feature/*:refs/remotes/origin/feature/*"});
  with({"+refs/heads/*y:refs/remotes/origin/*y"});
  with({"+refs/*:refs/*"});
  with({"+refs/*:refs/*", "^refs/heads/x"});
  with({"refs/heads/x", "refs/heads/feature/y:"});
}

BOOST_AUTO_TEST_CASE(short_names_are_those_of_git_when_they_are_ambiguous) {
  const auto clone = make_clone(box);
  box.git(clone, {"branch", "--no-track", "origin/main"});
  box.git(clone, {"branch", "--no-track", "l"});
  configure(box, clone, "l", ".", "refs/heads/origin/main");
  BOOST_TEST(compare_with_git(clone) == 3u);
  box.git(clone, {"tag", "main"});
  box.git(clone, {"branch", "--no-track", "m", "refs/heads/main"});
  configure(box, clone, "m", ".", "refs/heads/main");
  BOOST_TEST(compare_with_git(clone) == 4u);
  box.git(clone, {"config", "core.warnAmbiguousRefs", "false"});
  BOOST_TEST(compare_with_git(clone) == 4u);
}

BOOST_AUTO_TEST_CASE(an_upstream_deleted_on_the_remote_is_gone_after_pruning) {
  const auto clone = make_clone(box);
  box.git(clone, {"checkout", "-q", "x"});
  box.git(box / "server", {"branch", "-D", "x"});
  box.git(clone, {"fetch", "-q", "--prune"});
  BOOST_TEST(compare_with_git(clone) == 2u);
  BOOST_TEST(!branch(snapshot(clone), "x").upstream->tip);
}

BOOST_AUTO_TEST_CASE(a_broken_tracking_ref_is_a_problem_and_not_gone) {
  const auto clone = make_clone(box);
  box.git(clone, {"checkout", "-q", "x"});
  box.write(clone + "/.git/refs/remotes/origin/x", "");
  const auto refs = snapshot(clone);
  BOOST_TEST(branch(refs, "x").problem.find("refs/remotes/origin/x, that is broken") !=
             std::string::npos);
  BOOST_TEST(branch(refs, "main").problem == "");
}

BOOST_AUTO_TEST_CASE(included_configuration_counts) {
  const auto clone = make_clone(box);
  box.git(clone, {"branch", "--no-track", "x"});
  box.git(clone, {"branch", "--no-track", "y"});
  box.git(clone, {"config", "include.path", "extra"});
  box.git(clone, {"config", "includeIf.gitdir:" + clone + "/.path", "conditional"});
  box.git(clone, {"config", "includeIf.gitdir:/nowhere/.path", "never"});
  const auto text = [](const std::string& name) {
    return "[branch \"" + name + "\"]\nremote = origin\nmerge = refs/heads/x\n";
  };
  box.write(clone + "/.git/extra", text("x"));
  box.write(clone + "/.git/conditional", text("y"));
  box.write(clone + "/.git/never", text("main"));
  BOOST_TEST(compare_with_git(clone) == 3u);
  BOOST_TEST(branch(snapshot(clone), "y").upstream->short_name == "origin/x");
}

BOOST_AUTO_TEST_CASE(worktree_configuration_counts_where_it_is_enabled) {
  const auto clone = make_clone(box);
  box.git(clone, {"config", "extensions.worktreeConfig", "true"});
  const auto tree = (box / "tree").string();
  box.git(clone, {"worktree", "add", "-q", "-b", "t", tree, "main"});
  box.git(tree, {"config", "--worktree", "branch.t.remote", "origin"});
  box.git(tree, {"config", "--worktree", "branch.t.merge", "refs/heads/x"});
  BOOST_TEST(compare_with_git(tree) == 2u);
  BOOST_TEST(compare_with_git(clone) == 2u);
  BOOST_TEST(branch(snapshot(tree), "t").upstream.has_value());
  BOOST_TEST(!branch(snapshot(clone), "t").upstream.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <tools/load/repository_changes.hpp>
#include <tools/load/truth.hpp>

using namespace headway::load;
using headway::test::sandbox;

namespace {

/// A remote with a commit on main and two on topic, and a clone of both.
project_fixture clone_in(sandbox& box) {
  const auto work = box.init("work");
  box.commit(work, "one");
  box.git(work, {"branch", "topic"});
  box.git(work, {"switch", "-q", "topic"});
  box.commit(work, "two");
  box.git(box.root(), {"clone", "-q", "--bare", work.string(), (box / "bare.git").string()});
  box.git(box.root(), {"clone", "-q", (box / "bare.git").string(), (box / "clone").string()});
  box.git(box / "clone", {"branch", "-q", "main", "origin/main"});
  return {
      .name = "x", .clone = box / "clone", .bare = box / "bare.git", .branches = {"main", "topic"}};
}

planned_change change_of(change_kind kind) {
  return {.kind = kind, .branches = 2, .commits = 3, .seed = 1};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(truth)

BOOST_AUTO_TEST_CASE(commits_in_a_clone_are_ahead_and_told_by_their_ids) {
  sandbox box;
  const auto project = clone_in(box);
  repository_changes changes;
  const auto moved = changes.apply(change_of(change_kind::commit), project);
  BOOST_TEST(moved.size() == 2u);
  const auto told = git_truth{}.of(project);
  for (const auto& [branch, oid] : moved) {
    BOOST_TEST(told.at(branch).local == oid);
    BOOST_TEST(told.at(branch).state == "ahead");
    BOOST_TEST(told.at(branch).ahead.value() == 3u);
  }
}

BOOST_AUTO_TEST_CASE(pushes_are_behind_once_they_were_fetched_and_forced_ones_diverge) {
  sandbox box;
  const auto project = clone_in(box);
  repository_changes changes;
  changes.apply(change_of(change_kind::push), project);
  box.git(project.clone, {"fetch", "-q"});
  BOOST_TEST(git_truth{}.of(project).at("topic").behind.value() == 3u);
  changes.apply(change_of(change_kind::commit), project);
  box.git(project.clone, {"fetch", "-q"});
  BOOST_TEST(git_truth{}.of(project).at("topic").state == "diverged");
}

BOOST_AUTO_TEST_CASE(a_document_that_says_the_same_has_no_differences) {
  const auto told = truth_in(
      R"({"branches":[{"name":"main","local_oid":"aa","remote_oid":"bb","ahead":1,"behind":2,"state":"diverged"},
          {"name":"lonely","local_oid":"cc","remote_oid":null,"ahead":null,"behind":null,"state":"no_upstream"}]})");
  BOOST_REQUIRE(told);
  const project_truth same{{"main", {"aa", "bb", "diverged", 1, 2}},
                           {"lonely", {"cc", "", "no_upstream", {}, {}}}};
  BOOST_TEST(differences("x", same, *told).empty());
  auto other = same;
  other["main"].behind = 3;
  other.erase("lonely");
  other["new"] = {};
  BOOST_TEST(differences("x", other, *told).size() == 3u);
  BOOST_TEST(!truth_in("{}"));
  BOOST_TEST(!truth_in("no document"));
}

BOOST_AUTO_TEST_SUITE_END()

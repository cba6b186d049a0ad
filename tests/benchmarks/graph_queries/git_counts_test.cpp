#include <benchmarks/graph_queries/contest_clone.hpp>
#include <benchmarks/graph_queries/libgit2_counts.hpp>
#include <boost/test/unit_test.hpp>
#include <tests/benchmarks/graph_queries/small_subject.hpp>

using namespace headway;
using namespace headway::graph_queries;

BOOST_AUTO_TEST_SUITE(git_counts)

BOOST_AUTO_TEST_CASE(what_git_writes_about_an_upstream_is_understood) {
  BOOST_TEST((parse_track("") == ahead_behind{0, 0}));
  BOOST_TEST((parse_track("ahead 3") == ahead_behind{3, 0}));
  BOOST_TEST((parse_track("behind 14") == ahead_behind{0, 14}));
  BOOST_TEST((parse_track("ahead 3, behind 14") == ahead_behind{3, 14}));
}

BOOST_FIXTURE_TEST_CASE(a_contest_clone_has_the_branches_and_the_objects, test::small_subject) {
  random_engine random{1};
  for (const auto files : {graph_files::as_they_are, graph_files::none}) {
    const auto clone =
        make_contest_clone(of, box / "clone", branch_like_tips(of, 30, random), files);
    BOOST_TEST(std::filesystem::exists(clone.path / "objects/info/commit-graph") ==
               (files == graph_files::as_they_are));
    const auto tracked = graph_queries::git_counts{"git"}.track(clone.path).counts;
    BOOST_TEST(tracked.size() == 30u);
    for (const auto& [name, pair] : clone.branches) {
      BOOST_TEST((pair.upstream == of.main_tip()));
      BOOST_TEST((tracked.at(name) == of.truth(pair)));
    }
  }
  BOOST_TEST(std::filesystem::exists(of.path() / "objects/info/commit-graph"));
}

BOOST_FIXTURE_TEST_CASE(libgit2_is_asked_for_the_same_pairs, test::small_subject) {
  const libgit2_counts libgit2{of.path()};
  const tip_pair pair{of.branches().back().local, of.main_tip()};
  BOOST_TEST((libgit2.count(pair) == of.truth(pair)));
}

BOOST_AUTO_TEST_SUITE_END()

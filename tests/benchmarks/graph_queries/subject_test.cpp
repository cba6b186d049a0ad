#include <boost/test/unit_test.hpp>
#include <tests/benchmarks/graph_queries/small_subject.hpp>

using namespace headway;
using namespace headway::graph_queries;

BOOST_AUTO_TEST_SUITE(subject)

BOOST_FIXTURE_TEST_CASE(the_list_of_commits_and_the_branches_are_those_of_git,
                        test::small_subject) {
  BOOST_TEST(std::to_string(of.commits().size()) ==
             box.git(of.path(), {"rev-list", "--count", "--all"}));
  BOOST_TEST(of.main_tip().hex() == box.git(of.path(), {"rev-parse", "main"}));
  // "main" and twenty more.
  BOOST_TEST(of.branches().size() == 21u);
}

BOOST_FIXTURE_TEST_CASE(the_sets_of_ancestors_are_as_large_as_git_says, test::small_subject) {
  for (const auto& pair : of.branches()) {
    const auto truth = of.truth(pair);
    BOOST_TEST(std::to_string(truth.ahead) ==
               box.git(of.path(),
                       {"rev-list", "--count", pair.local.hex(), "--not", pair.upstream.hex()}));
    BOOST_TEST((truth == by_git(pair)));
  }
}

BOOST_FIXTURE_TEST_CASE(both_readers_tell_the_same_parents, test::small_subject) {
  const auto by_object = of.object_reader();
  const auto by_list = of.list_reader();
  for (const auto& commit : of.commits())
    BOOST_REQUIRE(*by_object(commit) == *by_list(commit));
}

BOOST_AUTO_TEST_SUITE_END()

#include <boost/test/unit_test.hpp>

#include <storage/git/refspec.hpp>

BOOST_AUTO_TEST_SUITE(refspec)

using headway::git::parse_refspecs;
using headway::git::to_remote;
using headway::git::to_tracking;
using spec = headway::git::refspec;

BOOST_AUTO_TEST_CASE(patterns_map_both_ways) {
  const auto specs = parse_refspecs({"+refs/heads/*:refs/remotes/origin/*"});
  BOOST_TEST(to_tracking(specs, "refs/heads/a/b").value() == "refs/remotes/origin/a/b");
  BOOST_TEST(to_remote(specs, "refs/remotes/origin/a/b").value() == "refs/heads/a/b");
  BOOST_TEST(!to_tracking(specs, "refs/tags/v1"));
  BOOST_TEST(!to_remote(specs, "refs/remotes/other/a"));
}

BOOST_AUTO_TEST_CASE(a_star_may_stand_within_a_component) {
  const auto specs = parse_refspecs({"refs/heads/rel-*-x:refs/remotes/origin/r-*"});
  BOOST_TEST(to_tracking(specs, "refs/heads/rel-7-x").value() == "refs/remotes/origin/r-7");
  BOOST_TEST(!to_tracking(specs, "refs/heads/rel-x"));
}

BOOST_AUTO_TEST_CASE(the_first_that_matches_decides) {
  const auto specs =
      parse_refspecs({"refs/heads/main:refs/remotes/o/trunk", "refs/heads/*:refs/remotes/o/*"});
  BOOST_TEST(to_tracking(specs, "refs/heads/main").value() == "refs/remotes/o/trunk");
  BOOST_TEST(to_tracking(specs, "refs/heads/x").value() == "refs/remotes/o/x");
}

BOOST_AUTO_TEST_CASE(refspecs_without_a_destination_store_nothing) {
  const auto specs = parse_refspecs({"refs/heads/main", "refs/heads/x:"});
  BOOST_TEST(!to_tracking(specs, "refs/heads/main"));
  BOOST_TEST(!to_tracking(specs, "refs/heads/x"));
}

BOOST_AUTO_TEST_CASE(negative_refspecs_exclude_what_a_remote_ref_is_found_by) {
  const auto specs =
      parse_refspecs({"refs/heads/*:refs/remotes/o/*", "^refs/heads/x", "^refs/heads/t/*"});
  BOOST_TEST(!to_remote(specs, "refs/remotes/o/x"));
  BOOST_TEST(!to_remote(specs, "refs/remotes/o/t/1"));
  BOOST_TEST(to_remote(specs, "refs/remotes/o/y").value() == "refs/heads/y");
  const auto mirror = parse_refspecs({"+refs/*:refs/*", "^refs/heads/x"});
  BOOST_TEST(!to_tracking(mirror, "refs/heads/x"));
  BOOST_TEST(to_tracking(mirror, "refs/heads/y").value() == "refs/heads/y");
}

BOOST_AUTO_TEST_CASE(invalid_refspecs_are_passed_over) {
  for (const auto* text : {"refs/heads/*:refs/remotes/x", "refs/heads/x:refs/remotes/*",
                           "refs/heads/*", "^refs/heads/x:refs/y", "^"})
    BOOST_TEST_CONTEXT(text) BOOST_TEST(!spec::parse(text).has_value());
  BOOST_TEST(spec::parse("+@:refs/remotes/o/HEAD")->source == "HEAD");
  BOOST_TEST(spec::parse(":refs/remotes/o/HEAD")->source == "HEAD");
}

BOOST_AUTO_TEST_SUITE_END()

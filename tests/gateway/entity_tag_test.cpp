#include <boost/test/unit_test.hpp>

#include <actors/gateway/entity_tag.hpp>
#include <actors/gateway/json.hpp>

BOOST_AUTO_TEST_SUITE(entity_tag)

using headway::gateway::matches;
using headway::gateway::status_tag;

BOOST_AUTO_TEST_CASE(the_hash_is_fnv_1a_of_128_bits) {
  // Test vectors of draft-eastlake-fnv.
  BOOST_TEST(status_tag("") == R"("6c62272e07bb014262b821756295c58d")");
  BOOST_TEST(status_tag("a") == R"("d228cb696f1a8caf78912b704e4a8964")");
  BOOST_TEST(status_tag("foobar") == R"("343e1662793c64bf6f0d3597ba446f18")");
}

BOOST_AUTO_TEST_CASE(only_as_of_does_not_count) {
  headway::sync_status status;
  status.project = {"a"};
  status.reason = R"(a trap: "as_of":"1")";
  const auto before = status_tag(headway::sync_status_json(status));
  status.as_of += std::chrono::hours{5};
  BOOST_TEST(status_tag(headway::sync_status_json(status)) == before);
  status.branches.emplace_back();
  const auto with_branch = status_tag(headway::sync_status_json(status));
  BOOST_TEST(with_branch != before);
  status.branches[0].behind = 1;
  BOOST_TEST(status_tag(headway::sync_status_json(status)) != with_branch);
}

BOOST_AUTO_TEST_CASE(a_condition_is_a_list_of_tags_compared_weakly) {
  BOOST_TEST(matches(R"("a")", R"("a")"));
  BOOST_TEST(matches(R"(W/"a")", R"("a")"));
  BOOST_TEST(matches(R"("x", W/"y",, "a")", R"("a")"));
  BOOST_TEST(matches("*", R"("a")"));
  BOOST_TEST(matches(R"("with, comma", "a")", R"("a")"));
  BOOST_TEST(!matches(R"("b")", R"("a")"));
  BOOST_TEST(!matches("", R"("a")"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_understood_matches_nothing) {
  for (const char* condition : {"a", "\"a", "W/", "W/a", "*, \"b\"", "\"b\", *", ",", "w/\"a\""})
    BOOST_TEST(!matches(condition, R"("a")"), condition);
}

BOOST_AUTO_TEST_SUITE_END()

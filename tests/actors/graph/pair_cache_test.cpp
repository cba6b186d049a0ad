#include <boost/test/unit_test.hpp>

#include <actors/graph/pair_cache.hpp>

BOOST_AUTO_TEST_SUITE(pair_cache)

using namespace headway;

namespace {

oid id(std::uint8_t number) {
  oid result;
  result.bytes[0] = number;
  return result;
}

tip_pair pair(std::uint8_t local, std::uint8_t upstream) {
  return {id(local), id(upstream)};
}

headway::pair_cache::pair_list list(std::vector<tip_pair> pairs) {
  return std::make_shared<const std::vector<tip_pair>>(std::move(pairs));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_counted_pair_is_found_and_its_mirror_is_not) {
  headway::pair_cache cache;
  cache.insert(pair(1, 2), {3, 4});
  BOOST_TEST((cache.find(pair(1, 2)) == ahead_behind{3, 4}));
  BOOST_TEST(!cache.find(pair(2, 1)).has_value());
}

BOOST_AUTO_TEST_CASE(an_entry_stays_while_one_of_its_tips_is_named) {
  headway::pair_cache cache;
  cache.set_live("clone", list({pair(1, 2)}));
  cache.insert(pair(1, 2), {});
  BOOST_TEST(cache.set_live("clone", list({pair(3, 2)})) == 0u);
  BOOST_TEST(cache.find(pair(1, 2)).has_value());
  BOOST_TEST(cache.set_live("clone", list({pair(3, 4)})) == 1u);
  BOOST_TEST(!cache.find(pair(1, 2)).has_value());
}

BOOST_AUTO_TEST_CASE(what_another_clone_of_the_store_lives_by_stays) {
  headway::pair_cache cache;
  cache.set_live("one", list({pair(1, 2)}));
  cache.set_live("two", list({pair(1, 2)}));
  cache.insert(pair(1, 2), {});
  BOOST_TEST(cache.set_live("one", list({})) == 0u);
  BOOST_TEST(cache.set_live("two", list({})) == 1u);
}

BOOST_AUTO_TEST_CASE(the_pair_unused_for_longest_is_given_up_first) {
  headway::pair_cache cache;
  for (std::uint8_t i = 1; i <= 4; ++i)
    cache.insert(pair(i, 0), {i, 0});
  cache.find(pair(1, 0));
  BOOST_TEST(cache.shrink(2) == 2u);
  BOOST_TEST(cache.find(pair(1, 0)).has_value());
  BOOST_TEST(!cache.find(pair(2, 0)).has_value());
  BOOST_TEST(!cache.find(pair(3, 0)).has_value());
  BOOST_TEST(cache.find(pair(4, 0)).has_value());
  BOOST_TEST(cache.shrink(99) == 2u);
  BOOST_TEST(cache.size() == 0u);
}

BOOST_AUTO_TEST_CASE(counting_a_pair_again_keeps_one_entry) {
  headway::pair_cache cache;
  cache.insert(pair(1, 2), {1, 1});
  cache.insert(pair(1, 2), {2, 2});
  BOOST_TEST(cache.size() == 1u);
  BOOST_TEST(cache.find(pair(1, 2))->ahead == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

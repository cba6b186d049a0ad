#include <algorithm>
#include <random>
#include <string>

#include <boost/test/unit_test.hpp>

#include <config/nearest.hpp>

BOOST_AUTO_TEST_SUITE(nearest)

using namespace headway;

BOOST_AUTO_TEST_CASE(distance_counts_slips) {
  BOOST_TEST(edit_distance("", "") == 0u);
  BOOST_TEST(edit_distance("", "abc") == 3u);
  BOOST_TEST(edit_distance("kitten", "sitting") == 3u);
  BOOST_TEST(edit_distance("sitting", "kitten") == 3u);
  BOOST_TEST(edit_distance("ftech", "fetch") == 1u);
  BOOST_TEST(edit_distance("same", "same") == 0u);
}

BOOST_AUTO_TEST_CASE(a_bound_changes_nothing_below_it) {
  std::mt19937 random{7};
  const auto word = [&] {
    std::string result(random() % 12, ' ');
    for (auto& letter : result)
      letter = static_cast<char>('a' + random() % 3);
    return result;
  };
  for (int i = 0; i < 20'000; ++i) {
    const auto a = word(), b = word();
    const auto whole = edit_distance(a, b);
    const auto bound = random() % 12;
    BOOST_REQUIRE_MESSAGE(edit_distance(a, b, bound) == std::min(whole, bound + 1),
                          a << " to " << b << " within " << bound);
  }
}

BOOST_AUTO_TEST_CASE(slips_and_wrong_sections_are_recognised) {
  BOOST_TEST(nearest_option("fetch.min_intervall") == "fetch.min_interval");
  BOOST_TEST(nearest_option("ftech.min_interval") == "fetch.min_interval");
  BOOST_TEST(nearest_option("min_interval") == "fetch.min_interval");
  BOOST_TEST(nearest_option("http.idle_ttl") == "pool.idle_ttl");
  BOOST_TEST(nearest_section("projcts") == "projects");
}

BOOST_AUTO_TEST_CASE(other_words_are_not) {
  BOOST_TEST(nearest_option("database.password") == "");
  BOOST_TEST(nearest_option("") == "");
  BOOST_TEST(nearest_option(std::string(100'000, 'x')) == "");
  BOOST_TEST(nearest_section("kubernetes") == "");
  BOOST_TEST(nearest_section(std::string(100'000, 'x')) == "");
}

BOOST_AUTO_TEST_SUITE_END()

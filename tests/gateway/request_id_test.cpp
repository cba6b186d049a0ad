#include <boost/test/unit_test.hpp>

#include <actors/gateway/request_id.hpp>

BOOST_AUTO_TEST_SUITE(request_id)

using headway::gateway::request_ids;

BOOST_AUTO_TEST_CASE(an_id_of_the_client_is_kept) {
  request_ids ids{7};
  BOOST_TEST(ids.choose("a-B_c.9") == "a-B_c.9");
  BOOST_TEST(ids.choose(std::string(64, 'x')) == std::string(64, 'x'));
}

BOOST_AUTO_TEST_CASE(others_are_made_and_all_different) {
  request_ids ids{0xAB};
  BOOST_TEST(ids.choose(std::nullopt) == "000000ab-00000000");
  BOOST_TEST(ids.choose("") == "000000ab-00000001");
  BOOST_TEST(ids.choose(std::string(65, 'x')) == "000000ab-00000002");
  BOOST_TEST(ids.choose("a b") == "000000ab-00000003");
  BOOST_TEST(ids.choose("<script>") == "000000ab-00000004");
  BOOST_TEST(ids.choose("\xC3\xBC") == "000000ab-00000005");
}

BOOST_AUTO_TEST_SUITE_END()

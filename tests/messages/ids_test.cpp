#include <boost/test/unit_test.hpp>

#include <messages/ids.hpp>

BOOST_AUTO_TEST_SUITE(ids)

BOOST_AUTO_TEST_CASE(object_ids_survive_the_round_trip_through_text) {
  const std::string text = "0123456789abcdef0123456789abcdef01234567";
  const auto id = headway::oid::from_hex(text);
  BOOST_REQUIRE(id.has_value());
  BOOST_TEST(id->hex() == text);
  BOOST_TEST(id->bytes[0] == 0x01);
  BOOST_TEST(id->bytes[19] == 0x67);
}

BOOST_AUTO_TEST_CASE(upper_case_digits_are_read) {
  BOOST_TEST(headway::oid::from_hex("ABCDEF0123456789ABCDEF0123456789ABCDEF01")->hex() ==
             "abcdef0123456789abcdef0123456789abcdef01");
}

BOOST_AUTO_TEST_CASE(anything_but_forty_digits_is_no_object_id) {
  for (const char* text :
       {"", "0123", "0123456789abcdef0123456789abcdef0123456",
        "0123456789abcdef0123456789abcdef012345678", "g123456789abcdef0123456789abcdef01234567"})
    BOOST_TEST(!headway::oid::from_hex(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

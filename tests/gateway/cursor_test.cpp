#include <boost/test/unit_test.hpp>

#include <actors/gateway/cursor.hpp>

BOOST_AUTO_TEST_SUITE(cursor)

using headway::project_id;
using headway::gateway::decode_cursor;
using headway::gateway::encode_cursor;

BOOST_AUTO_TEST_CASE(a_cursor_comes_back_as_the_id_it_was_made_of) {
  for (const std::string slug : {"a", "ab", "abc", "linux-2", "\xFF\xFE"})
    BOOST_TEST(decode_cursor(encode_cursor({slug})).value().slug == slug);
}

BOOST_AUTO_TEST_CASE(a_cursor_needs_no_encoding_in_a_query) {
  const auto text = encode_cursor({"\xFB\xEF\xBE>>>?"});
  BOOST_TEST(text.find_first_of("+/=&%") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_else_is_a_cursor) {
  const auto good = encode_cursor({"linux"});
  for (const auto& bad : {std::string{}, std::string{"!"}, std::string{"linux"}, std::string{"AQ"},
                          std::string{"AmxpbnV4"}, good + "=", good + "A", " " + good})
    BOOST_TEST(!decode_cursor(bad), bad);
}

BOOST_AUTO_TEST_CASE(stray_bits_at_the_end_are_refused) {
  BOOST_TEST(encode_cursor({"a"}) == "AWE");
  BOOST_TEST(!decode_cursor("AWF"));
}

BOOST_AUTO_TEST_SUITE_END()

#include <boost/test/unit_test.hpp>

#include <actors/gateway/utf8.hpp>

BOOST_AUTO_TEST_SUITE(utf8)

using headway::gateway::to_valid_utf8;

namespace {

const std::string mark = "\xEF\xBF\xBD";

}  // namespace

BOOST_AUTO_TEST_CASE(well_formed_text_stays_as_it_is) {
  for (const std::string text :
       {"", "main", "f\xC3\xBC\xC3\x9F\x65", "\xE6\x97\xA5\xE6\x9C\xAC", "\xF0\x9F\x9A\x80",
        "\xED\x9F\xBF\xEE\x80\x80", "\xF4\x8F\xBF\xBF"})
    BOOST_TEST(to_valid_utf8(text) == text);
}

BOOST_AUTO_TEST_CASE(each_maximal_ill_formed_part_becomes_one_mark) {
  BOOST_TEST(to_valid_utf8("a\xFF"
                           "b") == "a" + mark + "b");
  BOOST_TEST(to_valid_utf8("caf\xE9") == "caf" + mark);
  // The example of the Unicode standard, table 3-8.
  BOOST_TEST(to_valid_utf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") ==
             mark + mark + mark + mark + mark + mark + mark + mark + "A");
  // Table 3-11: truncated sequences are one part each.
  BOOST_TEST(to_valid_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") ==
             mark + mark + mark + mark + "A");
}

BOOST_AUTO_TEST_CASE(surrogates_and_what_is_beyond_unicode_are_ill_formed) {
  BOOST_TEST(to_valid_utf8("\xED\xA0\x80") == mark + mark + mark);
  BOOST_TEST(to_valid_utf8("\xF4\x90\x80\x80") == mark + mark + mark + mark);
  BOOST_TEST(to_valid_utf8("\xF5\x80") == mark + mark);
}

BOOST_AUTO_TEST_SUITE_END()

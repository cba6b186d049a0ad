#include <boost/test/unit_test.hpp>

#include <tools/terminal/text.hpp>

namespace headway::test {

using namespace terminal;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(ordinary_names_stay_as_they_are) {
  for (const auto* name : {"", "main", "feature/größe", "修正", "e\xcc\x81toile", "🚀"})
    BOOST_TEST(printable(name) == name);
}

BOOST_AUTO_TEST_CASE(control_characters_become_visible) {
  BOOST_TEST(printable("a\x1b[31mb") == "a\\x1b[31mb");
  BOOST_TEST(printable("a\nb\tc\rd\x7f") == "a\\x0ab\\x09c\\x0dd\\x7f");
  BOOST_TEST(printable(std::string("a\0b", 3)) == "a\\x00b");
}

BOOST_AUTO_TEST_CASE(control_characters_in_two_bytes_become_visible) {
  BOOST_TEST(printable("\xc2\x9b"
                       "31m") == "\\u009b31m");
}

BOOST_AUTO_TEST_CASE(marks_that_reorder_a_line_become_visible) {
  BOOST_TEST(printable("a\u202eb") == "a\\u202eb");
  BOOST_TEST(printable("a\u2066b\u2069") == "a\\u2066b\\u2069");
  BOOST_TEST(printable("a\u200fb") == "a\\u200fb");
}

BOOST_AUTO_TEST_CASE(ill_formed_bytes_become_visible_and_the_rest_stays) {
  BOOST_TEST(printable("a\xff"
                       "b") == "a\\xffb");
  BOOST_TEST(printable("a\xc3") == "a\\xc3");
  BOOST_TEST(printable("\xc0\xaf") == "\\xc0\\xaf");
  BOOST_TEST(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");
}

BOOST_AUTO_TEST_CASE(width_counts_columns_rather_than_bytes) {
  BOOST_TEST(width("") == 0u);
  BOOST_TEST(width("main") == 4u);
  BOOST_TEST(width("größe") == 5u);
  BOOST_TEST(width("修正") == 4u);
  BOOST_TEST(width("e\xcc\x81") == 1u);
}

BOOST_AUTO_TEST_CASE(what_fits_is_not_shortened) {
  BOOST_TEST(shortened("main", 4) == "main");
  BOOST_TEST(shortened("main", unsigned(-1)) == "main");
}

BOOST_AUTO_TEST_CASE(the_middle_gives_way) {
  BOOST_TEST(shortened("feature/very-long-name", 9) == "feat…name");
  BOOST_TEST(shortened("feature/very-long-name", 8) == "feat…ame");
  BOOST_TEST(shortened("abc", 2) == "a…");
  BOOST_TEST(shortened("abc", 1) == "…");
  BOOST_TEST(shortened("abc", 0) == "");
}

BOOST_AUTO_TEST_CASE(shortened_text_never_takes_more_than_its_room) {
  for (const std::string text : {"修正修正修正", "a修b正c修d",
                                 "e\xcc\x81"
                                 "e\xcc\x81"
                                 "e\xcc\x81"
                                 "e\xcc\x81"})
    for (std::size_t columns = 0; columns <= width(text); ++columns)
      BOOST_TEST(width(shortened(text, columns)) <= columns);
}

BOOST_AUTO_TEST_CASE(a_combining_mark_stays_with_its_letter) {
  BOOST_TEST(shortened("e\xcc\x81"
                       "bcdefg",
                       3) == "e\xcc\x81…g");
}

BOOST_AUTO_TEST_CASE(wrapping_breaks_between_words_only) {
  BOOST_TEST(wrapped("one two three", 7) == "one two\nthree");
  BOOST_TEST(wrapped("one two three", 13) == "one two three");
  BOOST_TEST(wrapped("unbreakable a", 4) == "unbreakable\na");
  BOOST_TEST(wrapped("", 4) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

#include <boost/test/unit_test.hpp>

#include <tools/terminal/table.hpp>
#include <tools/terminal/text.hpp>

namespace headway::test {

using namespace terminal;

namespace {

table sample() {
  table made{{{.heading = "NAME", .narrowest = 4},
              {.heading = "COUNT", .side = alignment::right},
              {.heading = "NOTE", .narrowest = 4, .leaves = 1}}};
  made.add({{"a"}, {"7"}, {"short"}});
  made.add({{"a-very-long-name"}, {"12345"}, {""}});
  return made;
}

std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    widest = std::max(widest, width(line));
    text.remove_prefix(line.size() + 1);
  }
  return widest;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(table)

BOOST_AUTO_TEST_CASE(columns_are_as_wide_as_their_widest_cell) {
  BOOST_TEST(sample().render(unlimited_columns, color_use::plain) ==
             "NAME              COUNT  NOTE\n"
             "a                     7  short\n"
             "a-very-long-name  12345\n");
}

BOOST_AUTO_TEST_CASE(the_widest_column_gives_way_first) {
  BOOST_TEST(sample().render(22, color_use::plain) ==
             "NAME      COUNT  NOTE\n"
             "a             7  short\n"
             "a-ve…ame  12345\n");
}

BOOST_AUTO_TEST_CASE(a_column_that_may_leave_does_before_others_become_unreadable) {
  BOOST_TEST(sample().render(16, color_use::plain) ==
             "NAME       COUNT\n"
             "a              7\n"
             "a-ve…name  12345\n");
}

BOOST_AUTO_TEST_CASE(every_width_is_kept) {
  for (std::size_t columns = 8; columns < 40; ++columns)
    BOOST_TEST(widest_line(sample().render(columns, color_use::plain)) <= columns);
}

BOOST_AUTO_TEST_CASE(cells_cannot_break_a_line_or_colour_it) {
  terminal::table made{{{.heading = "A"}, {.heading = "B"}}};
  made.add({{"x\ny\x1b[31m"}, {"z"}});
  BOOST_TEST(made.render(unlimited_columns, color_use::plain) ==
             "A               B\nx\\x0ay\\x1b[31m  z\n");
}

BOOST_AUTO_TEST_CASE(wide_characters_keep_columns_aligned) {
  terminal::table made{{{.heading = "A"}, {.heading = "B"}}};
  made.add({{"修正"}, {"1"}});
  made.add({{"ab"}, {"2"}});
  BOOST_TEST(made.render(unlimited_columns, color_use::plain) == "A     B\n修正  1\nab    2\n");
}

BOOST_AUTO_TEST_CASE(colours_take_no_room) {
  terminal::table made{{{.heading = "A"}, {.heading = "B"}}};
  made.add({{"x", tone::bad}, {"y"}});
  BOOST_TEST(made.render(unlimited_columns, color_use::colored) ==
             "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n\x1b[31mx\x1b[0m  y\n");
}

BOOST_AUTO_TEST_CASE(without_rows_there_is_no_heading) {
  BOOST_TEST(terminal::table{{{.heading = "A"}}}.render(80, color_use::plain) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

#include <boost/test/unit_test.hpp>

#include <tools/terminal/screen.hpp>

namespace headway::test {

using namespace terminal;

namespace {

screen_facts terminal_of(std::size_t columns) {
  return {.sink = screen_facts::kind_of_sink::terminal, .window_columns = columns, .term = "xterm"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(screen)

BOOST_AUTO_TEST_CASE(a_file_has_no_edge) {
  BOOST_TEST(columns_of({.window_columns = 80, .columns = "60"}) == unlimited_columns);
}

BOOST_AUTO_TEST_CASE(the_terminal_knows_its_width_best) {
  auto facts = terminal_of(132);
  facts.columns = "60";
  BOOST_TEST(columns_of(facts) == 132u);
}

BOOST_AUTO_TEST_CASE(the_environment_helps_a_terminal_that_does_not_know) {
  auto facts = terminal_of(0);
  BOOST_TEST(columns_of(facts) == 80u);
  facts.columns = "60";
  BOOST_TEST(columns_of(facts) == 60u);
  for (const auto* nonsense : {"wide", "-3", "60x", "0"}) {
    facts.columns = nonsense;
    BOOST_TEST(columns_of(facts) == 80u);
  }
}

BOOST_AUTO_TEST_CASE(colours_are_for_terminals) {
  BOOST_CHECK(colors_of(color_mode::automatic, terminal_of(80)) == color_use::colored);
  BOOST_CHECK(colors_of(color_mode::automatic, {}) == color_use::plain);
  auto dumb = terminal_of(80);
  dumb.term = "dumb";
  BOOST_CHECK(colors_of(color_mode::automatic, dumb) == color_use::plain);
}

BOOST_AUTO_TEST_CASE(no_color_is_obeyed_unless_it_is_empty) {
  auto facts = terminal_of(80);
  facts.no_color = "1";
  BOOST_CHECK(colors_of(color_mode::automatic, facts) == color_use::plain);
  facts.no_color = "";
  BOOST_CHECK(colors_of(color_mode::automatic, facts) == color_use::colored);
}

BOOST_AUTO_TEST_CASE(the_command_line_goes_over_everything) {
  auto facts = terminal_of(80);
  facts.no_color = "1";
  BOOST_CHECK(colors_of(color_mode::always, facts) == color_use::colored);
  BOOST_CHECK(colors_of(color_mode::always, {}) == color_use::colored);
  BOOST_CHECK(colors_of(color_mode::never, terminal_of(80)) == color_use::plain);
}

BOOST_AUTO_TEST_CASE(paint_ends_where_the_text_does) {
  BOOST_TEST(painted("x", tone::bad, color_use::colored) == "\x1b[31mx\x1b[0m");
  BOOST_TEST(painted("x", tone::bad, color_use::plain) == "x");
  BOOST_TEST(painted("x", tone::normal, color_use::colored) == "x");
  BOOST_TEST(painted("", tone::bad, color_use::colored) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

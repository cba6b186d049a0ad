#include <sstream>

#include <boost/test/unit_test.hpp>

#include <tools/terminal/progress.hpp>

namespace headway::test {

using namespace terminal;

namespace {

using namespace std::chrono_literals;
const auto start = progress::time{} + 1h;

}  // namespace

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(a_live_line_is_written_over) {
  std::ostringstream out;
  terminal::progress line{out, progress_style::live, 20};
  line.show("one", start);
  line.show("two", start + 1s);
  BOOST_TEST(out.str() == "\r\x1b[Kone\r\x1b[Ktwo");
}

BOOST_AUTO_TEST_CASE(a_live_line_does_not_flicker) {
  std::ostringstream out;
  terminal::progress line{out, progress_style::live, 20};
  line.show("one", start);
  line.show("two", start + 50ms);
  BOOST_TEST(out.str() == "\r\x1b[Kone");
}

BOOST_AUTO_TEST_CASE(a_live_line_fits_with_a_column_to_spare) {
  std::ostringstream out;
  terminal::progress line{out, progress_style::live, 10};
  line.show("0123456789abcdef", start);
  BOOST_TEST(out.str() == "\r\x1b[K0123…cdef");
}

BOOST_AUTO_TEST_CASE(a_live_line_goes_when_it_is_over) {
  std::ostringstream out;
  {
    terminal::progress line{out, progress_style::live, 20};
    line.show("one", start);
  }
  BOOST_TEST(out.str() == "\r\x1b[Kone\r\x1b[K");
}

BOOST_AUTO_TEST_CASE(a_log_gets_few_lines_without_escape_sequences) {
  std::ostringstream out;
  terminal::progress line{out, progress_style::lines, unlimited_columns};
  for (int i = 0; i < 80; ++i)
    line.show(counted("reading", static_cast<std::size_t>(i), 80), start + i * 100ms);
  line.finish("done");
  BOOST_TEST(out.str() == "reading 50/80\ndone\n");
}

BOOST_AUTO_TEST_CASE(silence_is_silent) {
  std::ostringstream out;
  terminal::progress line{out, progress_style::silent, 20};
  line.show("one", start);
  line.finish("two");
  BOOST_TEST(out.str() == "");
}

BOOST_AUTO_TEST_CASE(names_of_strangers_are_harmless) {
  std::ostringstream out;
  terminal::progress line{out, progress_style::lines, unlimited_columns};
  line.finish("in /tmp/\x1b[2J\n");
  BOOST_TEST(out.str() == "in /tmp/\\x1b[2J\\x0a\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

#include <benchmarks/measure/plot.hpp>
#include <boost/test/unit_test.hpp>

using namespace headway::measure;

BOOST_AUTO_TEST_SUITE(plot)

BOOST_AUTO_TEST_CASE(a_flat_curve_is_drawn_at_one_height) {
  const auto svg = to_svg({.title = "flat",
                           .x_label = "distance",
                           .y_label = "us",
                           .curves = {{"ours", {{1, 0.2}, {1000, 0.2}, {1e6, 0.2}}}}});
  // Half of 1e-1 to 1 in logarithms is 0.30103: 365 - 0.30103 * 325.
  BOOST_TEST(svg.find("points='80.0,267.2 320.0,267.2 560.0,267.2 '") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(axes_run_from_power_of_ten_to_power_of_ten) {
  const auto svg =
      to_svg({.title = "t", .x_label = "x", .y_label = "y", .curves = {{"c", {{5, 50}}}}});
  for (const auto* label : {">1<", ">10<", ">100<"})
    BOOST_TEST(svg.find(label) != std::string::npos);
  BOOST_TEST(svg.find(">1,000<") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(words_cannot_break_the_document) {
  const auto svg =
      to_svg({.title = "a < b & c", .x_label = "", .y_label = "", .curves = {{"", {{1, 1}}}}});
  BOOST_TEST(svg.find("a &lt; b &amp; c") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

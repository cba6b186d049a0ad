/// Curves as SVG within a page: colours are the page's, by class.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headway::load {

/// Text for HTML and SVG.
std::string escaped(std::string_view text);

struct series {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< By x; gaps where y is negative.
};

struct band {
  double from = 0;
  double to = 0;
  std::string name;
};

enum class axis : std::uint8_t { linear, logarithmic };

struct chart {
  std::string title;
  std::string unit;  ///< Of y.
  axis scale = axis::linear;
  double x_from = 0;
  double x_to = 1;
  std::vector<std::pair<double, std::string>> x_ticks;
  std::vector<series> lines;
  std::vector<band> bands;                            ///< Behind the curves.
  std::vector<std::pair<double, std::string>> marks;  ///< Horizontal lines, such as limits.
};

/// A figure with heading, SVG and legend; a sentence when there is no point to draw.
std::string to_html(const chart& x);

/// Round places from 0 to `end`, at most nine.
std::vector<double> round_ticks(double end);

/// Seconds as a scale of time.
std::vector<std::pair<double, std::string>> second_ticks(double end);

/// A strip for each of `rows`: which of the names held when.
struct strip {
  std::string name;
  std::vector<band> parts;
};
std::string to_html(const std::string& title, const std::vector<strip>& rows, double seconds);

/// Horizontal bars, as long as their values.
struct bar {
  std::string name;
  double value = 0;
  std::string text;
};
std::string to_html(const std::string& title, const std::vector<bar>& bars);

}  // namespace headway::load

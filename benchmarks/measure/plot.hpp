/// A curve as a picture.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace headway::measure {

struct curve {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< All above zero.
};

struct plot {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<curve> curves;
};

/// An SVG document; both axes are logarithmic, from a power of ten to a power of ten. REQUIRES: a
/// point.
std::string to_svg(const plot& x);

}  // namespace headway::measure

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <benchmarks/measure/plot.hpp>
#include <benchmarks/measure/report.hpp>

namespace headway::measure {

namespace {

constexpr double width = 840;
constexpr double height = 420;
constexpr double left = 80;
constexpr double right = 280;  // For the names of the curves.
constexpr double top = 40;
constexpr double bottom = 55;
constexpr std::array colors{"#1b6ac9", "#c2410c", "#15803d", "#7e22ce", "#525252"};

/// Powers of ten around all values, and where between two ends of a picture they lie.
struct axis {
  double least = 0;
  double greatest = 1;
  double from = 0;
  double to = 0;

  void include(double value) {
    least = std::min(least, std::floor(std::log10(value)));
    greatest = std::max(greatest, std::ceil(std::log10(value)));
  }
  double place(double value) const {
    return from + (std::log10(value) - least) / (greatest - least) * (to - from);
  }
};

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", x);
  return text;
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const auto c : text)
    safe += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string{c};
  return safe;
}

std::string line(double x1, double y1, double x2, double y2) {
  return "<line x1='" + number(x1) + "' y1='" + number(y1) + "' x2='" + number(x2) + "' y2='" +
         number(y2) + "' stroke='#ddd'/>\n";
}

std::string text(double x, double y, const std::string& anchor, const std::string& words) {
  return "<text x='" + number(x) + "' y='" + number(y) + "' text-anchor='" + anchor + "'>" +
         escaped(words) + "</text>\n";
}

std::string power_of_ten(double exponent) {
  const auto digits = static_cast<int>(exponent);
  if (digits < 0)
    return "0." + std::string(static_cast<std::size_t>(-digits - 1), '0') + "1";
  // More digits than seven do not fit beside the picture.
  return digits > 6 ? "1e" + std::to_string(digits)
                    : short_number(static_cast<std::uint64_t>(std::pow(10, exponent)));
}

std::string drawn(const curve& x, const axis& across, const axis& up, std::size_t color) {
  std::string points;
  std::string dots;
  for (const auto& [at, value] : x.points) {
    const auto px = number(across.place(at));
    const auto py = number(up.place(value));
    points += px + "," + py + " ";
    dots += "<circle cx='" + px + "' cy='" + py + "' r='3' fill='" + colors[color] + "'/>\n";
  }
  return "<polyline fill='none' stroke-width='2' stroke='" + std::string{colors[color]} +
         "' points='" + points + "'/>\n" + dots;
}

}  // namespace

std::string to_svg(const plot& x) {
  axis across{1e9, -1e9, left, width - right};
  axis up{1e9, -1e9, height - bottom, top};
  for (const auto& one : x.curves)
    for (const auto& [at, value] : one.points) {
      across.include(at);
      up.include(value);
    }
  for (auto* one : {&across, &up})
    if (one->greatest <= one->least)
      one->greatest = one->least + 1;
  std::string svg = "<svg xmlns='http://www.w3.org/2000/svg' width='" + number(width) +
                    "' height='" + number(height) +
                    "' font-family='sans-serif' font-size='12'>\n"
                    "<rect width='100%' height='100%' fill='white'/>\n";
  svg += text(left, 22, "start", x.title);
  for (auto power = across.least; power <= across.greatest; ++power) {
    const auto at = across.place(std::pow(10, power));
    svg += line(at, top, at, height - bottom) +
           text(at, height - bottom + 18, "middle", power_of_ten(power));
  }
  for (auto power = up.least; power <= up.greatest; ++power) {
    const auto at = up.place(std::pow(10, power));
    svg += line(left, at, width - right, at) + text(left - 8, at + 4, "end", power_of_ten(power));
  }
  svg += text((left + width - right) / 2, height - 12, "middle", x.x_label);
  svg += text(8, 22, "start", x.y_label);
  for (std::size_t i = 0; i < x.curves.size(); ++i) {
    const auto color = i % colors.size();
    svg += drawn(x.curves[i], across, up, color);
    svg +=
        "<g fill='" + std::string{colors[color]} + "'>" +
        text(width - right + 14, top + 18 * static_cast<double>(i + 1), "start", x.curves[i].name) +
        "</g>\n";
  }
  return svg + "</svg>\n";
}

}  // namespace headway::measure

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <tools/load/chart.hpp>

namespace headway::load {

namespace {

constexpr double width = 860;
constexpr double height = 250;
constexpr double left = 58;
constexpr double right = 822;
constexpr double top = 26;
constexpr double bottom = 218;
constexpr std::size_t colors = 7;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

/// "0.5", "20", "1k"
std::string tick_text(double value) {
  char text[32];
  if (value >= 10'000)
    std::snprintf(text, sizeof text, "%.0fk", value / 1e3);
  else
    std::snprintf(text, sizeof text, "%g", value);
  return text;
}

class canvas {
 public:
  explicit canvas(const chart& x) : chart_{x} {
    for (const auto& line : x.lines)
      for (const auto& [at, value] : line.points)
        if (value >= 0) {
          greatest_ = std::max(greatest_, value);
          if (value > 0)
            least_ = std::min(least_, value);
        }
    for (const auto& [value, name] : x.marks)
      greatest_ = std::max(greatest_, value * 1.1);
    if (x.scale == axis::logarithmic) {
      from_ = std::floor(std::log10(std::min(least_, greatest_)));
      to_ = std::max(from_ + 1, std::ceil(std::log10(greatest_) - 1e-9));
    } else {
      const auto ticks = round_ticks(greatest_);
      to_ = std::max(greatest_, ticks.empty() ? 1.0 : ticks.back());
    }
  }

  bool empty() const { return greatest_ <= 0; }

  double x(double at) const {
    const auto share = (at - chart_.x_from) / (chart_.x_to - chart_.x_from);
    return left + std::clamp(share, 0.0, 1.0) * (right - left);
  }

  double y(double value) const {
    const auto scaled = chart_.scale == axis::logarithmic
                            ? std::log10(std::max(value, std::pow(10, from_)))
                            : value;
    return bottom - std::clamp((scaled - from_) / (to_ - from_), 0.0, 1.0) * (bottom - top);
  }

  std::vector<double> y_ticks() const {
    if (chart_.scale == axis::linear)
      return round_ticks(to_);
    std::vector<double> result;
    for (auto power = from_; power <= to_; ++power)
      result.push_back(std::pow(10, power));
    return result;
  }

 private:
  const chart& chart_;
  double greatest_ = 0;
  double least_ = 1e300;
  double from_ = 0;
  double to_ = 1;
};

std::string line(double x1, double y1, double x2, double y2, const char* kind) {
  return "<line class=\"" + std::string{kind} + "\" x1=\"" + number(x1) + "\" y1=\"" + number(y1) +
         "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) + "\"/>";
}

std::string label(double x, double y, const char* anchor, const std::string& text) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" +
         escaped(text) + "</text>";
}

std::string draw_axes(const chart& x, const canvas& on) {
  std::string svg;
  for (const auto tick : on.y_ticks()) {
    svg += line(left, on.y(tick), right, on.y(tick), "grid");
    svg += label(left - 6, on.y(tick) + 4, "end", tick_text(tick));
  }
  for (const auto& [at, text] : x.x_ticks)
    svg += label(on.x(at), bottom + 18, "middle", text);
  svg += label(left - 6, top - 12, "end", x.unit);
  return svg;
}

/// What happens again before one could see that it had ended is drawn as one.
std::vector<band> merged(std::vector<band> bands, const canvas& on) {
  constexpr double least_gap = 4;
  std::ranges::stable_sort(bands, {}, &band::from);
  std::vector<band> result;
  for (auto& each : bands) {
    const auto same = std::find_if(result.rbegin(), result.rend(),
                                   [&](const band& other) { return other.name == each.name; });
    if (same != result.rend() && on.x(each.from) - on.x(same->to) < least_gap)
      same->to = std::max(same->to, each.to);
    else
      result.push_back(std::move(each));
  }
  return result;
}

std::string draw_bands(const chart& x, const canvas& on) {
  std::string svg;
  // Names stand in two rows; one that fits into neither is left to the pointer.
  std::array<double, 2> free_from{};
  for (const auto& part : merged(x.bands, on)) {
    const auto begin = on.x(part.from);
    const auto wide = std::max(1.5, on.x(part.to) - begin);
    svg += "<rect class=\"band\" x=\"" + number(begin) + "\" y=\"" + number(top) + "\" width=\"" +
           number(wide) + "\" height=\"" + number(bottom - top) + "\"><title>" +
           escaped(part.name) + "</title></rect>";
    const auto row = static_cast<std::size_t>(
        std::ranges::find_if(free_from, [&](double from) { return begin >= from; }) -
        free_from.begin());
    if (row == free_from.size())
      continue;
    svg += label(begin + 2, top - 4 + 15 * static_cast<double>(row), "start", part.name);
    free_from[row] = begin + 10 + 6.2 * static_cast<double>(part.name.size());
  }
  return svg;
}

std::string draw_line(const series& what, const canvas& on, std::size_t color) {
  std::string path;
  bool pen_down = false;
  for (const auto& [at, value] : what.points) {
    if (value < 0) {
      pen_down = false;
      continue;
    }
    const auto place = number(on.x(at)) + " " + number(on.y(value));
    // A line of no length: with round ends it is a dot, so that a point without neighbours is seen.
    path += pen_down ? "L" + place : "M" + place + "h0";
    pen_down = true;
  }
  return "<path class=\"line c" + std::to_string(color % colors) + "\" d=\"" + path + "\"/>";
}

std::string legend(const std::vector<std::string>& names) {
  std::string html = "<p class=\"legend\">";
  for (std::size_t i = 0; i < names.size(); ++i)
    html += "<span><i class=\"k" + std::to_string(i % colors) + "\"></i>" + escaped(names[i]) +
            "</span>";
  return html + "</p>";
}

std::string svg_begin(double high) {
  return "<svg viewBox=\"0 0 " + number(width) + " " + number(high) + "\" role=\"img\">";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::vector<double> round_ticks(double end) {
  if (!(end > 0))
    return {};
  const auto power = std::pow(10, std::floor(std::log10(end / 4)));
  const auto rest = end / 4 / power;
  const auto step = power * (rest < 1.5 ? 1 : rest < 3.5 ? 2 : rest < 7.5 ? 5 : 10);
  std::vector<double> ticks;
  for (int i = 0; step * i <= end * 1.0001; ++i)
    ticks.push_back(step * i);
  return ticks;
}

std::vector<std::pair<double, std::string>> second_ticks(double end) {
  std::vector<std::pair<double, std::string>> result;
  for (const auto tick : round_ticks(end))
    result.emplace_back(tick, tick_text(tick) + " s");
  return result;
}

std::string to_html(const chart& x) {
  std::string html = "<figure><h3>" + escaped(x.title) + "</h3>";
  const canvas on{x};
  if (on.empty())
    return html + "<p class=\"none\">Nothing to draw.</p></figure>";
  html += svg_begin(height) + draw_bands(x, on) + draw_axes(x, on);
  for (const auto& [value, name] : x.marks) {
    html += line(left, on.y(value), right, on.y(value), "mark");
    html += label(right, on.y(value) - 4, "end", name);
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < x.lines.size(); ++i) {
    html += draw_line(x.lines[i], on, i);
    names.push_back(x.lines[i].name);
  }
  return html + "</svg>" + legend(names) + "</figure>";
}

std::string to_html(const std::string& title, const std::vector<strip>& rows, double seconds) {
  std::vector<std::string> names;
  const auto high = 24 * static_cast<double>(rows.size()) + 26;
  std::string svg = svg_begin(high);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto y = 4 + 24 * static_cast<double>(row);
    svg += label(left + 30, y + 13, "end", rows[row].name);
    for (const auto& part : rows[row].parts) {
      auto known = std::ranges::find(names, part.name);
      if (known == names.end())
        known = names.insert(names.end(), part.name);
      const auto x = [&](double at) {
        return left + 38 + std::min(1.0, at / seconds) * (right - left - 38);
      };
      svg += "<rect class=\"k" +
             std::to_string((known - names.begin()) % static_cast<std::ptrdiff_t>(colors)) +
             "\" x=\"" + number(x(part.from)) + "\" y=\"" + number(y) + "\" width=\"" +
             number(std::max(0.5, x(part.to) - x(part.from))) + "\" height=\"18\"><title>" +
             escaped(part.name) + "</title></rect>";
    }
  }
  for (const auto& [at, text] : second_ticks(seconds))
    svg += label(left + 38 + at / seconds * (right - left - 38), high - 6, "middle", text);
  return "<figure><h3>" + escaped(title) + "</h3>" + svg + "</svg>" + legend(names) + "</figure>";
}

std::string to_html(const std::string& title, const std::vector<bar>& bars) {
  double greatest = 0;
  for (const auto& each : bars)
    greatest = std::max(greatest, each.value);
  std::string html = "<figure><h3>" + escaped(title) + "</h3>";
  if (greatest <= 0)
    return html + "<p class=\"none\">Nothing to draw.</p></figure>";
  html += svg_begin(26 * static_cast<double>(bars.size()) + 6);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const auto y = 4 + 26 * static_cast<double>(i);
    const auto wide = bars[i].value / greatest * 320;
    html += label(170, y + 14, "end", bars[i].name);
    html += "<rect class=\"k" + std::to_string(i % colors) + "\" x=\"178\" y=\"" + number(y) +
            "\" width=\"" + number(std::max(1.0, wide)) + "\" height=\"19\"/>";
    html += label(186 + std::max(1.0, wide), y + 14, "start", bars[i].text);
  }
  return html + "</svg></figure>";
}

}  // namespace headway::load

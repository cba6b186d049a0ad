#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

#include <benchmarks/adaptation/limits_plot.hpp>
#include <benchmarks/measure/summary.hpp>

namespace headway::adaptation {

namespace {

constexpr double left = 60;
constexpr double width = 900;
constexpr double right = 70;
constexpr double strip = 150;
constexpr double gap = 46;
constexpr double top = 46;
constexpr const char* limit_color = "#1b6ac9";
constexpr const char* running_color = "#9cc3f0";
constexpr const char* latency_color = "#c2410c";

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", x);
  return text;
}

std::string words(double x, double y, std::string_view anchor, std::string_view color,
                  std::string_view text) {
  return "<text x='" + number(x) + "' y='" + number(y) + "' text-anchor='" + std::string{anchor} +
         "' fill='" + std::string{color} + "'>" + std::string{text} + "</text>\n";
}

std::string box(double x, double y, double wide, double high, std::string_view color) {
  return "<rect x='" + number(x) + "' y='" + number(y) + "' width='" + number(wide) + "' height='" +
         number(high) + "' fill='" + std::string{color} + "'/>\n";
}

/// Where seconds and values lie in one strip.
struct frame {
  double y = 0;
  double seconds = 1;
  double most = 1;

  double across(double at) const { return left + at / seconds * (width - left - right); }
  double up(double value) const { return y + strip * (1 - value / most); }
};

/// What a cause is called beside a line, where there is little room.
std::string short_cause(const std::string& cause) {
  return cause.starts_with("the ceiling")   ? "ceiling"
         : cause.starts_with("people wait") ? "people"
                                            : cause;
}

std::string limits(const storm::chronicle& seen, const frame& in) {
  std::string line;
  std::string bars;
  std::string causes;
  std::string last;
  double last_at = -1e9;
  for (std::size_t i = 0; i < seen.looks.size(); ++i) {
    const auto& look = seen.looks[i];
    const auto at = static_cast<double>(look.at.count()) / 1e6;
    const auto until = i + 1 < seen.looks.size()
                           ? static_cast<double>(seen.looks[i + 1].at.count()) / 1e6
                           : seen.seconds;
    const auto& stage = look.transfers;
    bars += box(in.across(at), in.up(stage.running), in.across(until) - in.across(at),
                in.y + strip - in.up(stage.running), running_color);
    for (const auto x : {at, until})
      line += number(in.across(x)) + "," + number(in.up(stage.limit)) + " ";
    const auto cause = short_cause(stage.limited_by);
    // Names that would stand on one another are left out.
    if (cause != last && in.across(at) - last_at > 60) {
      causes += words(in.across(at) + 2, in.up(stage.limit) - 4, "start", limit_color, cause);
      last = cause;
      last_at = in.across(at);
    }
  }
  return bars + "<polyline fill='none' stroke-width='2' stroke='" + std::string{limit_color} +
         "' points='" + line + "'/>\n" + causes;
}

/// The p99 of each second, on a logarithmic scale from 0.1 ms to 1 s.
std::string latencies(const storm::chronicle& seen, const frame& in) {
  std::string line;
  for (double at = 0; at + 1 <= seen.seconds; ++at) {
    const auto times = seen.latencies(at, at + 1);
    if (times.empty())
      continue;
    const auto p99 = std::clamp(measure::percentile(times, 99), 0.1, 1e3);
    const auto y = in.y + strip * (1 - (std::log10(p99) + 1) / 4);
    line += number(in.across(at + 0.5)) + "," + number(y) + " ";
  }
  return "<polyline fill='none' stroke-width='1.5' stroke-dasharray='4 2' stroke='" +
         std::string{latency_color} + "' points='" + line + "'/>\n";
}

std::string axes(const frame& in) {
  std::string svg = "<g stroke='#ddd'>";
  for (double value = 0; value <= in.most; value += in.most > 6 ? 2 : 1)
    svg += "<line x1='" + number(left) + "' x2='" + number(width - right) + "' y1='" +
           number(in.up(value)) + "' y2='" + number(in.up(value)) + "'/>";
  svg += "</g>\n";
  for (double value = 0; value <= in.most; value += in.most > 6 ? 2 : 1)
    svg += words(left - 6, in.up(value) + 4, "end", limit_color,
                 std::to_string(static_cast<int>(value)));
  for (int power = -1; power <= 3; ++power)
    svg +=
        words(width - right + 6, in.y + strip * (1 - (power + 1) / 4.0) + 4, "start", latency_color,
              power < 0 ? "0.1" : std::to_string(static_cast<int>(std::pow(10, power))));
  const auto step = in.seconds > 40 ? 10 : 5;
  for (int at = 0; at <= in.seconds; at += step)
    svg += words(in.across(at), in.y + strip + 14, "middle", "#333", std::to_string(at) + " s");
  return svg;
}

}  // namespace

std::string limits_plot(const std::vector<course>& courses,
                        const std::vector<hardship>& hardships) {
  double seconds = 1;
  double most = 1;
  for (const auto& one : courses) {
    seconds = std::max(seconds, one.seen->seconds);
    for (const auto& look : one.seen->looks)
      most = std::max({most, look.transfers.limit, look.transfers.running});
  }
  const auto height = top + static_cast<double>(courses.size()) * (strip + gap);
  std::string svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " + number(width) + " " +
                    number(height) + "' font-family='sans-serif' font-size='12'>\n" +
                    box(0, 0, width, height, "#fff") +
                    words(left, 18, "start", limit_color,
                          "line: most fetches at once, and why; filled: fetches that run") +
                    words(width - right, 18, "end", latency_color, "dashed: p99 of a status, ms");
  auto y = top;
  for (const auto& one : courses) {
    // Room above for what is written at the highest limit.
    const frame in{y, seconds, most + 0.5};
    std::string names;
    for (const auto& bad : hardships) {
      svg += box(in.across(bad.from), y,
                 in.across(std::min(bad.until, seconds)) - in.across(bad.from), strip, "#f4ead8");
      names += words(in.across(bad.from) + 3, y + strip - 5, "start", "#5c4310", bad.name);
    }
    svg += axes(in) + limits(*one.seen, in) + latencies(*one.seen, in) + names +
           words(left, y - 6, "start", "#111", one.name);
    y += strip + gap;
  }
  return svg + "</svg>\n";
}

}  // namespace headway::adaptation

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <span>

#include <tools/load/chart.hpp>
#include <tools/load/judgement_text.hpp>
#include <tools/load/report.hpp>

namespace headway::load {

namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark; --ink: #1c2733; --soft: #5d6b7a; --paper: #fff; --rule: #dfe5ea;
  --good: #14713d; --bad: #b3261e; --band: #8a97a51f; --c0: #1668b8; --c1: #c4501b; --c2: #12805c;
  --c3: #7a4fb5; --c4: #a8861a; --c5: #b8377a; --c6: #607080; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e9ee; --soft: #98a6b3; --paper: #14191f;
  --rule: #2c353e; --good: #5cc98b; --bad: #ff8a80; --band: #9fb0c026; --c0: #5aa9f0; --c1: #f28b57;
  --c2: #4cc79b; --c3: #b794f0; --c4: #dcbd55; --c5: #f07ab3; --c6: #9fb0c0; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 900px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 36px 0 10px; }
h3 { font-size: 14px; margin: 0 0 6px; font-weight: 600; }
p { margin: 4px 0; } .soft, .none { color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: 13px; }
th, td { padding: 5px 18px 5px 0; border-bottom: 1px solid var(--rule); } .n { text-align: right; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
figure { margin: 22px 0 0; } svg { width: 100%; height: auto; display: block; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
.grid { stroke: var(--rule); } .mark { stroke: var(--bad); stroke-dasharray: 5 4; }
.band { fill: var(--band); } .line { fill: none; stroke-width: 1.7; stroke-linejoin: round;
  stroke-linecap: round; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 13px; color: var(--soft); margin-top: 4px; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px;
  vertical-align: -1px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; } li { font-family: ui-monospace, monospace; font-size: 13px; }
)";

/// More of one kind than this say nothing new.
constexpr std::size_t most_lines = 50;

std::string color_rules() {
  std::string text;
  for (int i = 0; i < 7; ++i) {
    const auto n = std::to_string(i);
    text += ".c" + n + "{stroke:var(--c" + n + ")} .k" + n + "{fill:var(--c" + n +
            ");background:var(--c" + n + ")}\n";
  }
  return text;
}

std::string two_places(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  return text;
}

double seconds(microseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

std::string cell(const std::string& text, const char* kind = "n") {
  return "<td class=\"" + std::string{kind} + "\">" + text + "</td>";
}

/// Draws a report's parts; `x` outlives it.
class page {
 public:
  explicit page(const report& x) : x_{x}, end_{seconds(x.plan.duration)} {
    for (const auto& incident : x.seen.incidents)
      bands_.push_back({seconds(incident.when.begin), std::min(end_, seconds(incident.when.end)),
                        incident.name});
  }

  std::string html() const {
    std::string text =
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>" +
        escaped(x_.plan.name) + " · Headway load</title><style>" + style + color_rules() +
        "</style></head><body>";
    text += head() + judgements() + requests();
    text += "<h2>Latency</h2>" + latency_over_time() + kinds_over_time() + percentiles();
    text += "<h2>Load</h2>" + arrivals();
    text += "<h2>Node and machine</h2>" + processor() + memory() + disk();
    text += "<h2>Background fetches</h2>" + stages() + causes();
    text += "<h2>Where the time went</h2>" + parts();
    text += "<h2>What happened</h2>" + incidents() + examples();
    text += "<h2>Measured on</h2>" + facts();
    return text + "</body></html>\n";
  }

 private:
  std::string head() const {
    const bool good = std::ranges::all_of(x_.verdicts, &verdict::holds);
    return "<h1>" + escaped(x_.plan.name) + " <span class=\"" + (good ? "good" : "bad") + "\">" +
           (good ? "holds" : "fails") + "</span></h1><p>" + escaped(x_.plan.about) +
           "</p><p class=\"soft\">" + std::to_string(x_.plan.project_count()) + " projects, " +
           std::to_string(x_.plan.users.count) + " users, " + two_places(seconds(x_.seen.length)) +
           " s, seed " + std::to_string(x_.plan.seed) + ", agenda " + x_.fingerprint + "</p>";
  }

  std::string judgements() const {
    std::string text =
        "<h2>Judgements</h2><table><tr><th>That<th>During<th class=\"n\">Figure<th>Verdict</tr>";
    for (const auto& one : x_.verdicts)
      text += "<tr>" + cell(escaped(one.asked.text), "") +
              cell(one.asked.during.empty() ? "the whole run" : escaped(one.asked.during), "") +
              cell(one.figure ? format_figure(one.asked.of, *one.figure) : "nothing to measure") +
              cell(one.holds ? "holds" : "fails", one.holds ? "good" : "bad") + "</tr>";
    return text + "</table>";
  }

  std::string requests() const {
    std::string text =
        "<h2>Requests</h2><table><tr><th>Kind<th class=\"n\">Asked<th class=\"n\">p50 ms<th "
        "class=\"n\">p95<th "
        "class=\"n\">p99<th class=\"n\">p99.9<th class=\"n\">max<th class=\"n\">Errors<th "
        "class=\"n\">Lost</tr>";
    for (const auto& row : latency_rows(x_.plan, x_.seen))
      text += "<tr>" + cell(row.name, "") + cell(std::to_string(row.asked)) +
              cell(two_places(row.p50)) + cell(two_places(row.p95)) + cell(two_places(row.p99)) +
              cell(two_places(row.p999)) + cell(two_places(row.greatest)) +
              cell(std::to_string(row.failed)) + cell(std::to_string(row.unanswered)) + "</tr>";
    return text +
           "</table><p class=\"soft\">Latency counts from when a request was meant to be sent. The "
           "first " +
           two_places(static_cast<double>(x_.plan.warm_up.count()) / 1e3) +
           " s are not counted, here and in what the node itself counts.</p>";
  }

  /// Percentile by second (or longer, in long runs); a gap where nothing was asked.
  series over_time(std::optional<request_kind> kind, double percent, std::string name) const {
    const auto step = std::max(1.0, std::ceil(end_ / 400));
    std::vector<std::vector<double>> by_step(static_cast<std::size_t>(end_ / step) + 1);
    for (const auto& sample : x_.seen.book.samples)
      if (sample.how == outcome::answered && (!kind || sample.kind == *kind))
        by_step[std::min(by_step.size() - 1, static_cast<std::size_t>(seconds(sample.at) / step))]
            .push_back(static_cast<double>(sample.latency.count()) / 1e3);
    series result{std::move(name), {}};
    for (std::size_t i = 0; i < by_step.size(); ++i) {
      std::ranges::sort(by_step[i]);
      result.points.emplace_back((static_cast<double>(i) + 0.5) * step,
                                 percentile(by_step[i], percent).value_or(-1));
    }
    return result;
  }

  chart over_run(std::string title, std::string unit, axis scale = axis::linear) const {
    chart result;
    result.title = std::move(title);
    result.unit = std::move(unit);
    result.scale = scale;
    result.x_to = end_;
    result.x_ticks = second_ticks(end_);
    result.bands = bands_;
    return result;
  }

  std::string latency_over_time() const {
    auto result = over_run("Sync status, second by second", "ms", axis::logarithmic);
    result.lines = {over_time(request_kind::status, 50, "p50"),
                    over_time(request_kind::status, 99, "p99"),
                    over_time(request_kind::status, 100, "max")};
    for (const auto& one : x_.verdicts)
      if (one.asked.of.what == measure_kind::latency && one.asked.of.of == request_kind::status &&
          one.asked.of.percent == 99)
        result.marks.emplace_back(one.asked.limit, one.asked.text);
    return to_html(result);
  }

  std::string kinds_over_time() const {
    auto result = over_run("p99 by kind, second by second", "ms", axis::logarithmic);
    for (std::size_t i = 0; i < request_names.size(); ++i) {
      auto line = over_time(static_cast<request_kind>(i), 99, std::string{request_names[i]});
      if (std::ranges::any_of(line.points, [](const auto& point) { return point.second >= 0; }))
        result.lines.push_back(std::move(line));
    }
    return to_html(result);
  }

  std::string percentiles() const {
    chart result;
    result.title = "Percentiles";
    result.unit = "ms";
    result.scale = axis::logarithmic;
    // A share p stands at -log10(1 - p): the rarer, the further right.
    const auto place = [](double percent) { return -std::log10(1 - percent / 100); };
    result.x_to = 4;
    for (const auto& [percent, text] : {std::pair{0.0, "0 %"},
                                        {50.0, "50 %"},
                                        {90.0, "90 %"},
                                        {99.0, "99 %"},
                                        {99.9, "99.9 %"},
                                        {99.99, "99.99 %"}})
      result.x_ticks.emplace_back(place(percent), text);
    const auto judged = window(x_.plan, x_.seen, {});
    for (std::size_t i = 0; i < request_names.size(); ++i) {
      const auto times = latencies(x_.seen.book.samples, static_cast<request_kind>(i), judged);
      if (times.empty())
        continue;
      series line{std::string{request_names[i]}, {}};
      for (double x = 0; x <= 4.001; x += 0.05) {
        const auto percent = 100 * (1 - std::pow(10, -x));
        // Beyond the last sample a percentile would only repeat the greatest.
        if (std::pow(10, x) > static_cast<double>(times.size()) * 1.05)
          break;
        line.points.emplace_back(x, percentile(times, std::max(percent, 1e-9)).value_or(-1));
      }
      result.lines.push_back(std::move(line));
    }
    return to_html(result);
  }

  std::string arrivals() const {
    const auto step = std::max(1.0, std::ceil(end_ / 400));
    const auto steps = static_cast<std::size_t>(end_ / step) + 1;
    std::vector<double> asked(steps);
    std::vector<double> failed(steps);
    for (const auto& sample : x_.seen.book.samples) {
      const auto at = std::min(steps - 1, static_cast<std::size_t>(seconds(sample.at) / step));
      asked[at] += 1 / step;
      failed[at] +=
          sample.how == outcome::answered || sample.how == outcome::refused ? 0 : 1 / step;
    }
    auto result = over_run("Requests", "per s");
    result.lines = {{"asked", {}}, {"errors and lost", {}}};
    for (std::size_t i = 0; i + 1 < steps; ++i) {
      result.lines[0].points.emplace_back((static_cast<double>(i) + 0.5) * step, asked[i]);
      result.lines[1].points.emplace_back((static_cast<double>(i) + 0.5) * step, failed[i]);
    }
    return to_html(result);
  }

  template <class Value>
  series sampled(std::string name, Value value) const {
    series result{std::move(name), {}};
    for (const auto& sample : x_.seen.samples)
      result.points.emplace_back(seconds(sample.at), sample.up ? value(sample) : -1);
    return result;
  }

  /// A rate is of the time since the look before, which the first one does not have.
  template <class Value>
  series sampled_rate(std::string name, Value value) const {
    auto result = sampled(std::move(name), value);
    if (!result.points.empty())
      result.points.front().second = -1;
    return result;
  }

  std::string processor() const {
    auto result = over_run("Processor", "%");
    result.lines = {
        sampled_rate("node and its children, of one core",
                     [](const auto& s) { return s.cpu_percent; }),
        sampled_rate("machine, of all cores", [](const auto& s) { return s.machine_percent; }),
        sampled_rate("waiting for disks", [](const auto& s) { return s.wait_percent; })};
    return to_html(result);
  }

  std::string memory() const {
    auto result = over_run("Resident memory of the node", "MiB");
    result.lines = {
        sampled("resident", [](const auto& s) { return s.resident_bytes / (1 << 20); })};
    return to_html(result);
  }

  std::string disk() const {
    auto result = over_run("Disk traffic of the node", "MiB/s");
    result.lines = {sampled_rate("written", [](const auto& s) { return s.write_rate / (1 << 20); }),
                    sampled_rate("read", [](const auto& s) { return s.read_rate / (1 << 20); })};
    return to_html(result);
  }

  std::string stages() const {
    auto result = over_run("Looks and transfers", "at once");
    result.lines = {sampled("looks running", [](const auto& s) { return s.probes.running; }),
                    sampled("looks waiting", [](const auto& s) { return s.probes.waiting; }),
                    sampled("transfers running", [](const auto& s) { return s.transfers.running; }),
                    sampled("transfers waiting", [](const auto& s) { return s.transfers.waiting; }),
                    sampled("transfers allowed", [](const auto& s) { return s.transfers.limit; })};
    return to_html(result);
  }

  std::string causes() const {
    std::vector<strip> rows{{"looks", {}}, {"transfers", {}}};
    const auto note = [&](strip& row, const node_sample& sample, const std::string& cause) {
      const auto at = seconds(sample.at);
      if (cause.empty())
        return;
      if (!row.parts.empty() && row.parts.back().name == cause)
        row.parts.back().to = at + 0.5;
      else
        row.parts.push_back({at, at + 0.5, cause});
    };
    for (const auto& sample : x_.seen.samples) {
      note(rows[0], sample, sample.probes.limited_by);
      note(rows[1], sample, sample.transfers.limited_by);
    }
    return to_html("What limits them", rows, end_);
  }

  std::string parts() const {
    std::map<std::string, std::vector<bar>> by_kind;
    for (const auto& part : part_times(x_.seen)) {
      const auto colon = part.name.find(": ");
      if (part.count > 0)
        by_kind[part.name.substr(0, colon)].push_back(
            {part.name.substr(colon + 2), part.mean_ms,
             two_places(part.mean_ms) + " ms on average, " +
                 std::to_string(static_cast<std::uint64_t>(part.count)) + " times, p99 ≤ " +
                 two_places(part.p99_ms) + " ms"});
    }
    return to_html("A sync status, as the node counts it", by_kind["status"]) +
           to_html("A fetch, by phase", by_kind["fetch"]) +
           to_html("A fetch, step by step", by_kind["step"]);
  }

  std::string incidents() const {
    std::string text = "<table><tr><th class=\"n\">From<th class=\"n\">Until<th>Event<th>Note</tr>";
    const auto& seen = x_.seen;
    const auto told = std::min(seen.incidents.size(), most_lines);
    for (const auto& one : std::span{seen.incidents}.first(told))
      text += "<tr>" + cell(two_places(seconds(one.when.begin)) + " s") +
              cell(two_places(seconds(one.when.end)) + " s") + cell(escaped(one.name), "") +
              cell(escaped(one.note), "") + "</tr>";
    if (told < seen.incidents.size())
      text += "<tr>" + cell("") + cell("") +
              cell("… and " + std::to_string(seen.incidents.size() - told) + " more", "none") +
              cell("", "") + "</tr>";
    return text + "</table><p>" + std::to_string(seen.changes_made) + " changes by git; " +
           std::to_string(seen.spot_checks) + " commits were looked for at once, " +
           std::to_string(seen.wrong_at_once.size()) + " were not shown; " +
           std::to_string(seen.end.branches) + " branches of " + std::to_string(seen.end.projects) +
           " projects were compared with git at the end, " + std::to_string(seen.end.wrong.size()) +
           " differ; " + std::to_string(seen.traffic.connections) + " connections to remotes, " +
           std::to_string(seen.traffic.broken) + " broken on purpose, " +
           two_places(static_cast<double>(seen.traffic.bytes_down) / (1 << 20)) +
           " MiB fetched.</p>";
  }

  std::string examples() const {
    std::string text;
    const auto list = [&](const char* title, const std::vector<std::string>& lines) {
      if (lines.empty())
        return;
      text += "<h3>" + std::string{title} + "</h3><ul>";
      for (std::size_t i = 0; i < std::min(lines.size(), most_lines); ++i)
        text += "<li>" + escaped(lines[i]) + "</li>";
      text += "</ul>";
    };
    list("Wrong answers", x_.seen.end.wrong);
    list("Not shown at once", x_.seen.wrong_at_once);
    list("Lost acknowledgements", x_.seen.end.lost);
    list("Late projects", x_.seen.end.late);
    list("What the harness could not do", x_.seen.troubles);
    return text;
  }

  std::string facts() const {
    std::string text = "<dl>";
    for (const auto& [name, value] : x_.facts)
      text += "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>";
    return text + "</dl>";
  }

  const report& x_;
  double end_;
  std::vector<band> bands_;
};

}  // namespace

std::string html_of(const report& x) {
  return page{x}.html();
}

}  // namespace headway::load

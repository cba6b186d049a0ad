#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

#include <boost/json.hpp>

#include <tools/load/judgement_text.hpp>
#include <tools/load/report.hpp>
#include <tools/terminal/table.hpp>
#include <tools/terminal/text.hpp>

namespace headway::load {

namespace {

namespace json = boost::json;

constexpr std::size_t columns = 80;
/// More wrong answers of one run than this say nothing new.
constexpr std::size_t most_examples = 10;

std::string ms(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  return text;
}

std::string grouped(double value) {
  auto text = std::to_string(static_cast<std::uint64_t>(std::llround(value)));
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

terminal::column right(std::string heading) {
  return {.heading = std::move(heading), .side = terminal::alignment::right};
}

std::string latency_table(const report& x, terminal::color_use colors) {
  terminal::table table{{{.heading = "REQUEST"},
                         right("ASKED"),
                         right("P50 ms"),
                         right("P95"),
                         right("P99"),
                         right("P99.9"),
                         right("MAX"),
                         right("ERRORS"),
                         right("LOST")}};
  for (const auto& row : latency_rows(x.plan, x.seen))
    table.add({{row.name},
               {grouped(static_cast<double>(row.asked))},
               {ms(row.p50)},
               {ms(row.p95)},
               {ms(row.p99)},
               {ms(row.p999)},
               {ms(row.greatest)},
               {std::to_string(row.failed),
                row.failed > 0 ? terminal::tone::bad : terminal::tone::normal},
               {std::to_string(row.unanswered)}});
  return table.render(columns, colors);
}

std::string part_table(const report& x, terminal::color_use colors) {
  terminal::table table{{{.heading = "SPENT IN"},
                         right("TIMES"),
                         right("MEAN ms"),
                         right("P50 <="),
                         right("P95 <="),
                         right("P99 <=")}};
  for (const auto& part : part_times(x.seen))
    if (part.count > 0)
      table.add({{part.name},
                 {grouped(part.count)},
                 {ms(part.mean_ms)},
                 {ms(part.p50_ms)},
                 {ms(part.p95_ms)},
                 {ms(part.p99_ms)}});
  return table.render(columns, colors);
}

std::string incident_lines(const report& x) {
  std::string text;
  std::size_t told = 0;
  for (const auto& incident : x.seen.incidents) {
    if (++told > most_examples) {
      text += "  … and " + std::to_string(x.seen.incidents.size() - most_examples) + " more\n";
      break;
    }
    char line[160];
    std::snprintf(line, sizeof line, "%5.1f to %5.1f s  %s%s%s\n",
                  static_cast<double>(incident.when.begin.count()) / 1e6,
                  static_cast<double>(incident.when.end.count()) / 1e6, incident.name.c_str(),
                  incident.note.empty() ? "" : ": ", incident.note.c_str());
    text += line;
  }
  return text.empty() ? text : "\n" + text;
}

std::string verdict_table(const report& x, terminal::color_use colors) {
  terminal::table table{{{.heading = "JUDGEMENT", .narrowest = 20},
                         {.heading = "DURING"},
                         right("FIGURE"),
                         {.heading = "VERDICT"}}};
  for (const auto& one : x.verdicts)
    table.add(
        {{one.asked.text},
         {one.asked.during.empty() ? "all" : one.asked.during},
         {one.figure ? format_figure(one.asked.of, *one.figure) : "nothing"},
         {one.holds ? "holds" : "FAILS", one.holds ? terminal::tone::good : terminal::tone::bad}});
  return table.render(columns, colors);
}

void append_examples(std::string& text, const std::string& title,
                     const std::vector<std::string>& lines) {
  if (lines.empty())
    return;
  text += "\n" + title + " (" + std::to_string(lines.size()) + "):\n";
  for (std::size_t i = 0; i < std::min(lines.size(), most_examples); ++i)
    text += "  " + terminal::printable(lines[i]) + "\n";
}

json::array numbers(const std::vector<double>& values) {
  json::array result;
  for (const auto value : values)
    result.push_back(json::value(value));
  return result;
}

json::object json_of(const node_sample& x) {
  return {{"at_s", static_cast<double>(x.at.count()) / 1e6},
          {"up", x.up},
          {"cpu_percent", x.cpu_percent},
          {"resident_bytes", x.resident_bytes},
          {"descriptors", x.descriptors},
          {"wal_bytes", x.wal_bytes},
          {"read_bytes_per_s", x.read_rate},
          {"write_bytes_per_s", x.write_rate},
          {"machine_percent", x.machine_percent},
          {"io_wait_percent", x.wait_percent},
          {"probes",
           {{"waiting", x.probes.waiting},
            {"running", x.probes.running},
            {"limit", x.probes.limit},
            {"limited_by", x.probes.limited_by}}},
          {"transfers",
           {{"waiting", x.transfers.waiting},
            {"running", x.transfers.running},
            {"limit", x.transfers.limit},
            {"limited_by", x.transfers.limited_by}}}};
}

/// In the order in which a fetch takes them.
constexpr std::array<std::string_view, 9> order_of_steps{
    "login", "dns", "connect", "tls", "negotiation", "pack", "indexing", "checking", "refs"};

/// Which steps there are is for the node to say; one that is not known here is the last.
std::vector<std::string> steps_in(const metric_values& metrics) {
  const std::string prefix = "headway_fetch_step_seconds_count{step=\"";
  std::vector<std::string> steps;
  for (auto at = metrics.lower_bound(prefix); at != metrics.end() && at->first.starts_with(prefix);
       ++at)
    steps.push_back(
        at->first.substr(prefix.size(), at->first.find('"', prefix.size()) - prefix.size()));
  std::ranges::stable_sort(steps, {}, [](const std::string& step) {
    return std::ranges::find(order_of_steps, step) - order_of_steps.begin();
  });
  return steps;
}

}  // namespace

std::vector<latency_row> latency_rows(const scenario& plan, const performance& seen) {
  std::vector<latency_row> rows;
  const auto judged = window(plan, seen, {});
  for (std::size_t i = 0; i <= request_names.size(); ++i) {
    const bool all = i == request_names.size();
    const auto kind = all ? std::nullopt : std::optional{static_cast<request_kind>(i)};
    latency_row row;
    row.name = all ? "all" : std::string{request_names[i]};
    for (const auto& sample : seen.book.samples) {
      if (!judged(sample.at) || (kind && sample.kind != *kind))
        continue;
      ++row.asked;
      row.failed += sample.how == outcome::failed ? 1 : 0;
      row.unanswered += sample.how == outcome::unanswered ? 1 : 0;
    }
    if (row.asked == 0)
      continue;
    const auto times = latencies(seen.book.samples, kind, judged);
    row.p50 = percentile(times, 50).value_or(0);
    row.p95 = percentile(times, 95).value_or(0);
    row.p99 = percentile(times, 99).value_or(0);
    row.p999 = percentile(times, 99.9).value_or(0);
    row.greatest = times.empty() ? 0 : times.back();
    rows.push_back(row);
  }
  return rows;
}

std::vector<part_time> part_times(const performance& seen) {
  std::vector<part_time> result;
  for (const auto* part : {"db", "pool", "graph", "total"}) {
    result.push_back(difference(seen.metrics_before, seen.metrics_after, "headway_status_seconds",
                                "part", part));
    result.back().name = "status: " + result.back().name;
  }
  for (const auto* phase : {"queued", "probe", "transfer"}) {
    result.push_back(difference(seen.metrics_before, seen.metrics_after, "headway_fetch_seconds",
                                "phase", phase));
    result.back().name = "fetch: " + result.back().name;
  }
  for (const auto& step : steps_in(seen.metrics_after)) {
    result.push_back(difference(seen.metrics_before, seen.metrics_after,
                                "headway_fetch_step_seconds", "step", step));
    result.back().name = "step: " + step;
  }
  return result;
}

std::string text_of(const report& x, terminal::color_use colors) {
  const auto& seen = x.seen;
  std::string text = x.plan.name + ": " + x.plan.about + "\n";
  text += std::to_string(x.plan.project_count()) + " projects, " +
          std::to_string(x.plan.users.count) + " users, " +
          ms(static_cast<double>(seen.length.count()) / 1e6) + " s, seed " +
          std::to_string(x.plan.seed) + ", agenda " + x.fingerprint + "\n\n";
  text += latency_table(x, colors);
  if (const auto parts = part_table(x, colors); !parts.empty())
    text += "\n" + parts;
  text += incident_lines(x);
  text += "\n" + grouped(static_cast<double>(seen.changes_made)) + " changes by git, " +
          std::to_string(seen.spot_checks) + " commits looked for at once\n" +
          grouped(static_cast<double>(seen.end.branches)) + " branches of " +
          std::to_string(seen.end.projects) + " projects compared with git, " +
          std::to_string(seen.end.wrong.size()) + " differ\n" + grouped(grown(seen, pairs_known)) +
          " pairs were known, " + grouped(grown(seen, pairs_counted)) + " counted\n\n";
  text += verdict_table(x, colors);
  append_examples(text, "Wrong answers", seen.end.wrong);
  append_examples(text, "Not shown at once", seen.wrong_at_once);
  append_examples(text, "Lost acknowledgements", seen.end.lost);
  append_examples(text, "Late projects", seen.end.late);
  append_examples(text, "Debris", seen.left.debris);
  append_examples(text, "What the harness could not do", seen.troubles);
  return text;
}

std::string json_of(const report& x) {
  json::object facts;
  for (const auto& [name, value] : x.facts)
    facts[name] = value;
  json::array requests;
  for (const auto& row : latency_rows(x.plan, x.seen))
    requests.push_back(json::object{{"kind", row.name},
                                    {"asked", row.asked},
                                    {"errors", row.failed},
                                    {"unanswered", row.unanswered},
                                    {"ms",
                                     {{"p50", row.p50},
                                      {"p95", row.p95},
                                      {"p99", row.p99},
                                      {"p99.9", row.p999},
                                      {"max", row.greatest}}}});
  json::array parts;
  for (const auto& part : part_times(x.seen))
    parts.push_back(json::object{
        {"part", part.name},
        {"count", part.count},
        {"mean_ms", part.mean_ms},
        {"at_most_ms",
         numbers({part.p50_ms, part.p95_ms, std::isfinite(part.p99_ms) ? part.p99_ms : 1e9})}});
  json::array judged;
  for (const auto& one : x.verdicts)
    judged.push_back(json::object{
        {"that", one.asked.text},
        {"during", one.asked.during},
        {"figure", one.figure ? json::value(*one.figure) : json::value(nullptr)},
        {"in_words", one.figure ? format_figure(one.asked.of, *one.figure) : "nothing"},
        {"holds", one.holds}});
  json::array incidents;
  for (const auto& one : x.seen.incidents)
    incidents.push_back(json::object{{"name", one.name},
                                     {"from_s", static_cast<double>(one.when.begin.count()) / 1e6},
                                     {"until_s", static_cast<double>(one.when.end.count()) / 1e6},
                                     {"note", one.note}});
  json::array samples;
  for (const auto& sample : x.seen.samples)
    samples.push_back(json_of(sample));
  const auto texts = [](const std::vector<std::string>& lines) {
    json::array result;
    for (const auto& line : lines)
      result.push_back(json::value(terminal::printable(line)));
    return result;
  };
  const json::object document{
      {"scenario", x.plan.name},
      {"about", x.plan.about},
      {"seed", x.plan.seed},
      {"agenda", x.fingerprint},
      {"facts", facts},
      {"seconds", static_cast<double>(x.seen.length.count()) / 1e6},
      {"counted_from_s", static_cast<double>(x.seen.counted_from.count()) / 1e6},
      {"projects", x.plan.project_count()},
      {"requests", requests},
      {"parts", parts},
      {"judgements", judged},
      {"incidents", incidents},
      {"changes", x.seen.changes_made},
      {"verification",
       {{"projects", x.seen.end.projects},
        {"branches", x.seen.end.branches},
        {"wrong", texts(x.seen.end.wrong)},
        {"wrong_at_once", texts(x.seen.wrong_at_once)},
        {"lost", texts(x.seen.end.lost)},
        {"healthy", x.seen.end.healthy},
        {"late", texts(x.seen.end.late)}}},
      {"debris", texts(x.seen.left.debris)},
      {"pairs", {{"known", grown(x.seen, pairs_known)}, {"counted", grown(x.seen, pairs_counted)}}},
      {"traffic",
       {{"connections", x.seen.traffic.connections},
        {"broken", x.seen.traffic.broken},
        {"bytes_up", x.seen.traffic.bytes_up},
        {"bytes_down", x.seen.traffic.bytes_down}}},
      {"troubles", texts(x.seen.troubles)},
      {"samples", samples}};
  return json::serialize(document) + "\n";
}

}  // namespace headway::load

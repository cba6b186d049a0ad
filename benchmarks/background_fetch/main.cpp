#include <algorithm>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <benchmarks/history/synthetic_repository.hpp>
#include <benchmarks/measure/machine.hpp>
#include <benchmarks/measure/report.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>

#include <tools/load/child.hpp>
#include <tools/load/playing.hpp>
#include <tools/load/verdicts.hpp>

namespace headway::background_fetch {

namespace {

constexpr const char* about =
    "50 active projects are fetched in the background, all at once and all with something to "
    "fetch, while 10 people "
    "ask for\nthe status of projects; against the same people without the fetches, and the same "
    "fetches without the "
    "people.\nTarget: the fetches add less than 50 ms to the p99 of a status.";

struct options {
  std::size_t rounds = 5;
  std::uint64_t projects = 50;
  std::string program;
  std::string json;
};

constexpr std::chrono::seconds length{16};
constexpr std::chrono::seconds storm_begins{4};

enum class people : std::uint8_t { ask, are_away };
enum class fetches : std::uint8_t { storm, rest };

load::scenario day(const options& asked, people who, fetches what) {
  load::scenario plan;
  plan.name = "background_fetch";
  plan.duration = length;
  plan.warm_up = std::chrono::seconds{2};
  plan.storm_only = true;
  // Fetches that are switched on begin within one shortest interval: all of them in two seconds.
  plan.node_settings = {"fetch.min_interval=2 s"};
  plan.hosts = {{.name = "forge",
                 .by = load::transport::http,
                 .link = {.latency = load::milliseconds{20}, .jitter = load::milliseconds{5}}}};
  plan.projects = {{.count = asked.projects, .of = load::template_size::medium, .host = "forge"}};
  plan.users.count = 10;
  plan.users.rate = who == people::ask ? 100 : 0.1;
  plan.users.mix[static_cast<std::size_t>(load::request_kind::status)] = 1;
  plan.events.push_back({.at = load::milliseconds{1'000},
                         .what = load::event_kind::changes,
                         .name = "pushes",
                         .change = load::change_kind::push,
                         .projects = asked.projects,
                         .branches = 3});
  if (what == fetches::storm)
    plan.events.push_back({.at = storm_begins, .what = load::event_kind::storm, .name = "storm"});
  return plan;
}

struct outcome {
  double p50_ms = 0;
  double p99_ms = 0;
  double storm_seconds = 0;  ///< Until no transfer waited or ran any more.
  double cpu_mean = 0;  ///< Of the node and its children while the storm lasted, % of one core.
  double cpu_peak = 0;
  double io_wait = 0;
};

outcome play(const options& asked, people who, fetches what) {
  const auto plan = day(asked, who, what);
  const auto seen = load::perform(plan, {history::usual_cache(), asked.program, {}},
                                  [](const std::string&) { return true; });
  if (!seen.troubles.empty() || !seen.end.wrong.empty())
    throw std::runtime_error(seen.troubles.empty() ? seen.end.wrong[0] : seen.troubles[0]);
  outcome result;
  const auto inside = [](load::microseconds at) { return at >= storm_begins; };
  const auto times = load::latencies(seen.book.samples, load::request_kind::status, inside);
  result.p50_ms = load::percentile(times, 50).value_or(0);
  result.p99_ms = load::percentile(times, 99).value_or(0);
  double last = 0;
  for (const auto& sample : seen.samples)
    if (inside(sample.at) && sample.transfers.running + sample.transfers.waiting > 0)
      last = static_cast<double>(sample.at.count()) / 1e6;
  const auto begin = static_cast<double>(storm_begins.count());
  result.storm_seconds = std::max(0.0, last - begin);
  // Without one the figures would praise fetches that never were.
  if (what == fetches::storm && result.storm_seconds <= 0)
    throw std::runtime_error("no transfer was seen during the storm");
  std::vector<double> cpu;
  std::vector<double> wait;
  for (const auto& sample : seen.samples) {
    const auto at = static_cast<double>(sample.at.count()) / 1e6;
    if (at < begin || (what == fetches::storm && at > last + 0.5))
      continue;
    cpu.push_back(sample.cpu_percent);
    wait.push_back(sample.wait_percent);
  }
  result.cpu_mean = measure::summarize(cpu).mean;
  result.cpu_peak = measure::summarize(cpu).greatest;
  result.io_wait = measure::summarize(wait).mean;
  return result;
}

double middle(const std::vector<outcome>& all, double outcome::*which) {
  std::vector<double> values;
  for (const auto& one : all)
    values.push_back(one.*which);
  return measure::median(values);
}

int measure_all(const options& asked) {
  measure::report report{"background_fetch", std::cout};
  report.state(measure::facts(measure::describe_machine(history::usual_cache())));
  report.state("git", load::output_of({"git", "--version"}));
  report.state("projects",
               std::to_string(asked.projects) + " of 10,000 commits, 3 branches of each pushed to");
  report.state("people", "10, 100 requests per second together, open arrival");
  std::vector<outcome> calm;
  std::vector<outcome> storm;
  std::vector<outcome> alone;
  const auto into = [&](std::vector<outcome>& to, people who, fetches what) {
    to.push_back(play(asked, who, what));
    return to.back().p99_ms;
  };
  const std::vector<measure::contender> contenders{
      {"people alone", [&] { return into(calm, people::ask, fetches::rest); }},
      {"both", [&] { return into(storm, people::ask, fetches::storm); }},
      {"fetches alone", [&] { return into(alone, people::are_away, fetches::storm); }}};
  measure::run_rounds(asked.rounds, contenders);
  auto& table = report.begin(
      "Status while 50 projects are fetched, medians of rounds",
      {"what", "p50 ms", "p99 ms", "storm s", "cpu mean %", "cpu peak %", "io wait %"});
  const auto add = [&](const char* name, const std::vector<outcome>& all, fetches what) {
    measure::figure seconds;
    if (what == fetches::storm)
      seconds = middle(all, &outcome::storm_seconds);
    table.add({std::string{name}, middle(all, &outcome::p50_ms), middle(all, &outcome::p99_ms),
               seconds, middle(all, &outcome::cpu_mean), middle(all, &outcome::cpu_peak),
               middle(all, &outcome::io_wait)});
  };
  add("people alone", calm, fetches::rest);
  add("both", storm, fetches::storm);
  add("fetches alone", alone, fetches::storm);
  std::vector<double> added;
  std::vector<double> with;
  std::vector<double> without;
  for (std::size_t i = 0; i < storm.size(); ++i) {
    added.push_back(storm[i].p99_ms - calm[i].p99_ms);
    with.push_back(std::max(0.5, storm[i].storm_seconds));
    without.push_back(std::max(0.5, alone[i].storm_seconds));
  }
  report.name("alone_p99_ms", middle(calm, &outcome::p99_ms));
  report.name("with_fetches_p99_ms", middle(storm, &outcome::p99_ms));
  report.name("added_p99_ms", measure::median(added));
  report.name("most_added_p99_ms", measure::summarize(added).greatest);
  auto& ratios = report.begin("What one costs the other", {"what", "figure"});
  ratios.add({std::string{"p99 added by the fetches, ms, median"}, measure::median(added)});
  ratios.add(
      {std::string{"p99 added by the fetches, ms, most"}, measure::summarize(added).greatest});
  ratios.add({std::string{"storm with people / without"}, measure::ratio_of(with, without)});
  auto& verdicts = report.begin("Verdict", {"target", "figure ms", "verdict"});
  const auto worst = measure::summarize(added).greatest;
  verdicts.add({std::string{"the fetches add < 50 ms to the p99, in every round"}, worst,
                std::string{worst < 50 ? "met" : "MISSED"}});
  report.finish();
  if (!asked.json.empty())
    report.write_json(asked.json);
  return worst < 50 ? 0 : 1;
}

}  // namespace

}  // namespace headway::background_fetch

int main(int argc, char** argv) {
  headway::background_fetch::options asked;
  bool quick = false;
  // benchmarks/programs/background_fetch, beside tools/.
  asked.program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../tools/headwayd";
  CLI::App line{headway::background_fetch::about};
  line.add_option("--rounds", asked.rounds, "Three runs of 16 s each")->capture_default_str();
  line.add_option("--projects", asked.projects, "That are fetched")->capture_default_str();
  line.add_option("--headwayd", asked.program, "The node's program");
  line.add_option("--json", asked.json, "Write all figures to this file");
  line.add_flag("--quick", quick, "One round");
  CLI11_PARSE(line, argc, argv);
  if (quick)
    asked.rounds = 1;
  try {
    return headway::background_fetch::measure_all(asked);
  } catch (const std::exception& e) {
    std::cerr << "background_fetch: " << e.what() << '\n';
    return 1;
  }
}

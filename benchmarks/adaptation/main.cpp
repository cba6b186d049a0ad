#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <benchmarks/adaptation/limits_plot.hpp>
#include <benchmarks/history/synthetic_repository.hpp>
#include <benchmarks/measure/machine.hpp>
#include <benchmarks/measure/report.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>
#include <benchmarks/storm/storm_node.hpp>
#include <unistd.h>

#include <tools/load/child.hpp>
#include <tools/terminal/progress.hpp>

namespace headway::adaptation {

namespace {

constexpr const char* about =
    "A fetch storm in which the machine and the network get worse and better again: processes that "
    "compute, processes\nthat write to the disk, and a line of little capacity, one after the "
    "other. The same node three times: as it comes,\nwith up to five fetches at once, and with "
    "five "
    "whatever happens. 10 people ask for the status of projects meanwhile.";

struct options {
  std::size_t rounds = 5;
  std::uint64_t projects = 180;
  std::size_t payload = 60'000;
  double rate = 100;
  double spell = 3;
  double pause = 1;
  std::uint64_t cpu_hogs = 4;
  std::uint64_t disk_hogs = 2;
  std::uint64_t capacity = 400'000;
  std::string program;
  std::string json;
  std::string plot;
};

struct rival {
  std::string name;
  std::vector<std::string> settings;
};

const std::vector<rival> rivals{
    {"as it comes", {}},
    {"up to 5", {"fetch.max_concurrent=5"}},
    {"fixed 5", {"fetch.max_concurrent=5", "fetch.min_concurrent=5"}},
};

load::milliseconds of_seconds(double seconds) {
  return load::milliseconds{std::llround(seconds * 1e3)};
}

load::link_quality usual_line() {
  return {.latency = load::milliseconds{20}, .jitter = load::milliseconds{5}};
}

load::scenario world(const options& asked, const rival& who) {
  load::scenario plan;
  plan.name = "adaptation";
  // The machine is looked at each second, so that a storm of half a minute shows what one of some
  // minutes would with the usual five.
  plan.node_settings = {"fetch.min_interval=1 s", "fetch.max_per_host=5", "monitor.interval=1 s"};
  plan.node_settings.insert(plan.node_settings.end(), who.settings.begin(), who.settings.end());
  plan.server_niceness = 0;
  plan.hosts = {{.name = "forge", .by = load::transport::http, .link = usual_line()}};
  plan.projects = {{.count = asked.projects,
                    .of = load::template_size::small,
                    .host = "forge",
                    .tracked = {.least = 3}}};
  plan.users.count = 10;
  plan.users.rate = asked.rate;
  plan.users.mix[static_cast<std::size_t>(load::request_kind::status)] = 1;
  return plan;
}

/// What goes wrong when, one after the other.
struct trouble {
  std::vector<load::event_plan> events;
  std::vector<hardship> named;
};

trouble troubles_of(const options& asked) {
  auto narrow = usual_line();
  narrow.capacity = asked.capacity;
  const std::vector<load::event_plan> kinds{
      {.what = load::event_kind::cpu_hog, .name = "cpu hog", .processes = asked.cpu_hogs},
      {.what = load::event_kind::disk_hog, .name = "disk hog", .processes = asked.disk_hogs},
      {.what = load::event_kind::host_slow,
       .name = "narrow line",
       .host = "forge",
       .link = narrow}};
  trouble result;
  auto at = asked.pause;
  for (auto event : kinds) {
    event.at = of_seconds(at);
    event.lasts = of_seconds(asked.spell);
    result.named.push_back({event.name, at, at + asked.spell});
    result.events.push_back(std::move(event));
    at += asked.spell + asked.pause;
  }
  return result;
}

/// What was seen of one rival in all rounds.
struct record {
  std::vector<double> seconds;
  std::vector<double> p99;  ///< Of the whole storm, by round.
  std::vector<double> cpu;
  /// Of all rounds, by hardship; those of calm times are the last.
  std::vector<std::vector<double>> answers;
  std::vector<double> fetched;  ///< In those times, of all rounds.
  std::vector<double> lasted;
  std::vector<double> limit;  ///< Mean, weighted by time.
  storm::chronicle last;
};

double fetched_between(const storm::chronicle& seen, double from, double until) {
  double first = 0;
  double last = 0;
  for (std::size_t i = 0; i < seen.looks.size(); ++i) {
    const auto at = static_cast<double>(seen.looks[i].at.count()) / 1e6;
    if (at < from)
      first = seen.fetched[i];
    if (at < until)
      last = seen.fetched[i];
  }
  return last - first;
}

double limit_between(const storm::chronicle& seen, double from, double until) {
  double sum = 0;
  double count = 0;
  for (const auto& look : seen.looks) {
    const auto at = static_cast<double>(look.at.count()) / 1e6;
    if (at < from || at >= until)
      continue;
    sum += look.transfers.limit;
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

void take(record& to, const storm::chronicle& seen, const std::vector<hardship>& hardships) {
  to.seconds.push_back(seen.seconds);
  to.p99.push_back(measure::percentile(seen.latencies(0, seen.seconds), 99));
  to.cpu.push_back(seen.cpu_mean());
  to.answers.resize(hardships.size() + 1);
  to.fetched.resize(hardships.size() + 1);
  to.lasted.resize(hardships.size() + 1);
  to.limit.resize(hardships.size() + 1);
  const auto add = [&](std::size_t which, double from, double until) {
    until = std::min(until, seen.seconds);
    if (until <= from)
      return;
    const auto times = seen.latencies(from, until);
    to.answers[which].insert(to.answers[which].end(), times.begin(), times.end());
    to.fetched[which] += fetched_between(seen, from, until);
    to.lasted[which] += until - from;
    to.limit[which] += limit_between(seen, from, until) * (until - from);
  };
  double calm_from = 0;
  for (std::size_t i = 0; i < hardships.size(); ++i) {
    add(hardships.size(), calm_from, hardships[i].from);
    add(i, hardships[i].from, hardships[i].until);
    calm_from = hardships[i].until;
  }
  add(hardships.size(), calm_from, seen.seconds);
  to.last = seen;
}

void tell_hardships(measure::report& report, const std::vector<hardship>& hardships,
                    const std::vector<record>& records) {
  auto& table =
      report.begin("While it lasts, all rounds together",
                   {"meanwhile", "node", "p99 ms", "fetches per s", "most at once, mean"});
  for (std::size_t i = 0; i <= hardships.size(); ++i)
    for (std::size_t who = 0; who < rivals.size(); ++who) {
      const auto& seen = records[who];
      const auto time = std::max(seen.lasted[i], 1e-9);
      const auto name = i < hardships.size() ? hardships[i].name : "nothing wrong";
      measure::figure p99;
      if (!seen.answers[i].empty())
        p99 = measure::percentile(seen.answers[i], 99);
      table.add({name, rivals[who].name, p99, seen.fetched[i] / time, seen.limit[i] / time});
    }
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream{file};
  stream << text;
  if (!stream.flush())
    throw std::runtime_error("cannot write " + file.string());
}

void measure_all(const options& asked) {
  terminal::progress line{std::cerr,
                          ::isatty(STDERR_FILENO) != 0 ? terminal::progress_style::live
                                                       : terminal::progress_style::lines,
                          79};
  const load::tell_progress tell = [&](std::string_view what, std::size_t done, std::size_t all) {
    line.show(terminal::counted(what, done, all), std::chrono::steady_clock::now());
  };
  const auto trouble = troubles_of(asked);
  measure::report report{"adaptation", std::cout};
  report.state(measure::facts(measure::describe_machine(history::usual_cache())));
  report.state("git", load::output_of({"git", "--version"}));
  report.state("projects", std::to_string(asked.projects) + " of 500 commits, each with " +
                               std::to_string(3 * asked.payload) + " bytes to fetch, 20 ms away");
  report.state("people", "10, " + std::to_string(std::llround(asked.rate)) +
                             " requests per second together, open arrival");
  report.state("hogs", std::to_string(asked.cpu_hogs) + " that compute, " +
                           std::to_string(asked.disk_hogs) + " that write and wait for the disk");
  report.state("narrow line", std::to_string(asked.capacity) + " bytes per second for all");
  std::vector<record> records(rivals.size());
  std::size_t turns = 0;
  std::vector<measure::contender> contenders;
  for (std::size_t who = 0; who < rivals.size(); ++who)
    contenders.push_back({rivals[who].name, [&, who] {
                            tell("playing", turns++, rivals.size() * asked.rounds);
                            storm::storm_node node{world(asked, rivals[who]),
                                                   asked.payload,
                                                   {history::usual_cache(), asked.program, {}},
                                                   tell};
                            take(records[who], node.storm(storm::people::ask, trouble.events),
                                 trouble.named);
                            return records[who].seconds.back();
                          }});
  measure::run_rounds(asked.rounds, contenders);
  line.clear();

  auto& table =
      report.begin("The whole storm, medians of rounds",
                   {"node", "storm s", "storm / fixed 5", "p99 ms", "p99 / fixed 5", "cpu mean %"});
  const auto& fixed = records.back();
  for (std::size_t who = 0; who < rivals.size(); ++who) {
    const auto& seen = records[who];
    table.add({rivals[who].name, measure::median(seen.seconds),
               measure::ratio_of(seen.seconds, fixed.seconds), measure::median(seen.p99),
               measure::ratio_of(seen.p99, fixed.p99), measure::median(seen.cpu)});
  }
  tell_hardships(report, trouble.named, records);
  report.name("storm_over_fixed.as_it_comes", measure::ratio_of(records[0].seconds, fixed.seconds));
  report.name("p99_over_fixed.as_it_comes", measure::ratio_of(records[0].p99, fixed.p99));
  report.name("storm_over_fixed.up_to_5", measure::ratio_of(records[1].seconds, fixed.seconds));
  report.name("p99_over_fixed.up_to_5", measure::ratio_of(records[1].p99, fixed.p99));
  report.finish();
  if (!asked.json.empty())
    report.write_json(asked.json);
  if (asked.plot.empty())
    return;
  std::vector<course> courses;
  for (std::size_t who = 0; who < rivals.size(); ++who)
    courses.push_back({rivals[who].name, &records[who].last});
  write(asked.plot, limits_plot(courses, trouble.named));
}

}  // namespace

}  // namespace headway::adaptation

int main(int argc, char** argv) {
  headway::adaptation::options asked;
  bool quick = false;
  // benchmarks/programs/adaptation, beside tools/.
  asked.program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../tools/headwayd";
  CLI::App line{headway::adaptation::about};
  line.add_option("--rounds", asked.rounds, "A storm for each node: some 30 s")
      ->capture_default_str();
  line.add_option("--projects", asked.projects, "That are fetched")->capture_default_str();
  line.add_option("--payload", asked.payload, "Bytes that each of three branches brings")
      ->capture_default_str();
  line.add_option("--rate", asked.rate, "Requests per second")->capture_default_str();
  line.add_option("--spell", asked.spell, "Seconds that each hardship lasts")
      ->capture_default_str();
  line.add_option("--pause", asked.pause, "Seconds before each")->capture_default_str();
  line.add_option("--cpu-hogs", asked.cpu_hogs, "Processes that compute")->capture_default_str();
  line.add_option("--disk-hogs", asked.disk_hogs, "Processes that write")->capture_default_str();
  line.add_option("--capacity", asked.capacity, "Bytes per second of the narrow line")
      ->capture_default_str();
  line.add_option("--headwayd", asked.program, "The node's program");
  line.add_option("--json", asked.json, "Write all figures to this file");
  line.add_option("--plot", asked.plot, "Draw limits over time of the last round to this file");
  line.add_flag("--quick", quick, "One round of few projects");
  CLI11_PARSE(line, argc, argv);
  if (quick) {
    asked.rounds = 1;
    asked.projects = 30;
    asked.spell = 1;
    asked.pause = 0.5;
  }
  try {
    headway::adaptation::measure_all(asked);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "adaptation: " << e.what() << '\n';
    return 1;
  }
}

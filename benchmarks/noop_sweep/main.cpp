#include <algorithm>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <benchmarks/measure/machine.hpp>
#include <benchmarks/measure/report.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>
#include <benchmarks/noop_sweep/fleet.hpp>
#include <benchmarks/noop_sweep/ours.hpp>

namespace headway::noop_sweep {

namespace {

constexpr const char* about =
    "Looking at many remotes that have not moved: an engine whose projects are all due, and one "
    "that is asked for a fetch of each (\"asked\"), against `xargs -P git fetch -q` and `git "
    "ls-remote`.\nThe servers run on the same machine, so a part "
    "of every wall time "
    "is theirs; processor time is of the clients alone.";

struct options {
  fleet_size size;
  unsigned at_once = 8;
  std::size_t round_trip = 0;
  std::size_t rounds = 5;
  std::size_t sweeps = 100;
  std::vector<std::string> transports{"http", "https", "git", "ssh", "local"};
  std::string json;
};

struct costs {
  std::vector<double> wall;
  std::vector<double> cpu;

  double add(std::chrono::nanoseconds elapsed, std::chrono::nanoseconds processor) {
    wall.push_back(measure::in_seconds(elapsed));
    cpu.push_back(measure::in_seconds(processor));
    return wall.back();
  }
};

double per_project(const std::vector<double>& seconds, std::size_t projects) {
  return 1e3 * measure::median(seconds) / static_cast<double>(projects);
}

double mebibytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / static_cast<double>(1u << 20);
}

void compare(transport by, fleet& all, const options& asked, measure::report& report,
             measure::section& table) {
  all.use(by);
  engine_sweep node{all.clones(), all.addresses(by)};
  node.sweep_by_request();  // Connections and caches are there from now on.
  costs ours;
  costs asked_for;
  costs gits;
  costs lists;
  std::vector<measure::contender> contenders{
      {"engine, asked",
       [&] {
         const auto cost = node.sweep_by_request();
         return asked_for.add(cost.wall, cost.cpu);
       }},
      {"git fetch",
       [&] {
         const auto cost = all.fetch_all_by_git(asked.at_once);
         return gits.add(cost.wall, cost.cpu);
       }},
      {"git ls-remote", [&] {
         const auto cost = all.list_all_by_git(asked.at_once);
         return lists.add(cost.wall, cost.cpu);
       }}};
  // Nobody tells of remotes on this machine that they have moved.
  const bool can_be_made_due = by != transport::local;
  if (can_be_made_due)
    contenders.insert(contenders.begin(), {"engine, due", [&] {
                                             const auto cost = node.sweep();
                                             return ours.add(cost.wall, cost.cpu);
                                           }});
  measure::run_rounds(asked.rounds, contenders);
  measure::figure bytes;
  if (by == transport::http || by == transport::https)
    bytes = bytes_of_a_warm_probe(all.addresses(by).front(), all.ca_file(), asked.size.branches);
  const auto projects = asked.size.projects;
  const auto add = [&](const char* how, const costs& engine) {
    table.add({to_string(by), how, per_project(engine.wall, projects),
               per_project(engine.cpu, projects), per_project(gits.wall, projects),
               per_project(gits.cpu, projects), measure::ratio_of(gits.wall, engine.wall),
               measure::ratio_of(gits.cpu, engine.cpu), measure::ratio_of(lists.wall, engine.wall),
               measure::ratio_of(lists.cpu, engine.cpu), bytes});
  };
  if (can_be_made_due)
    add("due", ours);
  add("asked", asked_for);
  const std::string key = std::string{"."} + to_string(by);
  const auto& looks = can_be_made_due ? ours : asked_for;
  report.name("git_fetch_over_look_wall" + key, measure::ratio_of(gits.wall, looks.wall));
  report.name("git_fetch_over_look_cpu" + key, measure::ratio_of(gits.cpu, looks.cpu));
  report.name("look_cpu_ms" + key, per_project(looks.cpu, projects));
}

void measure_memory(fleet& all, const options& asked, measure::section& table) {
  all.use(transport::http);
  engine_sweep node{all.clones(), all.addresses(transport::http)};
  const auto idle = resident_bytes();
  node.sweep_by_request();
  const auto first = resident_bytes();
  for (std::size_t i = 1; i < asked.sweeps / 2; ++i)
    node.sweep_by_request();
  const auto half = resident_bytes();
  for (std::size_t i = asked.sweeps / 2; i < asked.sweeps; ++i)
    node.sweep_by_request();
  table.add({static_cast<std::uint64_t>(asked.size.projects), mebibytes(idle), mebibytes(first),
             mebibytes(half), mebibytes(resident_bytes())});
}

void measure_all(const options& asked) {
  measure::report report{"noop_sweep", std::cout};
  fleet all{asked.size, std::chrono::milliseconds{asked.round_trip}};
  report.state(measure::facts(measure::describe_machine(all.clones().front())));
  report.state("git", measure::output_of({.argv = {"git", "--version"}}));
  report.state("projects", std::to_string(asked.size.projects));
  report.state("tracked branches", std::to_string(asked.size.branches));
  report.state("refs of a remote", std::to_string(std::max(asked.size.refs, asked.size.branches)));
  report.state("round trip", std::to_string(asked.round_trip) + " ms");
  auto& table = report.begin("No-op sweep, against xargs -P" + std::to_string(asked.at_once) +
                                 " git fetch -q and ls-remote",
                             {"remote", "engine", "engine ms", "engine cpu ms", "fetch ms",
                              "fetch cpu ms", "fetch wall ratio", "fetch cpu ratio",
                              "ls-remote wall ratio", "ls-remote cpu ratio", "bytes a probe"});
  for (const auto by :
       {transport::http, transport::https, transport::git, transport::ssh, transport::local})
    if (std::ranges::find(asked.transports, to_string(by)) != asked.transports.end())
      compare(by, all, asked, report, table);
  if (asked.sweeps > 1)
    measure_memory(
        all, asked,
        report.begin("Resident memory of the engine, MiB, by sweeps",
                     {"projects", "idle", "after 1", "after " + std::to_string(asked.sweeps / 2),
                      "after " + std::to_string(asked.sweeps)}));
  report.finish();
  if (!asked.json.empty())
    report.write_json(asked.json);
}

}  // namespace

}  // namespace headway::noop_sweep

int main(int argc, char** argv) {
  headway::noop_sweep::options asked;
  bool quick = false;
  CLI::App line{headway::noop_sweep::about};
  line.add_option("--projects", asked.size.projects, "Clones, each of a remote of its own")
      ->capture_default_str();
  line.add_option("--branches", asked.size.branches, "Of each remote, all tracked")
      ->capture_default_str();
  line.add_option("--refs", asked.size.refs, "Of each remote, the tracked ones among them")
      ->capture_default_str();
  line.add_option("--at-once", asked.at_once, "Processes of git")->capture_default_str();
  line.add_option("--round-trip", asked.round_trip,
                  "Milliseconds, by a relay; not of local remotes")
      ->capture_default_str();
  line.add_option("--rounds", asked.rounds, "Of each comparison")->capture_default_str();
  line.add_option("--sweeps", asked.sweeps, "For the memory; 0: do not measure it")
      ->capture_default_str();
  line.add_option("--remote", asked.transports, "http, https, git, ssh, local; repeatable")
      ->check(CLI::IsMember({"http", "https", "git", "ssh", "local"}));
  line.add_option("--json", asked.json, "Write all figures to this file");
  line.add_flag("--quick", quick, "Few small rounds");
  CLI11_PARSE(line, argc, argv);
  if (quick) {
    asked.size.projects = 20;
    asked.rounds = 2;
    asked.sweeps = 4;
  }
  try {
    headway::noop_sweep::measure_all(asked);
  } catch (const std::exception& e) {
    std::cerr << "noop_sweep: " << e.what() << '\n';
    return 1;
  }
  return 0;
}

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <benchmarks/fetch_decomposition/ours.hpp>
#include <benchmarks/fetch_decomposition/stage.hpp>
#include <benchmarks/fetch_decomposition/tracked.hpp>
#include <benchmarks/measure/command.hpp>
#include <benchmarks/measure/machine.hpp>
#include <benchmarks/measure/report.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>

#include <storage/git/repository.hpp>
#include <tools/headway/timing_bar.hpp>

namespace headway::fetch_decomposition {

namespace {

using std::chrono::milliseconds;

constexpr const char* about =
    "A fetch of some commits over HTTP: plain `git fetch -q`, and Headway's look and fetch by each "
    "of its backends, connections kept from one to the next.\nWall time, processor time of the "
    "client alone (the server runs on the same machine), and where ours went: network is names, "
    "connections, negotiation and the pack coming in, which is indexed meanwhile; processing is "
    "what "
    "is left of that after the last byte, and the check that all is there; own is what no step "
    "accounts for.";

struct options {
  std::vector<std::size_t> commits{10, 1'000, 20'000};
  std::vector<int> round_trips{0, 50};
  std::size_t rounds = 5;
  std::string repository;
  std::string json;
};

struct costs {
  std::vector<double> wall;
  std::vector<double> cpu;

  double add(std::chrono::nanoseconds elapsed, std::chrono::nanoseconds processor) {
    wall.push_back(1e3 * measure::in_seconds(elapsed));
    cpu.push_back(1e3 * measure::in_seconds(processor));
    return wall.back();
  }
};

/// Shares of the wall time, by round.
struct shares {
  std::vector<double> probe, network, processing, refs, own;
  remote_fetch_report last;

  void add(const fetch_cost& cost) {
    const auto& steps = cost.report.timing.steps;
    const auto in_ms = [](auto time) {
      return std::chrono::duration<double, std::milli>(time).count();
    };
    const auto wall = in_ms(cost.spent.wall);
    probe.push_back(in_ms(cost.report.timing.probe) / wall * 100);
    network.push_back(in_ms(steps.login + steps.dns + steps.connect + steps.tls +
                            steps.negotiation + steps.pack) /
                      wall * 100);
    processing.push_back(in_ms(steps.indexing + steps.checking) / wall * 100);
    refs.push_back(in_ms(steps.refs) / wall * 100);
    own.push_back(100 - probe.back() - network.back() - processing.back() - refs.back());
    last = cost.report;
  }
};

/// Headway with one backend.
struct entrant {
  fetch_backend backend;
  our_fetches fetches{backend};
  costs spent;
  shares where;
};

double fetch_by_git(stage& all, milliseconds away, costs& spent) {
  const auto clone = all.fresh_clone(away);
  const auto cost = measure::run({.argv = {"git", "-C", clone.string(), "fetch", "-q"}});
  if (cost.status != 0)
    throw std::runtime_error("git fetch failed: " + cost.errors);
  all.check_and_remove(clone);
  return spent.add(cost.wall, cost.cpu);
}

double fetch_by_us(stage& all, milliseconds away, entrant& who) {
  const auto clone = all.fresh_clone(away);
  const auto cost = who.fetches.fetch(clone, all.url(away));
  all.check_and_remove(clone);
  who.where.add(cost);
  return who.spent.add(cost.spent.wall, cost.spent.cpu);
}

/// A table is printed when the next one begins, so the second waits for the end of the first.
struct tables {
  measure::report& all;
  measure::section& contest;
  std::vector<std::vector<measure::figure>> decomposition;
};

/// Merges bring more commits than one, so that a clone lacks some more than were asked for.
struct gap {
  std::size_t asked = 0;  ///< By which figures are named, whatever the history.
  std::size_t lacking = 0;
};

/// By nearest rank: of few rounds p95 and p99 are the slowest.
void add_row(tables& out, const gap& commits, milliseconds away, const std::string& who,
             const costs& spent, const costs* git) {
  measure::figure wall_ratio;
  measure::figure cpu_ratio;
  if (git) {
    wall_ratio = measure::ratio_of(spent.wall, git->wall);
    cpu_ratio = measure::ratio_of(spent.cpu, git->cpu);
  }
  out.contest.add({std::uint64_t{commits.lacking}, static_cast<std::uint64_t>(away.count()), who,
                   measure::median(spent.wall), measure::percentile(spent.wall, 95),
                   measure::percentile(spent.wall, 99), measure::median(spent.cpu), wall_ratio,
                   cpu_ratio});
}

void compare(stage& all, const gap& commits, milliseconds away, std::size_t rounds, tables& out) {
  costs git;
  entrant native{.backend = fetch_backend::native};
  entrant supervised{.backend = fetch_backend::git};
  const std::vector<measure::contender> contenders{
      {"git fetch", [&] { return fetch_by_git(all, away, git); }},
      {"native", [&] { return fetch_by_us(all, away, native); }},
      {"git", [&] { return fetch_by_us(all, away, supervised); }}};
  measure::run_rounds(rounds, contenders);
  const auto count = std::uint64_t{commits.lacking};
  const auto trip = static_cast<std::uint64_t>(away.count());
  add_row(out, commits, away, "git fetch -q", git, nullptr);
  for (const auto* who : {&native, &supervised}) {
    const std::string name{to_string(who->backend)};
    add_row(out, commits, away, "headway, " + name, who->spent, &git);
    const auto& where = who->where;
    const auto key = "." + name + "." + std::to_string(commits.asked) + "_commits." +
                     std::to_string(away.count()) + "_ms";
    out.all.name("network_percent" + key,
                 measure::median(where.probe) + measure::median(where.network));
    out.all.name("processing_percent" + key, measure::median(where.processing));
    out.all.name("refs_percent" + key, measure::median(where.refs));
    out.all.name("git_over_headway_wall" + key, measure::ratio_of(git.wall, who->spent.wall));
    out.decomposition.push_back({count, trip, name, measure::median(where.probe),
                                 measure::median(where.network), measure::median(where.processing),
                                 measure::median(where.refs), measure::median(where.own)});
    std::cout << commits.lacking << " commits, " << away.count() << " ms away, " << name
              << ", last round:\n"
              << tools::timing_bar(where.last) << '\n';
  }
  const auto against_git = measure::ratio_of(native.spent.wall, git.wall);
  out.all.judge(std::to_string(commits.lacking) + " commits, " + std::to_string(away.count()) +
                    " ms away: native / git fetch -q <= 1, wall",
                against_git, against_git.median <= 1);
}

/// Answers whether all targets are met.
bool measure_all(const options& asked) {
  git::initialise_library();
  measure::report report{"fetch_decomposition", std::cout};
  const auto longest = *std::ranges::max_element(asked.commits);
  stage all{asked.repository.empty() ? std::nullopt
                                     : std::optional<std::filesystem::path>{asked.repository},
            longest};
  // Before there are threads.
  for (const auto trip : asked.round_trips)
    all.url(milliseconds{trip});
  report.state(measure::facts(measure::describe_machine(std::filesystem::temp_directory_path())));
  report.state("git", measure::output_of({.argv = {"git", "--version"}}));
  report.state("history", asked.repository.empty() ? "made" : asked.repository);
  report.state("rounds", std::to_string(asked.rounds));
  tables out{report,
             report.begin("Fetch of some commits, against git fetch -q",
                          {"commits", "round trip ms", "who", "wall p50 ms", "p95", "p99", "cpu ms",
                           "wall of git's", "cpu of git's"}),
             {}};
  for (const auto commits : asked.commits) {
    const gap lacked{commits, all.prepare(commits)};
    for (const auto trip : asked.round_trips)
      compare(all, lacked, milliseconds{trip}, asked.rounds, out);
  }
  auto& decomposition = report.begin(
      "Where the time goes, percent of the wall time",
      {"commits", "round trip ms", "backend", "asking", "network", "processing", "refs", "own"});
  for (auto& row : out.decomposition)
    decomposition.add(std::move(row));
  measure_tracked(report, asked.round_trips, asked.rounds);
  report.finish();
  if (!asked.json.empty())
    report.write_json(asked.json);
  return report.all_met();
}

}  // namespace

}  // namespace headway::fetch_decomposition

int main(int argc, char** argv) {
  headway::fetch_decomposition::options asked;
  bool quick = false;
  CLI::App line{headway::fetch_decomposition::about};
  line.add_option("--commits", asked.commits, "That the clone lacks; repeatable")
      ->capture_default_str();
  line.add_option("--round-trip", asked.round_trips, "Milliseconds, emulated; repeatable")
      ->capture_default_str();
  line.add_option("--rounds", asked.rounds, "Of each comparison")->capture_default_str();
  line.add_option("--repository", asked.repository,
                  "A repository to take the history from; otherwise one is made");
  line.add_option("--json", asked.json, "Write all figures to this file");
  line.add_flag("--quick", quick, "Few small rounds");
  CLI11_PARSE(line, argc, argv);
  if (quick) {
    asked.commits = {10, 200};
    asked.rounds = 2;
  }
  try {
    return headway::fetch_decomposition::measure_all(asked) ? 0 : 1;
  } catch (const std::exception& e) {
    std::cerr << "fetch_decomposition: " << e.what() << '\n';
    return 1;
  }
}

#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <iostream>
#include <random>
#include <thread>

#include <CLI/CLI.hpp>
#include <benchmarks/history/synthetic_repository.hpp>
#include <benchmarks/measure/machine.hpp>
#include <benchmarks/measure/report.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>
#include <benchmarks/storm/storm_node.hpp>
#include <benchmarks/user_day/person.hpp>
#include <unistd.h>

#include <tools/load/child.hpp>
#include <tools/terminal/progress.hpp>

namespace headway::user_day {

namespace {

constexpr const char* about =
    "A person's days in clones that a node fetches into as fast as it can: fetch, commit, rebase, "
    "stash, a second work tree,\nrepack, gc; each against the same day while the node stands "
    "still. "
    "Remotes get new commits all the time, every other push that of the person's clone.\nTargets: "
    "no command of the person fails, but for "
    "fetches in the mode tracking that lose a race for a ref, one in 200 at\nmost; a day takes at "
    "most 1.1 times as long; nothing is left in a clone, and git fsck finds nothing.";

constexpr double most_times_as_long = 1.1;
constexpr std::uint64_t fetches_for_a_lost_race = 200;

struct options {
  std::size_t days = 30;
  std::uint64_t projects = 30;
  double pushes = 10;
  double rate = 50;
  std::size_t payload = 2'000;
  std::vector<std::string> modes{"prefetch", "tracking"};
  std::string program;
  std::string json;
};

load::scenario world(const options& asked, const std::string& mode) {
  load::scenario plan;
  plan.name = "user_day_" + mode;
  plan.node_settings = {"fetch.min_interval=1 s", "fetch.update=" + mode};
  plan.hosts = {
      {.name = "forge", .by = load::transport::http, .link = {.latency = load::milliseconds{5}}}};
  plan.projects = {{.count = asked.projects,
                    .of = load::template_size::small,
                    .host = "forge",
                    .tracked = {.least = 3}}};
  plan.users.count = 10;
  plan.users.rate = asked.rate;
  plan.users.mix[static_cast<std::size_t>(load::request_kind::status)] = 1;
  return plan;
}

/// Does `what` while others push: every other time to `own`, else to all remotes in turns. Throws
/// with git's words when they cannot.
void among_others(const std::vector<load::project_fixture>& projects,
                  const load::project_fixture& own, const options& asked,
                  const std::function<void()>& what) {
  using clock = std::chrono::steady_clock;
  std::atomic<bool> is_over{false};
  auto others = std::async(std::launch::async, [&] {
    const auto interval = std::chrono::duration_cast<clock::duration>(
        std::chrono::duration<double>(1 / asked.pushes));
    std::mt19937_64 random{7};
    auto next = clock::now();
    for (std::size_t i = 0; !is_over; ++i) {
      storm::push(i % 2 == 0 ? own : projects[i / 2 % projects.size()], asked.payload, random);
      std::this_thread::sleep_until(next += interval);
    }
  });
  try {
    what();
  } catch (...) {
    is_over = true;
    throw;
  }
  is_over = true;
  others.get();
}

/// What all days in one mode came to.
struct record {
  diary beside;
  diary without;
  std::vector<double> seconds_beside;  ///< By day.
  std::vector<double> seconds_without;
  double fetches = 0;
  load::inspection left;
};

record live(const options& asked, const std::string& mode, const load::tell_progress& tell) {
  record result;
  storm::storm_node node{
      world(asked, mode), asked.payload, {history::usual_cache(), asked.program, {}}, tell};
  std::vector<person> people;
  for (const auto& project : node.projects())
    people.emplace_back(project.clone);
  for (std::size_t day = 0; day < asked.days; ++day) {
    tell("days, " + mode, day, asked.days);
    auto& someone = people[day % people.size()];
    const auto& own = node.projects()[day % people.size()];
    const auto beside = [&] {
      result.fetches += node.beside([&] {
        among_others(node.projects(), own, asked,
                     [&] { result.seconds_beside.push_back(someone.live_a_day(result.beside)); });
      });
    };
    const auto without = [&] {
      node.without([&] {
        among_others(node.projects(), own, asked,
                     [&] { result.seconds_without.push_back(someone.live_a_day(result.without)); });
      });
    };
    // Every other day the other way round, so that whatever drifts weighs on both.
    if (day % 2 == 0) {
      beside();
      without();
    } else {
      without();
      beside();
    }
  }
  result.left = node.end(tell);
  return result;
}

int measure_all(const options& asked) {
  terminal::progress line{std::cerr,
                          ::isatty(STDERR_FILENO) != 0 ? terminal::progress_style::live
                                                       : terminal::progress_style::lines,
                          79};
  const auto tell = [&](std::string_view what, std::size_t done, std::size_t all) {
    line.show(terminal::counted(what, done, all), std::chrono::steady_clock::now());
  };
  measure::report report{"user_day", std::cout};
  report.state(measure::facts(measure::describe_machine(history::usual_cache())));
  report.state("git", load::output_of({"git", "--version"}));
  report.state("projects", std::to_string(asked.projects) +
                               ", each fetched every second or as fast as it goes");
  report.state("pushes", measure::short_number(asked.pushes) +
                             " per second to their remotes, half of them to the person's");
  report.state("requests", measure::short_number(asked.rate) + " per second");

  std::vector<std::pair<std::string, record>> all;
  for (const auto& mode : asked.modes)
    all.emplace_back(mode, live(asked, mode, tell));
  line.clear();

  auto& days = report.begin("Days, seconds of git",
                            {"mode", "days", "p50 without", "p50 beside", "p99 without",
                             "p99 beside", "fetches of the node a day"});
  for (const auto& [mode, seen] : all) {
    const auto without = measure::summarize(seen.seconds_without);
    const auto beside = measure::summarize(seen.seconds_beside);
    days.add({mode, std::uint64_t{seen.seconds_beside.size()}, without.p50, beside.p50, without.p99,
              beside.p99, seen.fetches / static_cast<double>(asked.days)});
  }
  auto& commands =
      report.begin("Commands beside the node",
                   {"mode", "commands", "failed", "fetches", "lost races", "left in clones"});
  for (const auto& [mode, seen] : all) {
    commands.add({mode, seen.beside.commands, std::uint64_t{seen.beside.failures.size()},
                  seen.beside.fetches, seen.beside.lost_races,
                  std::uint64_t{seen.left.debris.size()}});
    const auto times = measure::ratio_of(seen.seconds_beside, seen.seconds_without);
    report.name(mode + "_times_as_long", times);
    report.name(mode + "_failures", std::uint64_t{seen.beside.failures.size()});
    report.name(mode + "_lost_races", seen.beside.lost_races);
    report.judge(mode + ": commands that failed, but for lost races: 0",
                 std::uint64_t{seen.beside.failures.size()}, seen.beside.failures.empty());
    const auto most_lost =
        mode == "prefetch" ? 0 : 1 + seen.beside.fetches / fetches_for_a_lost_race;
    report.judge(mode + ": lost races <= " + std::to_string(most_lost), seen.beside.lost_races,
                 seen.beside.lost_races <= most_lost);
    report.judge(mode + ": times as long as without <= 1.1", times,
                 times.median <= most_times_as_long);
    report.judge(mode + ": left in clones: 0", std::uint64_t{seen.left.debris.size()},
                 seen.left.debris.empty());
  }
  report.finish();
  for (const auto& [mode, seen] : all) {
    for (const auto& failure : seen.beside.failures)
      std::cout << mode << ", beside the node: " << failure << '\n';
    for (const auto& failure : seen.without.failures)
      std::cout << mode << ", without the node: " << failure << '\n';
    for (const auto& debris : seen.left.debris)
      std::cout << mode << ", left: " << debris << '\n';
  }
  if (!asked.json.empty())
    report.write_json(asked.json);
  return report.all_met() ? 0 : 1;
}

}  // namespace

}  // namespace headway::user_day

int main(int argc, char** argv) {
  headway::user_day::options asked;
  bool quick = false;
  // benchmarks/programs/user_day, beside tools/.
  asked.program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../tools/headwayd";
  CLI::App line{headway::user_day::about};
  line.add_option("--days", asked.days, "Of each mode, lived twice")->capture_default_str();
  line.add_option("--projects", asked.projects, "That are fetched")->capture_default_str();
  line.add_option("--pushes", asked.pushes,
                  "Per second, half of them to the remote of the person's clone")
      ->capture_default_str();
  line.add_option("--rate", asked.rate, "Requests per second")->capture_default_str();
  line.add_option("--payload", asked.payload, "Bytes that each branch of a push brings")
      ->capture_default_str();
  line.add_option("--mode", asked.modes, "prefetch, tracking, or both")
      ->check(CLI::IsMember({"prefetch", "tracking"}))
      ->capture_default_str();
  line.add_option("--headwayd", asked.program, "The node's program");
  line.add_option("--json", asked.json, "Write all figures to this file");
  line.add_flag("--quick", quick, "Two days among few projects");
  CLI11_PARSE(line, argc, argv);
  if (quick) {
    asked.days = 2;
    asked.projects = 4;
  }
  try {
    return headway::user_day::measure_all(asked);
  } catch (const std::exception& e) {
    std::cerr << "user_day: " << e.what() << '\n';
    return 1;
  }
}

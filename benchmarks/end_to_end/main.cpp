#include <array>
#include <filesystem>
#include <functional>
#include <iostream>

#include <CLI/CLI.hpp>
#include <benchmarks/end_to_end/contenders.hpp>
#include <benchmarks/end_to_end/sync_status_node.hpp>
#include <benchmarks/history/synthetic_repository.hpp>
#include <benchmarks/measure/machine.hpp>
#include <benchmarks/measure/report.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>
#include <unistd.h>

namespace headway::end_to_end {

namespace {

namespace fs = std::filesystem;

constexpr const char* about =
    "From the request to the answer: GET /projects/ID/sync-status of a project with 10,000 commits "
    "and 20 "
    "branches, by HTTP.\nWarm: nothing has changed. Dirty: a commit came before each request. "
    "Cold: the first "
    "request after a start.\nThroughput beside nginx, which sends the same bytes from a file, one "
    "worker each, "
    "both asked by wrk.\nTargets: p95 < 200 ms, p99 < 500 ms.";

struct options {
  std::size_t rounds = 5;
  unsigned seconds = 2;
  std::size_t warm = 2'000;
  std::size_t dirty = 300;
  std::size_t cold = 30;
  std::string program;
  std::string json;
};

/// A folder for a run; gone afterwards.
class workplace {
 public:
  explicit workplace(const fs::path& cache)
      : path_{cache / "runs" / ("end_to_end-" + std::to_string(::getpid()))} {
    fs::create_directories(path_);
  }
  ~workplace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  workplace(const workplace&) = delete;
  workplace& operator=(const workplace&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct state_figures {
  std::string name;
  measure::summary ms;
};

/// Also adds what the node itself says about where the time went.
state_figures measure_state(sync_status_node& node, const std::string& name, std::size_t count,
                            const std::function<double()>& ask, measure::section& parts) {
  const bool starts_anew = name == "cold";
  const auto before = node.metrics();
  std::vector<double> times;
  std::vector<load::part_time> cold_parts(4);
  constexpr std::array<const char*, 4> names{"db", "pool", "graph", "total"};
  const auto part = [](const load::metric_values& then, const load::metric_values& now,
                       const char* which) {
    return load::difference(then, now, "headway_status_seconds", "part", which);
  };
  for (std::size_t i = 0; i < count; ++i) {
    times.push_back(1e3 * ask());
    if (!starts_anew)
      continue;
    const auto now = node.metrics();
    for (std::size_t j = 0; j < names.size(); ++j) {
      const auto one = part({}, now, names[j]);
      cold_parts[j].count += one.count;
      cold_parts[j].mean_ms += one.mean_ms * one.count;
    }
  }
  const auto after = node.metrics();
  std::vector<measure::figure> row{name};
  for (std::size_t j = 0; j < names.size(); ++j) {
    const auto total = starts_anew ? cold_parts[j] : part(before, after, names[j]);
    if (total.count <= 0)
      row.emplace_back();
    else
      row.emplace_back(1e3 * (starts_anew ? total.mean_ms / total.count : total.mean_ms));
  }
  const auto grown = [&](const char* metric) {
    const auto now = after.find(metric);
    const auto then = before.find(metric);
    return (now == after.end() ? 0 : now->second) -
           (starts_anew || then == before.end() ? 0 : then->second);
  };
  const auto hits = grown("headway_graph_pair_hits_total");
  const auto all = hits + grown("headway_graph_pair_misses_total");
  if (all > 0)
    row.emplace_back(100 * hits / all);
  else
    row.emplace_back();
  parts.add(std::move(row));
  return {name, measure::summarize(times)};
}

void compare_with_nginx(sync_status_node& node, const fs::path& folder, const options& asked,
                        measure::report& report) {
  auto& table = report.begin("Throughput, warm, beside nginx with the same bytes (wrk, 1 thread)",
                             {"connections", "node req/s", "nginx req/s", "node / nginx",
                              "node p50 us", "p95 us", "p99 us", "nginx p99 us"});
  if (!file_server::available() || !has_wrk()) {
    report.state("nginx", "nginx or wrk is not installed: nothing to compare with");
    return;
  }
  const file_server nginx{folder / "nginx", node.document()};
  for (const unsigned connections : {1u, 10u, 50u}) {
    std::vector<burst> ours;
    std::vector<burst> theirs;
    const auto once = [&](const std::string& url, std::vector<burst>& to) {
      to.push_back(hammer(url, connections, asked.seconds, folder));
      if (to.back().errors > 0)
        throw std::runtime_error("requests failed under wrk");
      return to.back().requests_per_second;
    };
    const std::vector<measure::contender> contenders{
        {"node", [&] { return once(node.url(), ours); }},
        {"nginx", [&] { return once(nginx.url(), theirs); }}};
    const auto rates = measure::run_rounds(asked.rounds, contenders);
    const auto middle = [](const std::vector<burst>& all, double burst::*which) {
      std::vector<double> values;
      for (const auto& one : all)
        values.push_back(one.*which);
      return measure::median(values);
    };
    table.add({std::uint64_t{connections}, measure::median(rates[0]), measure::median(rates[1]),
               measure::ratio_of(rates[0], rates[1]), middle(ours, &burst::p50_us),
               middle(ours, &burst::p95_us), middle(ours, &burst::p99_us),
               middle(theirs, &burst::p99_us)});
    const auto key = "." + std::to_string(connections) + "_connections";
    report.name("node_over_nginx" + key, measure::ratio_of(rates[0], rates[1]));
    report.name("node_p99_us" + key, middle(ours, &burst::p99_us));
  }
}

int measure_all(const options& asked) {
  const auto cache = history::usual_cache();
  const workplace place{cache};
  sync_status_node node{asked.program, place.path(), cache};
  measure::report report{"end_to_end", std::cout};
  report.state(measure::facts(measure::describe_machine(place.path())));
  report.state("git", load::output_of({"git", "--version"}));
  report.state("document", std::to_string(node.document().size()) + " bytes");
  auto& parts = report.begin("Where the node spends it, mean us, and pairs answered from memory",
                             {"state", "db us", "pool us", "graph us", "total us", "hits %"});
  std::vector<state_figures> states;
  states.push_back(measure_state(
      node, "warm", asked.warm, [&] { return node.ask_warm(); }, parts));
  states.push_back(measure_state(
      node, "dirty", asked.dirty, [&] { return node.ask_dirty(); }, parts));
  states.push_back(measure_state(
      node, "cold", asked.cold, [&] { return node.ask_cold(); }, parts));
  auto& table = report.begin("Request to answer, one user, ms",
                             {"state", "requests", "p50 ms", "p95 ms", "p99 ms", "max ms"});
  for (const auto& [name, ms] : states) {
    table.add({name, std::uint64_t{ms.count}, ms.p50, ms.p95, ms.p99, ms.greatest});
    report.name(name + "_p50_ms", ms.p50);
    report.name(name + "_p95_ms", ms.p95);
    report.name(name + "_p99_ms", ms.p99);
  }
  compare_with_nginx(node, place.path(), asked, report);
  for (const auto& [name, ms] : states) {
    report.judge(name + ": p95 < 200 ms", ms.p95, ms.p95 < 200);
    report.judge(name + ": p99 < 500 ms", ms.p99, ms.p99 < 500);
  }
  report.finish();
  if (!asked.json.empty())
    report.write_json(asked.json);
  return report.all_met() ? 0 : 1;
}

}  // namespace

}  // namespace headway::end_to_end

int main(int argc, char** argv) {
  headway::end_to_end::options asked;
  bool quick = false;
  // benchmarks/programs/end_to_end, beside tools/.
  asked.program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../tools/headwayd";
  CLI::App line{headway::end_to_end::about};
  line.add_option("--rounds", asked.rounds, "Of the comparison with nginx")->capture_default_str();
  line.add_option("--seconds", asked.seconds, "Of each burst of wrk")->capture_default_str();
  line.add_option("--headwayd", asked.program, "The node's program");
  line.add_option("--json", asked.json, "Write all figures to this file");
  line.add_flag("--quick", quick, "Few requests and short bursts");
  CLI11_PARSE(line, argc, argv);
  if (quick) {
    asked.rounds = 2;
    asked.seconds = 1;
    asked.warm = 200;
    asked.dirty = 30;
    asked.cold = 3;
  }
  try {
    return headway::end_to_end::measure_all(asked);
  } catch (const std::exception& e) {
    std::cerr << "end_to_end: " << e.what() << '\n';
    return 1;
  }
}

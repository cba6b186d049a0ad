#include <csignal>
#include <stdexcept>

#include <benchmarks/measure/stopwatch.hpp>
#include <benchmarks/measure/summary.hpp>
#include <benchmarks/sqlite_concurrency/scratch_folder.hpp>
#include <benchmarks/sqlite_concurrency/sections.hpp>
#include <benchmarks/sqlite_concurrency/workload.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <storage/db/store.hpp>

namespace headway::sqlite_concurrency {

namespace {

double milliseconds(const measure::stopwatch& watch) {
  return measure::in_seconds(watch.read().wall) * 1e3;
}

/// Opens and loads, as a start does.
double start_once(const std::string& directory, std::size_t projects) {
  const measure::stopwatch watch;
  const auto store = must(db::store::open({.directory = directory}));
  const auto state = must(store->load());
  if (state.projects.size() != projects)
    throw std::runtime_error("a start lost projects");
  return milliseconds(watch);
}

/// A process writes documents and kills itself in the middle, with a long log.
void write_and_die(const std::string& directory, std::size_t projects) {
  const auto child = ::fork();
  if (child == 0) {
    const auto store = must(db::store::open({.directory = directory}));
    project_choice choice{projects, 3};
    for (std::uint64_t version = 1; version <= 3'000; ++version)
      must(store->apply({document(choice.next(), version)}));
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
}

void add_row(measure::section& section, const std::string& what, const std::vector<double>& all) {
  section.add({what, static_cast<std::uint64_t>(all.size()), measure::percentile(all, 50),
               measure::percentile(all, 99), measure::percentile(all, 100)});
}

}  // namespace

void measure_starts(const options& asked, measure::report& report) {
  const scratch_folder folder{asked.directory};
  const auto directory = folder.path().string();
  fill(directory, asked.projects);
  std::vector<double> after_stop;
  std::vector<double> after_kill;
  for (std::size_t round = 0; round < asked.rounds; ++round) {
    after_stop.push_back(start_once(directory, asked.projects));
    write_and_die(directory, asked.projects);
    after_kill.push_back(start_once(directory, asked.projects));
  }
  auto& section = report.begin(std::to_string(asked.projects) + " projects of 20 branches; ms",
                               {"what", "samples", "p50", "p99", "greatest"});
  add_row(section, "start after a stop", after_stop);
  add_row(section, "start after a kill", after_kill);
}

}  // namespace headway::sqlite_concurrency

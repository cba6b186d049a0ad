#include <stdexcept>

#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/stopwatch.hpp>
#include <benchmarks/measure/summary.hpp>
#include <benchmarks/sqlite_concurrency/connections.hpp>
#include <benchmarks/sqlite_concurrency/scratch_folder.hpp>
#include <benchmarks/sqlite_concurrency/sections.hpp>

#include <storage/db/store.hpp>

namespace headway::sqlite_concurrency {

namespace {

constexpr const char* without_index =
    "SELECT count(*) FROM projects WHERE id IN (SELECT project_id FROM branch_sync_status NOT "
    "INDEXED WHERE needs_pull = 1)";

/// A document of which one branch is behind, or none.
put_status with_need(std::size_t project, bool one_behind) {
  auto status = std::make_shared<sync_status>(*document(project, 0).status);
  for (auto& branch : status->branches) {
    branch.ahead = 0;
    branch.behind = 0;
    branch.state = branch_state::in_sync;
  }
  if (one_behind) {
    status->branches.back().behind = 1;
    status->branches.back().state = branch_state::behind;
  }
  return {std::move(status)};
}

void write_needs(const std::string& directory, std::size_t projects, std::size_t matches) {
  const auto store = must(db::store::open({.directory = directory}));
  std::vector<db::write> batch;
  // Spread over the file, as those that need a pull are.
  const auto every = projects / matches;
  for (std::size_t i = 0; i < projects; ++i) {
    batch.push_back(with_need(i, i % every == 0 && i / every < matches));
    if (batch.size() == 500 || i + 1 == projects) {
      must(store->apply(batch));
      batch.clear();
    }
  }
}

double microseconds(const measure::stopwatch& watch) {
  return measure::in_microseconds(watch.read().wall);
}

}  // namespace

void measure_matches(const options& asked, measure::report& report) {
  constexpr int times_a_round = 100;
  const scratch_folder folder{asked.directory};
  const auto directory = folder.path().string();
  const auto file = (folder.path() / "headway.db").string();
  fill(directory, asked.projects);
  auto& section = report.begin(
      "which projects need a pull, of " + std::to_string(asked.projects) + " with 20 branches; us",
      {"matches", "p50", "p95", "p99", "without the index", "without / with"});
  for (const std::size_t matches : {10, 100, 1'000}) {
    write_needs(directory, asked.projects, matches);
    const auto reader = must(db::reader::open(file));
    const auto plain = must(db::connection::open_read_only(file));
    std::vector<double> all;
    const std::vector<measure::contender> contenders{
        {"partial index",
         [&] {
           std::vector<double> round;
           for (int i = 0; i < times_a_round; ++i) {
             const measure::stopwatch watch;
             if (must(reader->needing_pull()).size() != matches)
               throw std::runtime_error("the index knows others than were written");
             round.push_back(microseconds(watch));
           }
           all.insert(all.end(), round.begin(), round.end());
           return measure::median(round);
         }},
        {"no index", [&] {
           const measure::stopwatch watch;
           if (must(plain->integer(without_index)) != static_cast<std::int64_t>(matches))
             throw std::runtime_error("a scan knows others than were written");
           return microseconds(watch);
         }}};
    const auto costs = measure::run_rounds(asked.rounds, contenders);
    const auto summary = measure::summarize(all);
    section.add({std::uint64_t{matches}, summary.p50, summary.p95, summary.p99,
                 measure::median(costs[1]), measure::ratio_of(costs[1], costs[0])});
    report.name("needing_pull_p99_us." + std::to_string(matches) + "_matches", summary.p99);
  }
}

}  // namespace headway::sqlite_concurrency

#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmarks/measure/stopwatch.hpp>
#include <benchmarks/measure/summary.hpp>
#include <benchmarks/sqlite_concurrency/scratch_folder.hpp>
#include <benchmarks/sqlite_concurrency/sections.hpp>
#include <benchmarks/sqlite_concurrency/workload.hpp>

#include <storage/db/care.hpp>
#include <storage/db/store.hpp>

namespace headway::sqlite_concurrency {

namespace {

constexpr std::chrono::hours day{24};

put_fetch fetch(std::uint64_t id, std::size_t project, wall_time ended) {
  auto report = std::make_shared<fetch_report>();
  report->id.value = id;
  report->project.slug = slug_of(project);
  report->finished = ended;
  report->remotes.resize(1);
  return {std::move(report)};
}

/// Steps until nothing is left; how long each held up who would write, in milliseconds.
void keep_up(db::store& store, wall_time now, std::vector<double>& steps) {
  std::chrono::nanoseconds last_took{};
  for (auto left = db::upkeep::unfinished; left == db::upkeep::unfinished;) {
    const measure::stopwatch watch;
    left = must(store.keep_up(now, last_took));
    last_took = watch.read().wall;
    steps.push_back(measure::in_seconds(last_took) * 1e3);
  }
}

/// 20,000 fetches and the branches of half of all projects are past their time at once.
std::vector<double> month_at_once(const std::string& directory, std::size_t projects) {
  fill(directory, projects);
  const auto store = must(db::store::open({.directory = directory}));
  std::uint64_t id = 0;
  for (int i = 0; i < 40; ++i) {
    std::vector<db::write> batch;
    while (batch.size() < 500) {
      ++id;
      batch.push_back(fetch(id, id % projects, wall_time{}));
    }
    must(store->apply(batch));
  }
  for (std::size_t i = 0; i < projects / 2; ++i) {
    auto empty = std::make_shared<sync_status>();
    empty->project.slug = slug_of(i);
    must(store->apply({put_status{std::move(empty)}}));
  }
  std::vector<double> steps;
  keep_up(*store, wall_time{day * 365 * 60}, steps);
  return steps;
}

/// 100 projects of 20 branches; each day 50 branches come, 50 go, and each project is fetched.
std::vector<double> year_of_churn(const std::string& directory) {
  constexpr std::size_t projects = 100;
  std::vector<std::deque<branch_status>> living(projects);
  std::uint64_t names = 0;
  const auto next = [&] {
    auto branch = document(0, ++names).status->branches.front();
    branch.name = "topic/" + std::to_string(names);
    return branch;
  };
  const auto store = must(db::store::open({.directory = directory}));
  for (std::size_t i = 0; i < projects; ++i) {
    while (living[i].size() < branches_each)
      living[i].push_back(next());
    must(store->apply({move_of(i, 0)}));
  }
  std::vector<double> steps;
  std::uint64_t id = 0;
  for (int today = 0; today < 365; ++today) {
    const wall_time now{day * today};
    for (std::size_t move = 0; move < 50; ++move) {
      const auto i = (move * 7 + static_cast<std::size_t>(today) * 13) % projects;
      living[i].pop_front();
      living[i].push_back(next());
      auto status = std::make_shared<sync_status>();
      status->project.slug = slug_of(i);
      status->as_of = now;
      status->branches.assign(living[i].begin(), living[i].end());
      must(store->apply({put_status{std::move(status)}}));
    }
    std::vector<db::write> batch;
    for (std::size_t i = 0; i < projects; ++i)
      batch.push_back(fetch(++id, i, now));
    must(store->apply(batch));
    keep_up(*store, now, steps);
  }
  return steps;
}

}  // namespace

void measure_upkeep(const options& asked, measure::report& report) {
  auto& section = report.begin("steps of the upkeep; ms", {"of", "steps", "p50", "p95", "p99",
                                                           "greatest", "file / fresh copy"});
  const auto add = [&](const std::string& what, const std::vector<double>& steps,
                       const std::filesystem::path& folder) {
    const auto copy = folder / "copy.db";
    must(db::back_up(folder.string(), copy.string()));
    const auto size = [](const std::filesystem::path& file) {
      return static_cast<double>(std::filesystem::file_size(file));
    };
    section.add({what, static_cast<std::uint64_t>(steps.size()), measure::percentile(steps, 50),
                 measure::percentile(steps, 95), measure::percentile(steps, 99),
                 measure::percentile(steps, 100), size(folder / "headway.db") / size(copy)});
  };
  const scratch_folder year{asked.directory};
  add("a year of churn, day by day", year_of_churn(year.path().string()), year.path());
  const scratch_folder month{asked.directory};
  add("a month of " + std::to_string(asked.projects) + " projects at once",
      month_at_once(month.path().string(), asked.projects), month.path());
}

}  // namespace headway::sqlite_concurrency

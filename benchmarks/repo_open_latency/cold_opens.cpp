#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>
#include <benchmarks/repo_open_latency/contest.hpp>
#include <benchmarks/repo_open_latency/page_cache.hpp>

namespace headway::repo_open_latency {

namespace {

// A seek and half a turn at 7,200 turns a minute.
constexpr double hdd_milliseconds = 8;

struct cold_figures {
  std::vector<double> milliseconds;
  std::vector<double> on_hdd;
  std::vector<double> reads;
};

/// One sample: all users find the cache empty. Answers the slowest.
double sample(contest& x, const way& how, std::size_t users, cold_figures& figures) {
  drop_page_cache(x.repository);
  const auto before = device_reads(x.repository);
  const auto waits = open_once(users, how.make);
  const auto after = device_reads(x.repository);
  const double reads = before && after ? static_cast<double>(*after - *before) : 0;
  figures.reads.push_back(reads);
  for (const auto wait : waits) {
    figures.milliseconds.push_back(wait);
    figures.on_hdd.push_back(wait + reads * hdd_milliseconds);
  }
  return measure::percentile(waits, 100);
}

void add_rows(contest& x, measure::section& section, std::size_t users) {
  std::vector<cold_figures> all(x.ways.size());
  std::vector<measure::contender> contenders;
  // The first way is the pool, whose handle stays open: a cold cache is nothing to it.
  for (std::size_t i = 0; i < x.ways.size(); ++i)
    contenders.push_back(
        {x.ways[i].name, [&x, &all, users, i] { return sample(x, x.ways[i], users, all[i]); }});
  const auto slowest = measure::run_rounds(x.asked.cold_samples, contenders);
  const bool counted = device_reads(x.repository).has_value();
  for (std::size_t i = 0; i < x.ways.size(); ++i) {
    measure::figure reads = std::monostate{};
    measure::figure on_hdd = std::monostate{};
    if (counted) {
      reads = measure::median(all[i].reads);
      on_hdd = measure::percentile(all[i].on_hdd, 99);
    }
    section.add({static_cast<std::uint64_t>(users), x.ways[i].name,
                 measure::percentile(all[i].milliseconds, 50),
                 measure::percentile(all[i].milliseconds, 95),
                 measure::percentile(all[i].milliseconds, 99), reads, on_hdd,
                 measure::ratio_of(slowest.back(), slowest[i])});
  }
}

}  // namespace

void measure_cold(contest& x) {
  auto& section = x.report.begin(x.title + ", cold; ms",
                                 {"users", "how", "p50", "p95", "p99", "reads", "p99 on an HDD",
                                  "slowest of git_repository_open / this"});
  for (const auto users : x.asked.users)
    add_rows(x, section, users);
}

}  // namespace headway::repo_open_latency

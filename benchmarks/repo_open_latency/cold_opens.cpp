#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>
#include <benchmarks/repo_open_latency/contest.hpp>
#include <benchmarks/repo_open_latency/page_cache.hpp>

namespace headway::repo_open_latency {

namespace {

// A seek and half a turn at 7,200 turns a minute.
constexpr double hard_disk_milliseconds = 8;

struct cold_figures {
  std::vector<double> milliseconds;
  std::vector<double> from_hard_disk;  ///< With so much for each read of the sample.
  std::vector<double> reads;
};

/// One sample: all users find the cache empty. Answers the slowest.
double sample(contest& x, const way& how, std::size_t users, const slow_disk* disk,
              cold_figures& figures) {
  drop_page_cache(x.repository);
  const auto before = device_reads(x.repository);
  std::vector<double> waits;
  {
    const slow_disk::turning slow{disk};
    waits = open_once(users, how.make);
  }
  const auto after = device_reads(x.repository);
  const double reads = before && after ? static_cast<double>(*after - *before) : 0;
  figures.reads.push_back(reads);
  for (const auto wait : waits) {
    figures.milliseconds.push_back(wait);
    figures.from_hard_disk.push_back(wait + reads * hard_disk_milliseconds);
  }
  return measure::percentile(waits, 100);
}

void add_rows(contest& x, measure::section& section, std::size_t users, std::size_t samples,
              const slow_disk* disk) {
  std::vector<cold_figures> all(x.ways.size());
  std::vector<measure::contender> contenders;
  // The first way is the pool, whose handle stays open: a cold cache is nothing to it.
  for (std::size_t i = 0; i < x.ways.size(); ++i)
    contenders.push_back({x.ways[i].name, [&x, &all, users, disk, i] {
                            return sample(x, x.ways[i], users, disk, all[i]);
                          }});
  const auto slowest = measure::run_rounds(samples, contenders);
  const bool counted = device_reads(x.repository).has_value();
  for (std::size_t i = 0; i < x.ways.size(); ++i) {
    measure::figure reads = std::monostate{};
    measure::figure from_hard_disk = std::monostate{};
    if (counted)
      reads = measure::median(all[i].reads);
    // What was throttled has waited already.
    if (counted && disk == nullptr)
      from_hard_disk = measure::percentile(all[i].from_hard_disk, 99);
    section.add({static_cast<std::uint64_t>(users), x.ways[i].name,
                 measure::percentile(all[i].milliseconds, 50),
                 measure::percentile(all[i].milliseconds, 95),
                 measure::percentile(all[i].milliseconds, 99), reads, from_hard_disk,
                 measure::ratio_of(slowest.back(), slowest[i])});
  }
}

void add_section(contest& x, const std::string& title, const std::vector<std::size_t>& users,
                 std::size_t samples, const slow_disk* disk) {
  auto& section =
      x.report.begin(title, {"users", "how", "p50", "p95", "p99", "reads", "p99 and 8 ms a read",
                             "slowest of git_repository_open / this"});
  for (const auto count : users)
    add_rows(x, section, count, samples, disk);
}

}  // namespace

void measure_cold(contest& x) {
  add_section(x, x.title + ", cold; ms", x.asked.users, x.asked.cold_samples, nullptr);
  if (x.hard_disk != nullptr)
    add_section(x, x.title + ", cold, from an emulated hard disk; ms", x.asked.users,
                x.asked.hard_disk_samples, x.hard_disk);
}

}  // namespace headway::repo_open_latency

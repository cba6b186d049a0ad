#include <string_view>

#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>
#include <benchmarks/repo_open_latency/contest.hpp>

namespace headway::repo_open_latency {

namespace {

// A repository of medium size, as the review has it.
constexpr std::string_view judged_repository = "10000_commits";
constexpr double most_ms = 50;

void add_rows(contest& x, measure::section& section, std::size_t users) {
  std::vector<std::vector<double>> all(x.ways.size());
  std::vector<measure::contender> contenders;
  for (std::size_t i = 0; i < x.ways.size(); ++i)
    contenders.push_back({x.ways[i].name, [&x, &all, users, i] {
                            const auto waits = open_for(users, x.asked.each, x.ways[i].make);
                            all[i].insert(all[i].end(), waits.begin(), waits.end());
                            return measure::percentile(waits, 99);
                          }});
  const auto p99 = measure::run_rounds(x.asked.rounds, contenders);
  const auto seconds =
      std::chrono::duration<double>(x.asked.each).count() * static_cast<double>(x.asked.rounds);
  for (std::size_t i = 0; i < x.ways.size(); ++i)
    section.add({static_cast<std::uint64_t>(users), x.ways[i].name,
                 static_cast<double>(all[i].size()) / seconds, measure::percentile(all[i], 50),
                 measure::percentile(all[i], 95), measure::percentile(all[i], 99),
                 measure::percentile(all[i], 100), measure::ratio_of(p99.back(), p99[i])});
  // Of the first way, ours, against the last.
  const auto key = "." + x.key + "." + std::to_string(users) + "_users";
  x.report.name("lease_p99_ms" + key, measure::percentile(all.front(), 99));
  x.report.name("libgit2_p50_ms" + key, measure::percentile(all.back(), 50));
  x.report.name("libgit2_p99_ms" + key, measure::percentile(all.back(), 99));
  x.report.name("libgit2_over_lease_p99" + key, measure::ratio_of(p99.back(), p99.front()));
  if (x.key != judged_repository)
    return;
  const auto lease = measure::percentile(all.front(), 99);
  x.report.judge("a lease, " + x.title + ", " + std::to_string(users) + " at once: p99 < 50 ms",
                 lease, lease < most_ms);
}

}  // namespace

void measure_warm(contest& x) {
  auto& section =
      x.report.begin(x.title + ", warm; ms", {"users", "how", "opens/s", "p50", "p95", "p99",
                                              "greatest", "p99 of git_repository_open / this"});
  for (const auto users : x.asked.users)
    add_rows(x, section, users);
}

}  // namespace headway::repo_open_latency

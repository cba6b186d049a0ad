#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include <benchmarks/graph_queries/contest_clone.hpp>
#include <benchmarks/graph_queries/in_process.hpp>
#include <benchmarks/graph_queries/sections.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>

namespace headway::graph_queries {

namespace {

/// A walk may take milliseconds a pair; so many show what one costs.
constexpr std::size_t most_walked = 100;
constexpr std::size_t batches_a_round = 40;

class batch_contest {
 public:
  batch_contest(contest& x, std::size_t size)
      : x_{x},
        clone_{make_contest_clone(x.of, x.scratch / "batch", branch_like_tips(x.of, size, x.random),
                                  graph_files::as_they_are)},
        newest_{x.asked.newest_git} {
    for (const auto& [name, pair] : clone_.branches)
      pairs_.push_back(pair);
    for (std::size_t i = 0; i < batches_a_round; ++i) {
      auto& batch = batches_.emplace_back();
      for (const auto& tip : branch_like_tips(x.of, size, x.random))
        batch.push_back({tip, x.of.main_tip()});
    }
  }

  void add_to(measure::section& section) {
    compare_answers();
    std::vector<measure::contender> contenders{{"index", [this] { return index(); }},
                                               {"walk", [this] { return walk(); }}};
    if (walks_are_short())
      contenders.push_back({"track", [this] { return track(); }});
    if (x_.has_newest())
      contenders.push_back({"ahead-behind", [this] { return ahead_behind(); }});
    const auto costs = measure::run_rounds(x_.asked.rounds, contenders);
    const auto* by_track = walks_are_short() ? &costs[2] : nullptr;
    const auto* by_newest = x_.has_newest() ? &costs.back() : nullptr;
    const auto samples = measure::summarize(samples_);
    const auto track_ratio = ratio(by_track, costs[0]);
    const auto newest_ratio = ratio(by_newest, costs[0]);
    std::vector<measure::figure> row{static_cast<std::uint64_t>(pairs_.size()),
                                     1e6 * measure::median(costs[0]),
                                     samples.p50,
                                     samples.p95,
                                     samples.p99,
                                     1e6 * measure::median(costs[1])};
    for (const auto& figure :
         {microseconds(by_track), microseconds(by_newest), track_ratio, newest_ratio})
      row.push_back(figure);
    section.add(std::move(row));
    const auto key = "." + std::to_string(pairs_.size()) + "_pairs" + x_.key;
    x_.report.name("batch_p99_us" + key, samples.p99);
    x_.report.name("walk_over_index" + key, measure::ratio_of(costs[1], costs[0]));
    if (by_track != nullptr)
      x_.report.name("git_track_over_index" + key, track_ratio);
    if (by_newest != nullptr)
      x_.report.name("git_ahead_behind_over_index" + key, newest_ratio);
  }

 private:
  void compare_answers() {
    const auto compare = [&](const std::string& who, counterpart kind,
                             const counted_branches& theirs) {
      for (const auto& [name, pair] : clone_.branches)
        x_.answers.compare(who, kind, x_.of, pair, count_one(*x_.indexed, pair),
                           theirs.counts.at(name));
    };
    if (walks_are_short())
      compare("git for-each-ref %(upstream:track)", counterpart::dated, git_.track(clone_.path));
    if (x_.has_newest())
      compare("newest git for-each-ref %(ahead-behind)", counterpart::exact,
              newest_.ahead_behind_of(clone_.path, "refs/remotes/origin/main"));
  }

  /// The mean over batches; each is a sample of its own too.
  double index() {
    graph::count(*x_.indexed, pairs_);
    double all = 0;
    for (const auto& batch : batches_) {
      const auto seconds = seconds_of([&] { graph::count(*x_.indexed, batch); });
      samples_.push_back(1e6 * seconds);
      all += seconds;
    }
    return all / static_cast<double>(batches_.size());
  }

  /// Scaled up from those that were walked.
  double walk() {
    const std::span<const tip_pair> some{pairs_.data(), std::min(pairs_.size(), most_walked)};
    return seconds_of([&] { graph::count(*x_.walked, some); }) *
           static_cast<double>(pairs_.size()) / static_cast<double>(some.size());
  }

  double track() { return measure::in_seconds(git_.track(clone_.path).cost.wall); }

  double ahead_behind() {
    return measure::in_seconds(
        newest_.ahead_behind_of(clone_.path, "refs/remotes/origin/main").cost.wall);
  }

  bool walks_are_short() const { return x_.walks_are_short(pairs_.size()); }

  // Of what was measured; nothing otherwise.
  static measure::figure microseconds(const std::vector<double>* seconds) {
    return seconds != nullptr ? measure::figure{1e6 * measure::median(*seconds)}
                              : measure::figure{};
  }
  static measure::figure ratio(const std::vector<double>* other, const std::vector<double>& index) {
    return other != nullptr ? measure::figure{measure::ratio_of(*other, index)} : measure::figure{};
  }

  contest& x_;
  contest_clone clone_;
  git_counts git_{"git"};
  git_counts newest_;
  std::vector<tip_pair> pairs_;
  std::vector<std::vector<tip_pair>> batches_;
  std::vector<double> samples_;
};

}  // namespace

void measure_batches(contest& x) {
  auto& section = x.report.begin(
      x.title("branches against one base; warm in process, git as a process; us a batch"),
      {"pairs", "index mean", "p50", "p95", "p99", "walk", "git track", "newest ahead-behind",
       "track / index", "ahead-behind / index"});
  for (const std::size_t size : {1, 10, 100, 1'000})
    if (size <= x.asked.whole_branches)
      batch_contest{x, size}.add_to(section);
}

}  // namespace headway::graph_queries

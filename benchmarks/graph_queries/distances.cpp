#include <algorithm>

#include <benchmarks/graph_queries/in_process.hpp>
#include <benchmarks/graph_queries/libgit2_counts.hpp>
#include <benchmarks/graph_queries/sections.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>

namespace headway::graph_queries {

namespace {

/// The others need up to seconds for a pair, and get so many of each class.
std::size_t share_of_others(std::uint64_t distance) {
  return distance <= 1'000 ? 20 : distance <= 10'000 ? 10 : distance <= 100'000 ? 3 : 1;
}

/// Pairs of one distance through all contenders.
class distance_contest {
 public:
  distance_contest(contest& x, const distance_class& pairs, const libgit2_counts& libgit2)
      : x_{x},
        pairs_{pairs.pairs},
        few_{pairs_.begin(), pairs_.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                  pairs_.size(), share_of_others(pairs.distance)))},
        warm_up_{pairs.distance <= 1'000 ? warm_up::needed : warm_up::useless},
        libgit2_{libgit2} {}

  measure::round_costs run() {
    compare_answers();
    const std::vector<measure::contender> contenders{
        {"index", [this] { return index(); }},
        {"walk", [this] { return walk(); }},
        {"libgit2", [this] { return libgit2(); }},
        {"rev-list", [this] { return rev_list(); }},
    };
    return measure::run_rounds(x_.asked.rounds, contenders);
  }

  /// Each pair on its own, in microseconds, the clock's 0.03 included.
  const std::vector<double>& index_samples() const { return index_samples_; }

 private:
  /// Also warms everybody's caches.
  void compare_answers() {
    for (const auto& pair : pairs_) {
      const auto ours = count_one(*x_.indexed, pair);
      x_.answers.compare("Headway, walking", counterpart::exact, x_.of, pair, ours,
                         count_one(*x_.walked, pair));
    }
    for (const auto& pair : few_) {
      const auto ours = count_one(*x_.indexed, pair);
      x_.answers.compare("libgit2", counterpart::dated, x_.of, pair, ours, libgit2_.count(pair));
      x_.answers.compare("git rev-list", counterpart::dated, x_.of, pair, ours,
                         git_.rev_list(x_.of.path(), pair).counts);
    }
  }

  double index() {
    const auto count_all = [this] {
      for (const auto& pair : pairs_)
        count_one(*x_.indexed, pair);
    };
    // Whoever took a turn before has filled the processor's caches with what is its own.
    count_all();
    const auto mean = seconds_of(count_all);
    for (const auto& pair : pairs_)
      index_samples_.push_back(1e6 * seconds_of([&] { count_one(*x_.indexed, pair); }));
    return mean / static_cast<double>(pairs_.size());
  }

  double walk() {
    return warm_per_pair([this](const tip_pair& pair) { count_one(*x_.walked, pair); });
  }

  double libgit2() {
    return warm_per_pair([this](const tip_pair& pair) { libgit2_.count(pair); });
  }

  template <class Count>
  double warm_per_pair(Count count) const {
    const auto count_all = [&] { std::ranges::for_each(few_, count); };
    // For the same reason; what takes milliseconds does not need it.
    if (warm_up_ == warm_up::needed)
      count_all();
    return per_pair(seconds_of(count_all));
  }

  double rev_list() {
    std::chrono::nanoseconds wall{};
    for (const auto& pair : few_)
      wall += git_.rev_list(x_.of.path(), pair).cost.wall;
    return per_pair(measure::in_seconds(wall));
  }

  double per_pair(double seconds) const { return seconds / static_cast<double>(few_.size()); }

  contest& x_;
  const std::vector<tip_pair>& pairs_;
  std::vector<tip_pair> few_;
  enum class warm_up : std::uint8_t { needed, useless } warm_up_;
  const libgit2_counts& libgit2_;
  git_counts git_{"git"};
  std::vector<double> index_samples_;
};

}  // namespace

std::vector<measure::curve> measure_distances(contest& x) {
  auto& section =
      x.report.begin(x.title("one pair by distance; warm; us a pair"),
                     {"distance", "pairs", "index mean", "p50", "p95", "p99", "walk", "libgit2",
                      "git rev-list", "libgit2 / index", "rev-list / index", "rev-list / walk"});
  const std::vector<std::string> names{"index", "walk", "libgit2", "git rev-list"};
  std::vector<measure::curve> curves;
  for (const auto& name : names)
    curves.push_back({name + ", " + x.of.name(), {}});
  const libgit2_counts libgit2{x.of.path()};
  for (const auto& one : pairs_by_distance(x.of, *x.indexed, x.asked.pairs, x.random)) {
    distance_contest pairs{x, one, libgit2};
    const auto costs = pairs.run();
    const auto samples = measure::summarize(pairs.index_samples());
    std::vector<double> medians;
    for (std::size_t i = 0; i < names.size(); ++i) {
      medians.push_back(1e6 * measure::median(costs[i]));
      curves[i].points.emplace_back(one.distance, medians[i]);
    }
    section.add({one.distance, static_cast<std::uint64_t>(one.pairs.size()), medians[0],
                 samples.p50, samples.p95, samples.p99, medians[1], medians[2], medians[3],
                 measure::ratio_of(costs[2], costs[0]), measure::ratio_of(costs[3], costs[0]),
                 measure::ratio_of(costs[3], costs[1])});
  }
  return curves;
}

}  // namespace headway::graph_queries

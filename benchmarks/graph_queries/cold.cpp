#include <benchmarks/graph_queries/in_process.hpp>
#include <benchmarks/graph_queries/libgit2_counts.hpp>
#include <benchmarks/graph_queries/sections.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>

namespace headway::graph_queries {

namespace {

/// A pair as most are: some hundred apart.
tip_pair usual_pair(contest& x) {
  for (auto& one : pairs_by_distance(x.of, *x.indexed, 5, x.random))
    if (one.distance == 100)
      return one.pairs.front();
  return {x.of.main_tip(), x.of.commits().back()};
}

class cold_contest {
 public:
  explicit cold_contest(contest& x) : x_{x}, pair_{usual_pair(x)} {}

  void run() {
    const std::vector<measure::contender> contenders{
        {"load", [this] { return load(); }},          {"index", [this] { return index(); }},
        {"first", [this] { return first_answer(); }}, {"libgit2", [this] { return libgit2(); }},
        {"rev-list", [this] { return rev_list(); }},
    };
    const auto costs = measure::run_rounds(x_.asked.rounds, contenders);
    auto& section = x_.report.begin(
        x_.title("nothing loaded yet, files in the page cache; ms"),
        {"commits", "in files", "load", "ns a commit", "index", "ns a commit ", "load and one pair",
         "libgit2 open and one pair", "git rev-list", "libgit2 / ours", "rev-list / ours"});
    const auto commits = static_cast<double>(x_.walked->size());
    section.add({static_cast<std::uint64_t>(x_.walked->size()), in_files_,
                 1e3 * measure::median(costs[0]), 1e9 * measure::median(costs[0]) / commits,
                 1e3 * measure::median(costs[1]), 1e9 * measure::median(costs[1]) / commits,
                 1e3 * measure::median(costs[2]), 1e3 * measure::median(costs[3]),
                 1e3 * measure::median(costs[4]), measure::ratio_of(costs[3], costs[2]),
                 measure::ratio_of(costs[4], costs[2])});
  }

 private:
  double load() {
    return seconds_of([&] { in_files_ = graph::commit_graph::load(x_.of.source())->size(); });
  }

  double index() {
    return seconds_of([&] { graph::commit_graph::index(x_.walked, {&x_.of.main_tip(), 1}); });
  }

  double first_answer() {
    return seconds_of([&] {
      const std::vector<oid> tips{pair_.local, pair_.upstream};
      const auto [graph, unreachable] = graph::commit_graph::extend(
          graph::commit_graph::load(x_.of.source()), tips, x_.of.object_reader());
      count_one(*graph, pair_);
    });
  }

  double libgit2() {
    return seconds_of([&] { libgit2_counts{x_.of.path()}.count(pair_); });
  }

  double rev_list() { return measure::in_seconds(git_.rev_list(x_.of.path(), pair_).cost.wall); }

  contest& x_;
  tip_pair pair_;
  git_counts git_{"git"};
  std::uint64_t in_files_ = 0;
};

}  // namespace

void measure_cold(contest& x) {
  cold_contest{x}.run();
}

}  // namespace headway::graph_queries

#include <thread>

#include <benchmarks/graph_queries/in_process.hpp>
#include <benchmarks/graph_queries/sections.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>

namespace headway::graph_queries {

namespace {

/// Counts the pairs, each thread every second one so that far pairs do not all fall to one.
double seconds_on(std::size_t threads, const graph::commit_graph& graph,
                  const std::vector<tip_pair>& pairs) {
  std::vector<std::vector<tip_pair>> shares(threads);
  for (std::size_t i = 0; i < pairs.size(); ++i)
    shares[i % threads].push_back(pairs[i]);
  return seconds_of([&] {
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < threads; ++i)
      others.emplace_back([&graph, &share = shares[i]] { graph::count(graph, share); });
    graph::count(graph, shares[0]);
    for (auto& other : others)
      other.join();
  });
}

void add_row(contest& x, measure::section& section, const std::string& how,
             const graph::commit_graph& graph, std::size_t pair_count) {
  std::vector<tip_pair> pairs;
  for (const auto& tip : branch_like_tips(x.of, pair_count, x.random))
    pairs.push_back({tip, x.of.main_tip()});
  const std::vector<measure::contender> contenders{
      {"one", [&] { return seconds_on(1, graph, pairs); }},
      {"two", [&] { return seconds_on(2, graph, pairs); }}};
  const auto costs = measure::run_rounds(x.asked.rounds, contenders);
  section.add({how, static_cast<std::uint64_t>(pairs.size()), 1e3 * measure::median(costs[0]),
               1e3 * measure::median(costs[1]), measure::ratio_of(costs[0], costs[1])});
  x.report.name("one_thread_over_two." + how + x.key, measure::ratio_of(costs[0], costs[1]));
}

}  // namespace

void measure_threads(contest& x) {
  auto& section = x.report.begin(x.title("one thread and two; ms"),
                                 {"how", "pairs", "one", "two", "one / two"});
  // Enough that starting a thread, some 30 us, does not show; a walk takes far longer a pair.
  add_row(x, section, "walk", *x.walked, x.of.commits().size() > 1'000'000 ? 500 : 2'000);
  add_row(x, section, "index", *x.indexed, 200'000);
}

}  // namespace headway::graph_queries

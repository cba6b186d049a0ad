/// Counting here, with the time it took.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include <benchmarks/measure/stopwatch.hpp>

#include <messages/graph.hpp>
#include <storage/graph/ahead_behind.hpp>

namespace headway::graph_queries {

inline ahead_behind count_one(const graph::commit_graph& graph, const tip_pair& pair) {
  return graph::count(graph, {&pair, 1}).front().counts.value();
}

/// Seconds that `work` takes once.
template <class Work>
double seconds_of(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return measure::in_seconds(std::chrono::steady_clock::now() - begin);
}

}  // namespace headway::graph_queries

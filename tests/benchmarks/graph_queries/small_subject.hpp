/// A made-up repository to count in, small enough for tests.
#pragma once

#include <string_view>

#include <benchmarks/graph_queries/sections.hpp>
#include <benchmarks/graph_queries/subject.hpp>
#include <benchmarks/history/synthetic_repository.hpp>
#include <tests/support/sandbox.hpp>

namespace headway::test {

struct small_subject {
  sandbox box;
  graph_queries::subject of{history::kernel_repository(
      box / "cache", {.commits = 2'000, .branches = 20}, [](std::string_view) {})};

  graph::commit_graph_ptr indexed() const {
    auto tips = of.tips();
    return graph::commit_graph::index(
        graph::commit_graph::extend(graph::commit_graph::load(of.source()), tips,
                                    of.object_reader())
            .graph,
        {&of.main_tip(), 1});
  }

  ahead_behind by_git(const tip_pair& pair) const {
    return graph_queries::git_counts{"git"}.rev_list(of.path(), pair).counts;
  }
};

}  // namespace headway::test

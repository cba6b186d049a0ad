#include <stdexcept>

#include <benchmarks/graph_queries/sections.hpp>

#include <messages/error.hpp>

namespace headway::graph_queries {

contest begin_contest(const subject& of, const options& asked, measure::report& report,
                      verdicts& answers, std::filesystem::path scratch) {
  auto tips = of.tips();
  tips.push_back(of.main_tip());
  auto [walked, unreachable] =
      graph::commit_graph::extend(graph::commit_graph::load(of.source()), tips, of.object_reader());
  if (!unreachable.empty())
    throw std::runtime_error(of.name() + ": " + describe(unreachable.front().second));
  auto indexed = graph::commit_graph::index(walked, {&of.main_tip(), 1});
  return {.of = of,
          .asked = asked,
          .report = report,
          .answers = answers,
          .scratch = std::move(scratch),
          .walked = std::move(walked),
          .indexed = std::move(indexed)};
}

}  // namespace headway::graph_queries

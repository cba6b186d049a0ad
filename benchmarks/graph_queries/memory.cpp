#include <benchmarks/graph_queries/sections.hpp>

namespace headway::graph_queries {

void measure_memory(contest& x) {
  auto& section = x.report.begin(x.title("bytes a commit in memory"),
                                 {"commits", "graph", "index", "both", "with mapped files"});
  const auto commits = static_cast<double>(x.walked->size());
  const auto graph = static_cast<double>(x.walked->own_bytes());
  const auto both = static_cast<double>(x.indexed->own_bytes());
  section.add({static_cast<std::uint64_t>(x.walked->size()), graph / commits,
               (both - graph) / commits, both / commits,
               static_cast<double>(x.indexed->memory_bytes()) / commits});
}

}  // namespace headway::graph_queries

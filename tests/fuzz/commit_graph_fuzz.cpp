// Git's commit-graph file.
#include <tests/fuzz/input.hpp>

#include <storage/graph/commit_graph_file.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headway;
  const fuzz::scratch_file file{fuzz::text_of(data, size)};
  auto opened = graph::commit_graph_file::open(file.path());
  if (!opened)
    return 0;
  static_cast<void>(opened->base_layers());
  for (std::uint32_t i = 0; i < opened->size(); ++i)
    fuzz::expect(opened->find(opened->id(i)) == i, "an id is found where it stands");
  static_cast<void>(opened->find(oid{}));
  graph::graph_rows rows;
  if (opened->append_rows(rows)) {
    fuzz::expect(rows.size() == 0 && rows.other_parents.empty(), "a refused file leaves no rows");
    return 0;
  }
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const auto parent = rows.first_parents[i];
    fuzz::expect(parent == graph::graph_rows::no_parent || parent < rows.size(),
                 "parents are commits of the file");
    if (parent != graph::graph_rows::no_parent)
      fuzz::expect(rows.levels[parent] < rows.levels[i], "levels grow from parent to child");
  }
  opened->keep_only_ids();
  return 0;
}

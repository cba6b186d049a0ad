// The list of the layers of a split commit-graph, and one layer: the input is the list, a zero byte
// and the layer, which lies where the first line of the list says.
#include <filesystem>
#include <fstream>

#include <tests/fuzz/input.hpp>

#include <storage/graph/commit_graph_chain.hpp>

namespace {

void write(const std::filesystem::path& path, std::string_view content) {
  std::ofstream{path, std::ios::binary | std::ios::trunc}.write(content.data(),
                                                                std::streamsize(content.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headway;
  static const auto objects =
      std::filesystem::path{"/dev/shm"} / ("headway-fuzz-" + std::to_string(::getpid()));
  static const auto folder = objects / "info/commit-graphs";
  static const bool made = std::filesystem::create_directories(folder);
  static_cast<void>(made);
  const auto text = fuzz::text_of(data, size);
  const auto end = text.find('\0');
  const auto list = text.substr(0, end);
  write(folder / "commit-graph-chain", list);
  std::filesystem::path layer;
  if (end != std::string_view::npos && oid::from_hex(list.substr(0, 40)))
    layer = folder / ("graph-" + std::string{list.substr(0, 40)} + ".graph");
  if (!layer.empty())
    write(layer, text.substr(end + 1));
  const auto chain = graph::open_commit_graphs({objects.string()});
  std::uint32_t commits = 0;
  for (const auto& one : chain.layers)
    commits += one.size();
  fuzz::expect(chain.rows.size() == commits, "each commit of a layer has a row");
  if (!layer.empty())
    std::filesystem::remove(layer);
  return 0;
}

/// Git's commit-graph format (gitformat-commit-graph(5)), as far as the reader and the writer share
/// it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace headway::graph::commit_graph_format {

inline constexpr std::size_t header_bytes = 8;
inline constexpr std::size_t table_row_bytes = 12;
inline constexpr std::size_t id_bytes = 20;
inline constexpr std::size_t data_row_bytes = id_bytes + 16;
inline constexpr std::size_t fanout_bytes = 256 * 4;

inline constexpr std::uint32_t no_parent_in_file = 0x70000000;
// On a second parent: it is the start of an edge list. In an edge list: its last.
inline constexpr std::uint32_t flag = 0x80000000;

constexpr std::uint32_t chunk_name(const char (&text)[5]) noexcept {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i)
    value = value << 8 | static_cast<std::uint8_t>(text[i]);
  return value;
}

}  // namespace headway::graph::commit_graph_format

/// Looking into commit-graph files, and changing them, byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <messages/ids.hpp>

namespace headway::test {

/// As Git replaces files: never in what another has mapped.
inline void replace_file(const std::filesystem::path& file, const std::string& content) {
  std::filesystem::remove(file);
  std::ofstream{file, std::ios::binary} << content;
}

inline std::uint32_t word_at(const std::string& content, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<std::uint8_t>(content[offset + i]);
  return value;
}

inline void set_word(std::string& content, std::size_t offset, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i)
    content[offset + i] = static_cast<char>(value >> (24 - 8 * i));
}

struct extent {
  std::size_t from = 0;
  std::size_t until = 0;
};

/// Nothing when the file has no such chunk.
inline extent chunk(const std::string& content, const std::string& name) {
  for (std::size_t row = 8;; row += 12) {
    if (content.substr(row, 4) == name)
      return {word_at(content, row + 8), word_at(content, row + 20)};
    if (word_at(content, row) == 0)
      return {};
  }
}

/// Where the file lists a commit. REQUIRES: it does.
inline std::uint32_t position_of(const std::string& content, const oid& commit) {
  const std::string id{commit.bytes.begin(), commit.bytes.end()};
  auto at = chunk(content, "OIDL").from;
  std::uint32_t position = 0;
  for (; content.compare(at, id.size(), id) != 0; at += id.size())
    ++position;
  return position;
}

/// The first parent in a commit's row, as a position. REQUIRES: the file lists both.
inline void set_first_parent(std::string& content, const oid& commit, std::uint32_t parent) {
  constexpr std::size_t row_length = 36;
  constexpr std::size_t tree_length = 20;
  set_word(content,
           chunk(content, "CDAT").from + row_length * position_of(content, commit) + tree_length,
           parent);
}

}  // namespace headway::test

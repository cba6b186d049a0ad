/// A file as bytes in memory, read-only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <caf/expected.hpp>

namespace headway::graph {

/// Owns a mapping, or a copy when the file is small. Renaming over the file or deleting it leaves
/// the bytes as they were. Cutting the file short in place would raise SIGBUS on a mapping: Git
/// never does (it renames a finished file into place), and files below `copied_below_bytes` are
/// immune. Not thread-safe while it changes; afterwards any thread may read.
class mapped_file {
 public:
  static constexpr std::size_t copied_below_bytes = std::size_t{1} << 20;

  /// `not_found` when there is no such file, `permission_denied`, or `io`; nothing but a regular
  /// file is read.
  static caf::expected<mapped_file> open(const std::string& path);

  mapped_file() = default;
  mapped_file(mapped_file&& other) noexcept;
  mapped_file& operator=(mapped_file&& other) noexcept;
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  ~mapped_file();

  std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }

  /// Gives back all memory but that of `part`, which then is what `bytes` answers.
  /// REQUIRES: `part` lies within `bytes()`.
  void keep_only(std::span<const std::uint8_t> part);

  bool mapped() const noexcept { return mapping_ != nullptr; }

 private:
  caf::error fill(int descriptor, const std::string& path);
  void unmap() noexcept;
  void swap(mapped_file& other) noexcept;

  std::span<const std::uint8_t> bytes_;
  std::vector<std::uint8_t> copy_;
  void* mapping_ = nullptr;
  std::size_t mapping_length_ = 0;
};

}  // namespace headway::graph

/// What a fuzz target gets, in the forms that parsers take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

namespace headway::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// A regular file in memory that holds the input, for parsers that take a path.
class scratch_file {
 public:
  explicit scratch_file(std::string_view content) : descriptor_(::memfd_create("input", 0)) {
    if (descriptor_ < 0 ||
        ::write(descriptor_, content.data(), content.size()) != ssize_t(content.size()))
      std::abort();
  }
  ~scratch_file() { ::close(descriptor_); }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// A folder in memory that ends with the process, for parsers that take one.
class scratch_folder {
 public:
  scratch_folder() {
    std::string pattern = "/dev/shm/headway-fuzz-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr)
      std::abort();
    path_ = pattern;
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void write(const char* name, std::string_view content) const {
    std::ofstream{path_ / name, std::ios::binary | std::ios::trunc} << content;
  }

  void empty() const {
    for (const auto& entry : std::filesystem::directory_iterator{path_})
      std::filesystem::remove_all(entry.path());
  }

 private:
  std::filesystem::path path_;
};

/// A statement about what a parser gave back; ends the process when it does not hold.
inline void expect(bool holds, const char* statement) {
  if (holds)
    return;
  std::fprintf(stderr, "does not hold: %s\n", statement);
  std::abort();
}

/// Whether a terminal and a log line survive it.
inline bool is_printable_line(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return false;
  return true;
}

}  // namespace headway::fuzz

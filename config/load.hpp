/// Reads a configuration file. All that is wrong with it is reported together, but for syntax
/// errors: reading ends at the first.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <config/diagnostic.hpp>
#include <config/engine_config.hpp>

namespace headway {

struct load_result {
  /// What the source says, over the defaults; to be used only if `ok()`.
  node_config config;
  /// In the order of the source.
  std::vector<diagnostic> diagnostics;

  bool ok() const noexcept { return diagnostics.empty(); }
};

/// Larger files are refused: no configuration is that large.
inline constexpr std::size_t max_config_size = 1ull << 20;

/// Reads a regular file. Never throws, but for lack of memory.
load_result load_file(const std::filesystem::path& path);

/// Reads TOML; `name` stands for the file in diagnostics. Never throws, but for lack of memory.
load_result load_text(std::string_view text, std::string_view name);

}  // namespace headway

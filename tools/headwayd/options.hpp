/// The command line of `headwayd`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tools/process/command_words.hpp>
#include <tools/process/early_end.hpp>

namespace headway::tools {

struct node_options {
  enum class work : std::uint8_t { serve, check_config, print_config };
  enum class memory : std::uint8_t { data_directory, none };

  work task = work::serve;
  std::optional<std::string> config_file;
  std::vector<std::string> overrides;  ///< KEY=VALUE, in order.
  std::optional<std::string> log_level;
  memory keeps = memory::data_directory;
  std::vector<std::string> add;
  std::vector<std::string> discover;
  bool status_table = false;
};

/// The whole command line, described.
command_words headwayd_words();

/// `arguments` without the program's own name.
std::variant<node_options, early_end> parse_node_options(std::vector<std::string> arguments);

}  // namespace headway::tools

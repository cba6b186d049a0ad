/// Reads a scenario. All that is wrong with it is reported together, with line and column, but for
/// syntax errors: reading ends at the first.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include <config/diagnostic.hpp>
#include <tools/load/scenario.hpp>

namespace headway::load {

struct read_scenario {
  scenario plan;                     ///< To be used only without problems.
  std::vector<diagnostic> problems;  ///< In the order of the file.
};

/// Never throws, but for lack of memory.
read_scenario read_scenario_file(const std::filesystem::path& file);
read_scenario read_scenario_text(std::string_view text, std::string_view name);

}  // namespace headway::load

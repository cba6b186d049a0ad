/// From a command line to the configuration that applies.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include <config/diagnostic.hpp>
#include <config/engine_config.hpp>
#include <tools/headwayd/options.hpp>
#include <tools/process/directories.hpp>

namespace headway::tools {

struct node_configuration {
  node_config config;
  std::optional<std::filesystem::path> file;  ///< That was read.
  std::vector<diagnostic> problems;           ///< All of them; `config` is to be used only without.
};

/// Defaults, then the file, then `--set`, then the other flags. An empty `database.directory`
/// becomes the state directory of the person, unless nothing is to be kept.
node_configuration configure(const node_options& options, const environment& variables);

}  // namespace headway::tools

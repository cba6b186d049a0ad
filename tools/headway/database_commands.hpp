/// `headway db`: what a person does to the database of a node. Answers the exit status.
#pragma once

#include <optional>
#include <string>

#include <caf/expected.hpp>

#include <tools/headway/console.hpp>
#include <tools/headway/options.hpp>
#include <tools/process/directories.hpp>

namespace headway::tools {

int run_database(const database_command& command, console& out);

/// The data directory: as named, or else that of the usual configuration file, or else the state
/// directory of the person, as `headwayd` chooses it.
caf::expected<std::string> data_directory(const std::optional<std::string>& named,
                                          const environment& variables);

}  // namespace headway::tools

/// Where a person's files of Headway lie: the XDG base directory specification 0.8.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

namespace headway::tools {

/// The value of an environment variable, if it is set.
using environment = std::function<std::optional<std::string>(std::string_view name)>;

/// Of this process.
environment process_environment();

/// $XDG_STATE_HOME/headway or ~/.local/state/headway. `config` when neither variable helps.
caf::expected<std::filesystem::path> state_directory(const environment& variables);

/// $XDG_CACHE_HOME/headway or ~/.cache/headway. `config` when neither variable helps.
caf::expected<std::filesystem::path> cache_directory(const environment& variables);

/// $XDG_CONFIG_HOME/headway/headwayd.toml or ~/.config/headway/headwayd.toml.
caf::expected<std::filesystem::path> usual_config_file(const environment& variables);

/// The nearest folder at or above `start` that holds a ".git": the work tree that `start` is part
/// of.
std::optional<std::filesystem::path> enclosing_work_tree(const std::filesystem::path& start);

}  // namespace headway::tools

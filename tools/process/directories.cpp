#include <cstdlib>
#include <system_error>

#include <messages/error.hpp>
#include <tools/process/directories.hpp>

namespace headway::tools {

namespace {

namespace fs = std::filesystem;

/// The specification has relative paths ignored.
std::optional<fs::path> absolute_path_in(const environment& variables, std::string_view name) {
  const auto value = variables(name);
  if (!value || !fs::path{*value}.is_absolute())
    return std::nullopt;
  return fs::path{*value};
}

caf::expected<fs::path> base(const environment& variables, std::string_view variable,
                             std::string_view below_home) {
  if (const auto told = absolute_path_in(variables, variable))
    return *told;
  if (const auto home = absolute_path_in(variables, "HOME"))
    return *home / below_home;
  return make_error(ec::config, "neither $" + std::string{variable} +
                                    " nor $HOME holds an absolute path; set one of them");
}

}  // namespace

environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const auto* value = std::getenv(std::string{name}.c_str());
    if (value == nullptr)
      return std::nullopt;
    return std::string{value};
  };
}

caf::expected<fs::path> state_directory(const environment& variables) {
  auto folder = base(variables, "XDG_STATE_HOME", ".local/state");
  if (!folder)
    return folder;
  return *folder / "headway";
}

caf::expected<fs::path> cache_directory(const environment& variables) {
  auto folder = base(variables, "XDG_CACHE_HOME", ".cache");
  if (!folder)
    return folder;
  return *folder / "headway";
}

caf::expected<fs::path> usual_config_file(const environment& variables) {
  auto folder = base(variables, "XDG_CONFIG_HOME", ".config");
  if (!folder)
    return folder;
  return *folder / "headway" / "headwayd.toml";
}

std::optional<fs::path> enclosing_work_tree(const fs::path& start) {
  std::error_code ignored;
  for (auto folder = start; !folder.empty(); folder = folder.parent_path()) {
    if (fs::exists(folder / ".git", ignored))
      return folder;
    if (folder == folder.root_path())
      break;
  }
  return std::nullopt;
}

}  // namespace headway::tools

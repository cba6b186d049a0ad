// Where Git's configuration files lie: git-config(1), FILES and ENVIRONMENT.
#include <cstdlib>
#include <string_view>

#include <storage/git/settings.hpp>

namespace headway::git {

namespace {

std::string environment(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_true(std::string_view text) {
  return text == "1" || text == "true" || text == "yes" || text == "on";
}

void add_personal(std::vector<std::string>& files) {
  if (std::getenv("GIT_CONFIG_GLOBAL") != nullptr) {
    if (auto file = environment("GIT_CONFIG_GLOBAL"); !file.empty())
      files.push_back(std::move(file));
    return;
  }
  const auto home = environment("HOME");
  const auto xdg = environment("XDG_CONFIG_HOME");
  if (!xdg.empty())
    files.push_back(xdg + "/git/config");
  else if (!home.empty())
    files.push_back(home + "/.config/git/config");
  if (!home.empty())
    files.push_back(home + "/.gitconfig");
}

}  // namespace

std::vector<std::string> outer_config_files() {
  std::vector<std::string> result;
  if (!is_true(environment("GIT_CONFIG_NOSYSTEM"))) {
    const auto system = environment("GIT_CONFIG_SYSTEM");
    result.push_back(system.empty() ? "/etc/gitconfig" : system);
  }
  add_personal(result);
  return result;
}

std::vector<std::string> inner_config_files(const repository_location& location) {
  return {location.common_dir + "/config", location.git_dir + "/config.worktree"};
}

}  // namespace headway::git

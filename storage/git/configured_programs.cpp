#include <algorithm>

#include <messages/error.hpp>
#include <storage/git/configured_programs.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

bool is_trusted_repository(const repository_location& location,
                           const std::vector<std::string>& trusted) {
  return std::ranges::any_of(trusted, [&](std::string_view folder) {
    while (folder.ends_with('/'))
      folder.remove_suffix(1);
    const std::string_view path{location.path};
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
  });
}

caf::error untrusted_program(const repository_location& location, std::string_view key) {
  return make_error(ec::config,
                    location.path + ": its own configuration sets " + std::string{key} +
                        ", which makes git run a program; if you trust it, add '" + location.path +
                        "' to fetch.trusted_repositories, or move the setting to your personal "
                        "configuration (git config --global)");
}

caf::error check_configured_programs(const repository_location& location,
                                     const std::vector<std::string>& trusted) {
  if (is_trusted_repository(location, trusted))
    return {};
  const auto configured = read_settings(location, nullptr, branch_sections::passed_over);
  if (!configured)
    return configured.error();
  if (configured->programs.empty())
    return {};
  return untrusted_program(location, configured->programs.front());
}

}  // namespace headway::git

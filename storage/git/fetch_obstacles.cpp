#include <messages/error.hpp>
#include <storage/git/configured_programs.hpp>
#include <storage/git/fetch_command.hpp>
#include <storage/git/fetch_obstacles.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

std::vector<std::string> obstacles_to_fetching(const repository_location& location,
                                               const std::vector<std::string>& trusted_repositories,
                                               const std::vector<std::string>& allowed_schemes) {
  const auto configured = read_settings(location, nullptr, branch_sections::passed_over);
  if (!configured)
    return {};
  std::vector<std::string> result;
  if (!configured->programs.empty() && !is_trusted_repository(location, trusted_repositories))
    result.push_back(detail_of(untrusted_program(location, configured->programs.front())));
  for (const auto& remote : configured->remotes) {
    if (remote.urls.empty())
      continue;
    const auto transport = transport_of(configured->rewritten(remote.urls.front()));
    if (!transport.empty() && !transport_allowed(transport, allowed_schemes))
      result.push_back(location.path + ": " +
                       detail_of(forbidden_transport(remote.name, transport)));
  }
  return result;
}

}  // namespace headway::git

#include <actors/discovery.hpp>
#include <storage/git/discovery.hpp>
#include <storage/git/fetch_obstacles.hpp>
#include <storage/git/repository.hpp>

namespace headway {

discovered discover_repositories(
    const std::vector<std::string>& roots,
    const std::function<void(const std::string& folder, std::size_t found)>& progress) {
  git::initialise_library();
  auto found = git::discover(roots, progress);
  discovered result;
  for (auto& repository : found.repositories)
    result.paths.push_back(std::move(repository.path));
  result.problems = std::move(found.problems);
  return result;
}

std::vector<std::string> obstacles_to_fetching(const std::string& path, const fetch_rules& rules) {
  git::initialise_library();
  const auto location = git::locate(path);
  if (!location)
    return {};
  return git::obstacles_to_fetching(*location, rules.trusted_repositories, rules.allowed_schemes);
}

}  // namespace headway

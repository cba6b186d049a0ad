#include <actors/discovery.hpp>
#include <storage/git/discovery.hpp>
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

}  // namespace headway

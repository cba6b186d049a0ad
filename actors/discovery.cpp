#include <actors/discovery.hpp>
#include <messages/error.hpp>
#include <storage/git/configured_programs.hpp>
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

std::optional<std::string> consent_wanted(const std::string& path) {
  git::initialise_library();
  const auto location = git::locate(path);
  if (!location)
    return std::nullopt;
  const auto refusal = git::check_configured_programs(*location, {});
  return code_of(refusal) == ec::config ? std::optional{detail_of(refusal)} : std::nullopt;
}

}  // namespace headway

#include <messages/error.hpp>
#include <storage/git/files.hpp>
#include <storage/git/layout.hpp>
#include <storage/git/ownership.hpp>
#include <storage/git/ref_store.hpp>
#include <storage/git/repository.hpp>

namespace headway::git {

namespace {

// Before anything else is believed that the repository says.
repository_location as_named_by_person(repository_location location) {
  if (location.path == location.git_dir && base_name(location.path) == ".git")
    location.path = parent_of(location.path);
  return location;
}

}  // namespace

caf::expected<repository_location> locate(const std::string& path) {
  const auto resolved = real_path(path);
  if (!resolved)
    return resolved.error();
  auto found = follow(*resolved);
  if (!found)
    return found.error();
  if (auto error = check_owner(as_named_by_person(*found)))
    return error;
  const auto configured = read_settings(*found, nullptr, branch_sections::passed_over);
  if (!configured)
    return configured.error();
  auto location = settle(std::move(*found), *configured);
  if (auto error = check_format(location, *configured))
    return error;
  if (auto error = check_head(location))
    return error;
  return location;
}

}  // namespace headway::git

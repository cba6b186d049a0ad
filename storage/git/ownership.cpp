#include <cstdlib>
#include <optional>

#include <sys/stat.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/git/files.hpp>
#include <storage/git/ownership.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

namespace {

bool is_trusted(uid_t owner) {
  if (owner == ::geteuid())
    return true;
  const auto* caller = std::getenv("SUDO_UID");
  if (::geteuid() != 0 || caller == nullptr || *caller == '\0')
    return false;
  char* end = nullptr;
  const auto id = std::strtoul(caller, &end, 10);
  return *end == '\0' && owner == static_cast<uid_t>(id);
}

std::optional<uid_t> foreign_owner_of(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || is_trusted(status.st_uid))
    return std::nullopt;
  return status.st_uid;
}

bool is_declared_safe(const settings& outer, const std::string& path) {
  bool safe = false;
  for (const auto& entry : outer.safe_directories) {
    if (entry.empty())
      safe = false;
    else
      safe |= entry == "*" || entry == path || entry == path + "/";
  }
  return safe;
}

}  // namespace

caf::error check_owner(const repository_location& location) {
  for (const auto& path : {location.path, location.path + "/.git", location.git_dir}) {
    const auto owner = foreign_owner_of(path);
    if (!owner)
      continue;
    const auto outer = read_outer_settings();
    if (!outer)
      return outer.error();
    if (is_declared_safe(*outer, location.path))
      return {};
    return make_error(ec::foreign_owner,
                      path + " belongs to user " + std::to_string(*owner) +
                          " and not to the one who reads it (" + std::to_string(::geteuid()) +
                          "); if you trust it: git config --global --add safe.directory '" +
                          location.path + "'");
  }
  return {};
}

}  // namespace headway::git

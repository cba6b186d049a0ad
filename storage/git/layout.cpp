#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include <sys/stat.h>

#include <messages/error.hpp>
#include <storage/git/files.hpp>
#include <storage/git/layout.hpp>

namespace headway::git {

namespace {

enum class entry { absent, file, folder };

caf::expected<entry> look_at(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0)
    return S_ISDIR(status.st_mode) ? entry::folder : entry::file;
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
    return entry::absent;
  return os_error(errno, "look at", path);
}

// The one path that a file such as "gitdir: ../x" or "commondir" holds, resolved.
caf::expected<std::string> follow_pointer(const std::string& file, std::string_view prefix) {
  const auto content = read_file(file);
  if (!content)
    return content.error();
  auto text = trim_end(*content);
  if (!text.starts_with(prefix))
    return make_error(ec::not_a_repository, file + " does not begin with '" + std::string{prefix} +
                                                "', as a .git file must");
  text.remove_prefix(prefix.size());
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const auto target = path_below(parent_of(file), std::string{text});
  auto resolved = real_path(target);
  if (!resolved && code_of(resolved.error()) == ec::missing)
    return make_error(ec::missing,
                      file + " points to " + target +
                          ", which does not exist; if that repository was moved, run 'git "
                          "worktree repair' or 'git submodule update --init' there");
  return resolved;
}

caf::expected<std::string> common_dir_of(const std::string& git_dir) {
  const auto file = git_dir + "/commondir";
  const auto found = look_at(file);
  if (!found)
    return found.error();
  if (*found == entry::absent)
    return git_dir;
  return follow_pointer(file, "");
}

// The common directory, or nothing when `folder` is no Git directory.
caf::expected<std::optional<std::string>> as_git_dir(const std::string& folder) {
  const auto head = look_at(folder + "/HEAD");
  if (!head)
    return head.error();
  struct stat link {};
  // HEAD as a symbolic link to an unborn branch exists all the same.
  if (*head != entry::file &&
      (*head == entry::folder || ::lstat((folder + "/HEAD").c_str(), &link) != 0))
    return std::optional<std::string>{};
  auto common = common_dir_of(folder);
  if (!common)
    return common.error();
  for (const char* part : {"/objects", "/refs"}) {
    const auto found = look_at(*common + part);
    if (!found)
      return found.error();
    if (*found != entry::folder)
      return std::optional<std::string>{};
  }
  return std::optional<std::string>{std::move(*common)};
}

caf::error no_repository(const std::string& path, const std::string& why) {
  return make_error(
      ec::not_a_repository,
      path + " " + why +
          "; give the top folder of a work tree, a bare repository, or a .git folder");
}

// What `folder`/.git leads to; nothing when there is none.
caf::expected<std::optional<std::string>> linked_git_dir(const std::string& folder) {
  const auto dot = folder + "/.git";
  const auto found = look_at(dot);
  if (!found)
    return found.error();
  if (*found == entry::absent)
    return std::optional<std::string>{};
  auto target = *found == entry::folder ? real_path(dot) : follow_pointer(dot, "gitdir:");
  if (!target)
    return target.error();
  return std::optional<std::string>{std::move(*target)};
}

bool leads_to(const std::string& folder, const std::string& git_dir) {
  const auto linked = linked_git_dir(folder);
  return linked && *linked && **linked == git_dir;
}

std::string resolved_or_empty(const std::string& path) {
  const auto resolved = real_path(path);
  return resolved ? *resolved : std::string{};
}

// Of a linked worktree: its "gitdir" file names the .git file there.
std::string worktree_of(const std::string& git_dir) {
  const auto content = read_file(git_dir + "/gitdir");
  if (!content)
    return {};
  return resolved_or_empty(parent_of(path_below(git_dir, std::string{trim_end(*content)})));
}

bool is_known(std::string_view extension) noexcept {
  static constexpr std::array known{
      "noop",         "preciousobjects", "partialclone",     "worktreeconfig",
      "objectformat", "refstorage",      "relativeworktrees"};
  return std::ranges::find(known, extension) != known.end();
}

caf::error unsupported(const repository_location& location, const std::string& what) {
  return make_error(ec::unsupported_object_format,
                    location.path + " " + what + ", which Headway does not read");
}

}  // namespace

caf::expected<repository_location> follow(const std::string& path) {
  auto folder = path;
  auto kind = look_at(folder);
  if (!kind)
    return kind.error();
  if (*kind == entry::file && base_name(folder) == ".git") {
    folder = parent_of(folder);
    kind = entry::folder;
  }
  if (*kind != entry::folder)
    return no_repository(path, "is not a folder");
  const auto linked = linked_git_dir(folder);
  if (!linked)
    return linked.error();
  for (const auto& candidate : {linked->value_or(folder), folder}) {
    auto common = as_git_dir(candidate);
    if (!common)
      return common.error();
    if (*common)
      return repository_location{
          .path = folder, .git_dir = candidate, .common_dir = std::move(**common)};
  }
  return no_repository(path,
                       *linked ? "has a .git that is no Git repository" : "is no Git repository");
}

repository_location settle(repository_location location, const settings& configured) {
  const bool linked = location.git_dir != location.common_dir;
  location.bare = configured.bare && !linked;
  if (location.path != location.git_dir)
    return location;
  std::string work_tree;
  if (linked)
    work_tree = worktree_of(location.git_dir);
  else if (!configured.worktree.empty() && !location.bare)
    work_tree = resolved_or_empty(path_below(location.git_dir, configured.worktree));
  else
    work_tree = parent_of(location.git_dir);
  // Only a folder that leads back here is a name under which the repository is found again.
  if (!work_tree.empty() && leads_to(work_tree, location.git_dir))
    location.path = work_tree;
  return location;
}

caf::error check_format(const repository_location& location, const settings& configured) {
  if (const auto* hash = configured.extension("objectformat"); hash != nullptr && *hash != "sha1")
    return unsupported(location, "has object format " + *hash);
  if (const auto* refs = configured.extension("refstorage"); refs != nullptr && *refs != "files")
    return unsupported(location, "has ref format " + *refs);
  if (configured.format_version > 1)
    return unsupported(
        location, "has repository format version " + std::to_string(configured.format_version));
  if (configured.format_version < 1)
    return {};  // Git heeds other extensions from version 1 on.
  for (const auto& [name, value] : configured.extensions)
    if (!is_known(name))
      return unsupported(location, "has the extension " + name);
  return {};
}

}  // namespace headway::git

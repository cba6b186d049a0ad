#include <array>
#include <filesystem>
#include <string>
#include <system_error>

#include <sys/stat.h>

#include <storage/git/fetch_process_table.hpp>
#include <storage/git/user_fetch.hpp>

namespace headway::git {

namespace fs = std::filesystem;

namespace {

bool has_empty_fetch_head(const std::string& folder) {
  struct stat info {};
  return ::stat((folder + "/FETCH_HEAD").c_str(), &info) == 0 && info.st_size == 0;
}

bool any_empty_fetch_head(const repository_location& location) {
  if (has_empty_fetch_head(location.common_dir))
    return true;
  std::error_code failed;
  for (fs::directory_iterator it{location.common_dir + "/worktrees", failed}, end;
       !failed && it != end; it.increment(failed))
    if (has_empty_fetch_head(it->path().native()))
      return true;
  return false;
}

}  // namespace

bool user_is_fetching(const repository_location& location) {
  if (!any_empty_fetch_head(location))
    return false;
  const std::array<std::string, 3> folders{location.path, location.git_dir, location.common_dir};
  return look_at_processes(folders).git_at_work;
}

}  // namespace headway::git

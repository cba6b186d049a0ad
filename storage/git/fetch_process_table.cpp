#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include <storage/git/fetch_process_table.hpp>

namespace headway::git {

namespace fs = std::filesystem;

namespace {

bool is_below(std::string_view path, std::span<const std::string> folders) {
  return std::ranges::any_of(folders, [path](std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
  });
}

bool is_number(std::string_view name) {
  return std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string target_of(const fs::path& link) {
  std::error_code failed;
  const auto target = fs::read_symlink(link, failed);
  return failed ? std::string{} : target.native();
}

bool is_git(const fs::path& process) {
  std::ifstream stream{process / "comm"};
  std::string name;
  return std::getline(stream, name) && name.starts_with("git");
}

void look_at(const fs::path& process, std::span<const std::string> folders,
             process_sighting& result) {
  bool inside = is_below(target_of(process / "cwd"), folders);
  std::error_code failed;
  for (fs::directory_iterator it{process / "fd", failed}, end; !failed && it != end;
       it.increment(failed)) {
    auto target = target_of(it->path());
    if (!is_below(target, folders))
      continue;
    inside = true;
    result.open_files.insert(std::move(target));
  }
  result.git_at_work = result.git_at_work || (inside && is_git(process));
}

}  // namespace

process_sighting look_at_processes(std::span<const std::string> folders) {
  process_sighting result;
  std::error_code failed;
  for (fs::directory_iterator it{"/proc", failed}, end; !failed && it != end; it.increment(failed))
    if (is_number(it->path().filename().native()))
      look_at(it->path(), folders, result);
  return result;
}

}  // namespace headway::git

#include <algorithm>
#include <system_error>

#include <tools/headway/places.hpp>
#include <tools/process/directories.hpp>

namespace headway::tools {

namespace fs = std::filesystem;

std::string resolved(const std::string& path) {
  std::error_code error;
  auto whole = fs::weakly_canonical(path, error);
  if (error)
    whole = fs::absolute(path, error).lexically_normal();
  auto text = whole.string();
  while (text.size() > 1 && text.back() == '/')
    text.pop_back();
  return text;
}

places places_to_look(const std::vector<std::string>& directories, const fs::path& current) {
  places result;
  if (directories.empty()) {
    if (const auto around = enclosing_work_tree(current))
      result.repositories.push_back(resolved(around->string()));
    else
      result.roots.push_back(resolved(current.string()));
  }
  for (const auto& directory : directories) {
    std::error_code error;
    const auto kind = fs::status(directory, error);
    if (fs::is_directory(kind))
      result.roots.push_back(resolved(directory));
    else if (error)
      result.errors.push_back({directory, error.message()});
    else
      result.errors.push_back({directory, fs::exists(kind) ? "is no directory" : "does not exist"});
  }
  return result;
}

std::vector<std::string> ids_within(const std::vector<project_info>& projects,
                                    const std::vector<std::string>& directories) {
  std::vector<std::string> places;
  for (const auto& directory : directories)
    places.push_back(resolved(directory));
  std::vector<std::string> ids;
  for (const auto& project : projects)
    if (places.empty() || is_within(project.path, places))
      ids.push_back(project.id.slug);
  return ids;
}

bool is_within(const std::string& path, const std::vector<std::string>& directories) {
  return std::ranges::any_of(directories, [&](const std::string& directory) {
    return path == directory || directory == "/" ||
           (path.starts_with(directory) && path[directory.size()] == '/');
  });
}

}  // namespace headway::tools

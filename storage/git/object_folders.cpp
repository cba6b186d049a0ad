#include <algorithm>
#include <filesystem>
#include <system_error>

#include <storage/git/files.hpp>
#include <storage/git/object_folders.hpp>

namespace headway::git {

namespace {

constexpr int max_depth = 5;  // As in Git.

void add(const std::string& objects, int depth, std::vector<std::string>& out) {
  if (std::ranges::find(out, objects) != out.end())
    return;
  out.push_back(objects);
  const auto listed = read_file(objects + "/info/alternates");
  if (!listed || depth == max_depth)
    return;
  std::string_view rest = *listed;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string line{rest.substr(0, end)};
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.starts_with('#'))
      continue;
    if (const auto folder = real_path(path_below(objects, line)))
      add(*folder, depth + 1, out);
  }
}

}  // namespace

std::vector<std::string> with_alternates(const std::string& objects) {
  std::vector<std::string> result;
  add(objects, 0, result);
  return result;
}

packs_found find_packs(const std::vector<std::string>& folders) {
  packs_found result;
  std::error_code ignored;
  for (const auto& folder : folders) {
    for (std::filesystem::directory_iterator it{folder + "/pack", ignored}, end; it != end;
         it.increment(ignored)) {
      if (it->path().extension() != ".idx")
        continue;
      const auto size = it->file_size(ignored);
      result.use.memory_bytes += ignored ? 0 : size;
      ++result.use.file_descriptors;
      result.indexes.push_back(it->path());
    }
  }
  std::ranges::sort(result.indexes);
  return result;
}

}  // namespace headway::git

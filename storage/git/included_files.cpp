#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include <storage/git/included_files.hpp>

namespace headway::git {

namespace {

struct registry {
  std::shared_mutex mutex;
  std::unordered_map<std::string, std::vector<std::string>> files;
};

registry& all() {
  // Never destroyed: a thread that a disk has held for long may come back while the program ends.
  static auto& instance = *new registry;
  return instance;
}

}  // namespace

void remember_included_files(const std::string& git_dir, std::vector<std::string> files) {
  auto& known = all();
  const std::unique_lock lock{known.mutex};
  if (files.empty())
    known.files.erase(git_dir);
  else
    known.files[git_dir] = std::move(files);
}

std::vector<std::string> included_files(const std::string& git_dir) {
  auto& known = all();
  const std::shared_lock lock{known.mutex};
  const auto found = known.files.find(git_dir);
  return found == known.files.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace headway::git

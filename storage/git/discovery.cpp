#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <unordered_set>
#include <utility>

#include <dirent.h>
#include <sys/stat.h>

#include <messages/error.hpp>
#include <storage/git/discovery.hpp>
#include <storage/git/files.hpp>
#include <storage/git/repository.hpp>

namespace headway::git {

namespace {

constexpr std::size_t progress_step = 256;

struct close_dir {
  void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};

/// What one folder holds, as far as it matters here.
struct listing {
  std::vector<std::string> folders;
  bool dot_git = false;
  bool head = false;
  bool objects = false;
  bool refs = false;

  bool looks_bare() const noexcept { return head && objects && refs; }
};

bool is_folder(const std::string& parent, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN)
    return entry.d_type == DT_DIR;
  struct stat status {};
  return ::lstat((parent + "/" + entry.d_name).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

void take(listing& out, const std::string& folder, const dirent& entry) {
  const std::string_view name = entry.d_name;
  if (name == "." || name == "..")
    return;
  if (name == ".git") {
    out.dot_git = true;
    return;
  }
  out.head |= name == "HEAD";
  out.objects |= name == "objects";
  out.refs |= name == "refs";
  if (is_folder(folder, entry))
    out.folders.emplace_back(name);
}

class search {
 public:
  search(discovery_result& out, const discovery_progress& progress)
      : out_{out}, progress_{progress} {}

  void below(const std::string& root) {
    const auto resolved = real_path(root);
    if (!resolved) {
      problem(root, resolved.error());
      return;
    }
    std::vector<std::string> open{*resolved};
    while (!open.empty()) {
      const auto folder = std::move(open.back());
      open.pop_back();
      look_into(folder, open);
    }
  }

 private:
  void look_into(const std::string& folder, std::vector<std::string>& open) {
    if (++out_.folders_seen % progress_step == 1)
      report(folder);
    const std::unique_ptr<DIR, close_dir> dir{::opendir(folder.c_str())};
    if (!dir) {
      if (errno != ENOENT && errno != ENOTDIR)
        problem(folder, os_error(errno, "look into", folder));
      return;
    }
    struct stat status {};
    if (::fstat(::dirfd(dir.get()), &status) != 0 ||
        !seen_.emplace(status.st_dev, status.st_ino).second)
      return;  // Below two of the roots.
    listing found;
    while (const auto* entry = ::readdir(dir.get()))
      take(found, folder, *entry);
    if (found.dot_git)
      add(folder);
    else if (found.looks_bare() && add_bare(folder))
      return;
    for (auto& name : found.folders)
      open.push_back(folder == "/" ? folder + name : folder + "/" + name);
  }

  void add(const std::string& folder) {
    auto location = locate(folder);
    if (location)
      keep(std::move(*location));
    else
      problem(folder, location.error());
  }

  // Whether `folder` is a repository, usable or not. A folder can have those three names by chance.
  bool add_bare(const std::string& folder) {
    auto location = locate(folder);
    if (location)
      keep(std::move(*location));
    else if (code_of(location.error()) == ec::not_a_repository)
      return false;
    else
      problem(folder, location.error());
    return true;
  }

  // A bare repository beside the .git file that names it is found through both.
  void keep(repository_location location) {
    if (!git_dirs_.insert(location.git_dir).second)
      return;
    out_.repositories.push_back(std::move(location));
    report(out_.repositories.back().path);
  }

  void problem(const std::string& folder, const caf::error& error) {
    out_.problems.emplace_back(folder, error);
  }

  void report(const std::string& folder) const {
    if (progress_)
      progress_(folder, out_.repositories.size());
  }

  discovery_result& out_;
  const discovery_progress& progress_;
  std::set<std::pair<dev_t, ino_t>> seen_;
  std::unordered_set<std::string> git_dirs_;
};

}  // namespace

discovery_result discover(const std::vector<std::string>& roots,
                          const discovery_progress& progress) {
  discovery_result result;
  // A root comes before what lies below it, so that every repository is found from its own top.
  auto ordered = roots;
  std::ranges::sort(ordered);
  search run{result, progress};
  for (const auto& root : ordered)
    run.below(root);
  std::ranges::sort(result.repositories, {}, &repository_location::path);
  std::ranges::sort(result.problems, {},
                    [](const auto& entry) -> const std::string& { return entry.first; });
  return result;
}

}  // namespace headway::git

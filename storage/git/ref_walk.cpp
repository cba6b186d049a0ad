#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <storage/git/files.hpp>
#include <storage/git/ref_walk.hpp>

namespace headway::git {

namespace {

struct close_dir {
  void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};
using dir_ptr = std::unique_ptr<DIR, close_dir>;

enum class entry_kind { file, folder, gone };

class walker {
 public:
  walker(std::string root, const std::function<void(const loose_ref&)>& visit,
         bool (*enter)(const std::string&))
      : root_{std::move(root)}, visit_{visit}, enter_{enter} {}

  caf::error run() { return folder(AT_FDCWD, root_ + "/refs", "refs"); }

 private:
  caf::error folder(int parent, const std::string& path, const std::string& name) {
    const int fd = ::openat(parent, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const dir_ptr dir{fd < 0 ? nullptr : ::fdopendir(fd)};
    struct stat status {};
    if (!dir || ::fstat(fd, &status) != 0) {
      const bool gone = (errno == ENOENT || errno == ENOTDIR) && parent != AT_FDCWD;
      return gone ? caf::error{} : os_error(errno, "look into", root_ + "/" + name);
    }
    const auto identity = std::pair{status.st_dev, status.st_ino};
    for (const auto& above : path_)
      if (above == identity)
        return {};  // A symbolic link led back to where we came from.
    path_.push_back(identity);
    auto error = entries(dir.get(), name);
    path_.pop_back();
    return error;
  }

  caf::error entries(DIR* dir, const std::string& name) {
    while (const auto* entry = ::readdir(dir)) {
      const std::string_view file = entry->d_name;
      if (file.starts_with('.') || file.ends_with(".lock"))
        continue;
      const auto full = name + "/" + entry->d_name;
      switch (kind_of(::dirfd(dir), *entry)) {
        case entry_kind::file:
          visit_({full, ::dirfd(dir), entry->d_name});
          break;
        case entry_kind::folder:
          if (enter_(full))
            if (auto error = folder(::dirfd(dir), entry->d_name, full))
              return error;
          break;
        case entry_kind::gone:
          break;
      }
    }
    return {};
  }

  // Symbolic links are followed: the layout of git-new-workdir consists of them.
  static entry_kind kind_of(int dir, const dirent& entry) {
    if (entry.d_type == DT_REG)
      return entry_kind::file;
    if (entry.d_type == DT_DIR)
      return entry_kind::folder;
    struct stat status {};
    if (::fstatat(dir, entry.d_name, &status, 0) == 0)
      return S_ISDIR(status.st_mode) ? entry_kind::folder : entry_kind::file;
    // A ref may itself be a symbolic link, to a ref that does not exist yet.
    return ::fstatat(dir, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? entry_kind::file
                                                                           : entry_kind::gone;
  }

  std::string root_;
  const std::function<void(const loose_ref&)>& visit_;
  bool (*enter_)(const std::string&);
  std::vector<std::pair<dev_t, ino_t>> path_;
};

bool any_folder(const std::string&) {
  return true;
}
bool is_per_worktree_folder(const std::string& name) {
  return is_per_worktree(name + "/");
}
bool is_shared_folder(const std::string& name) {
  return !is_per_worktree(name + "/");
}

}  // namespace

bool is_per_worktree(std::string_view name) noexcept {
  return !name.starts_with("refs/") || name.starts_with("refs/bisect/") ||
         name.starts_with("refs/worktree/") || name.starts_with("refs/rewritten/");
}

std::string loose_path(const repository_location& location, const std::string& name) {
  return (is_per_worktree(name) ? location.git_dir : location.common_dir) + "/" + name;
}

caf::error walk_loose_refs(const repository_location& location,
                           const std::function<void(const loose_ref&)>& visit) {
  if (location.git_dir == location.common_dir)
    return walker{location.common_dir, visit, any_folder}.run();
  if (auto error = walker{location.common_dir, visit, is_shared_folder}.run())
    return error;
  struct stat status {};
  if (::stat((location.git_dir + "/refs").c_str(), &status) != 0)
    return {};  // A linked worktree has the folder only while it needs it.
  return walker{location.git_dir, visit, is_per_worktree_folder}.run();
}

}  // namespace headway::git

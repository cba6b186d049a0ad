#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <storage/git/child_spawn.hpp>
#include <storage/git/fetch.hpp>
#include <storage/git/fetch_debris.hpp>
#include <storage/git/fetch_process_table.hpp>
#include <storage/git/fetch_quarantine.hpp>
#include <storage/git/files.hpp>
#include <storage/git/ref_name.hpp>

namespace headway::git {

namespace fs = std::filesystem;

namespace {

using std::chrono::nanoseconds;

constexpr std::string_view nothing = "-";
constexpr const char* packed_refs_lock = "packed-refs";

struct suspect {
  std::string path;
  std::string content;  ///< What it may hold, if anything.
  bool holds_anything = false;
};

nanoseconds changed(const struct stat& info) {
  return std::chrono::seconds{info.st_ctim.tv_sec} + nanoseconds{info.st_ctim.tv_nsec};
}

bool is_ours(const suspect& lock, nanoseconds since) {
  struct stat info {};
  if (::lstat(lock.path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) ||
      info.st_uid != ::geteuid() || changed(info) < since)
    return false;
  if (info.st_size == 0 || lock.holds_anything)
    return true;
  // A new packed-refs is written beside its lock, which stays empty.
  const auto content = read_file(lock.path);
  return content && !lock.content.empty() && trim_end(*content) == lock.content;
}

std::vector<suspect> planned(const repository_location& location, const std::string& plan) {
  std::vector<suspect> result;
  std::ifstream file{plan};
  std::string content;
  std::string ref;
  while (file >> content >> std::ws && std::getline(file, ref)) {
    if (ref != packed_refs_lock && !is_valid_ref_name(ref))
      continue;
    // Before its lock, while which nobody else writes it; with it there git packs no more.
    if (ref == packed_refs_lock)
      result.push_back({location.common_dir + "/" + ref + ".new", "", true});
    result.push_back(
        {location.common_dir + "/" + ref + ".lock", content == nothing ? "" : content});
  }
  return result;
}

/// The right to remove an abandoned quarantine. As long as it lasts nobody makes it their own.
class claim {
 public:
  explicit claim(const std::string& folder)
      : owner_{::open((folder + "/" + owner_file).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)} {
    if (owner_.is_open()) {
      holds_ = ::flock(owner_.get(), LOCK_EX | LOCK_NB) == 0;
      return;
    }
    // Not empty and without an owner: an older version was killed while it removed this, or
    // somebody's removal is at work still.
    struct stat info {};
    holds_ = ::stat(folder.c_str(), &info) == 0 &&
             std::chrono::system_clock::now().time_since_epoch() - changed(info) >
                 std::chrono::minutes{1};
  }

  bool holds() const noexcept { return holds_; }

 private:
  file_descriptor owner_;
  bool holds_ = false;
};

void remove_keeps(const std::string& objects, const std::string& name) {
  const auto mark = keep_mark(name);
  std::error_code failed;
  for (fs::directory_iterator it{objects + "/pack", failed}, end; !failed && it != end;
       it.increment(failed)) {
    const auto& path = it->path().native();
    if (!path.ends_with(".keep"))
      continue;
    if (const auto content = read_file(path); content && *content == mark)
      ::unlink(path.c_str());
  }
}

}  // namespace

void sweep_abandoned_fetches(const repository_location& location) {
  const auto objects = location.object_store();
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator it{objects, failed}, end; !failed && it != end; it.increment(failed))
    if (it->path().filename().native().starts_with(quarantine_prefix))
      names.push_back(it->path().filename().native());
  for (const auto& name : names) {
    const auto folder = objects + "/" + name;
    // An empty one has no owner yet, who makes another then, or none any more.
    if (::rmdir(folder.c_str()) == 0)
      continue;
    const claim abandoned{folder};
    if (!abandoned.holds())
      continue;
    // With its plan it stays until the locks can be judged.
    if (!sweep_locks(location, folder))
      continue;
    remove_keeps(objects, name);
    remove_quarantine(folder);
  }
}

void note_locks(const std::string& folder, const std::vector<planned_lock>& plan) {
  std::ofstream file{folder + "/" + locks_file};
  for (const auto& lock : plan)
    file << (lock.content ? lock.content->hex() : std::string{nothing}) << ' ' << lock.ref << '\n';
  if (std::ranges::any_of(plan, [](const auto& lock) { return !lock.content; }))
    file << nothing << ' ' << packed_refs_lock << '\n';
}

bool sweep_locks(const repository_location& location, const std::string& folder) {
  const auto plan = folder + "/" + locks_file;
  struct stat info {};
  if (::stat(plan.c_str(), &info) != 0)
    return true;
  std::vector<suspect> ours;
  for (auto& lock : planned(location, plan))
    if (is_ours(lock, changed(info)))
      ours.push_back(std::move(lock));
  if (ours.empty())
    return true;
  const std::array<std::string, 3> folders{location.path, location.git_dir, location.common_dir};
  // A killed child of ours may be on its way out still: look again before taking it for somebody
  // else.
  auto seen = look_at_processes(folders);
  for (int looks = 1; seen.git_at_work && looks < 4; ++looks)
    seen = look_at_processes(folders);
  if (seen.git_at_work) {
    std::ofstream{folder + "/" + undecided_file}.flush();
    return false;
  }
  for (const auto& lock : ours)
    if (!seen.open_files.contains(lock.path))
      ::unlink(lock.path.c_str());
  return true;
}

}  // namespace headway::git

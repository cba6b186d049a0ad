#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include <storage/git/fetch_debris.hpp>
#include <storage/git/fetch_process_table.hpp>

namespace headway::git {

namespace fs = std::filesystem;

namespace {

void add_matching(const std::string& folder, std::string_view prefix,
                  std::vector<std::string>& result) {
  std::error_code failed;
  for (fs::directory_iterator it{folder, failed}, end; !failed && it != end; it.increment(failed))
    if (it->path().filename().native().starts_with(prefix))
      result.push_back(it->path().native());
}

std::vector<std::string> temporary_packs(const repository_location& location) {
  std::vector<std::string> result;
  for (const auto* prefix : {"tmp_pack_", "tmp_idx_", "tmp_rev_"})
    add_matching(location.object_store() + "/pack", prefix, result);
  return result;
}

std::string fan_out(unsigned value) {
  constexpr std::string_view digits = "0123456789abcdef";
  return {digits[value / 16], digits[value % 16]};
}

bool lately_made_by_us(const std::string& path, std::chrono::system_clock::time_point since) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != ::geteuid())
    return false;
  // File times come from a clock that ticks a few milliseconds late.
  const auto changed = std::chrono::system_clock::from_time_t(info.st_ctim.tv_sec) +
                       std::chrono::microseconds{info.st_ctim.tv_nsec / 1000};
  return changed + std::chrono::milliseconds{20} >= since;
}

}  // namespace

debris_watch::debris_watch(const repository_location& location,
                           const std::vector<tracked_ref>& refs)
    : location_{location}, refs_{refs}, start_{std::chrono::system_clock::now()} {
  for (auto& path : temporary_packs(location_))
    before_.insert(std::move(path));
  std::error_code ignored;
  for (auto& path : locks())
    if (fs::exists(fs::symlink_status(path, ignored)))
      before_.insert(std::move(path));
}

void debris_watch::sweep_objects() const {
  remove(temporary_objects());
}

void debris_watch::sweep_locks() const {
  remove(locks());
}

std::vector<std::string> debris_watch::temporary_objects() const {
  auto result = temporary_packs(location_);
  for (unsigned value = 0; value < 256; ++value)
    add_matching(location_.object_store() + "/" + fan_out(value), "tmp_obj_", result);
  return result;
}

std::vector<std::string> debris_watch::locks() const {
  std::vector<std::string> result{location_.common_dir + "/packed-refs.lock",
                                  location_.common_dir + "/shallow.lock"};
  for (const auto& ref : refs_)
    result.push_back(location_.common_dir + "/" + ref.tracking_ref + ".lock");
  return result;
}

void debris_watch::remove(const std::vector<std::string>& suspects) const {
  std::vector<std::string> ours;
  for (const auto& path : suspects)
    if (!before_.contains(path) && lately_made_by_us(path, start_))
      ours.push_back(path);
  if (ours.empty())
    return;
  const std::array<std::string, 3> folders{location_.path, location_.git_dir, location_.common_dir};
  // A killed child of ours may be on its way out still: look again before taking it for somebody
  // else.
  auto seen = look_at_processes(folders);
  for (int looks = 1; seen.git_at_work && looks < 4; ++looks)
    seen = look_at_processes(folders);
  if (seen.git_at_work)
    return;
  for (const auto& path : ours)
    if (!seen.open_files.contains(path))
      ::unlink(path.c_str());
}

}  // namespace headway::git

#include <algorithm>
#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <sys/stat.h>

#include <messages/error.hpp>
#include <storage/git/files.hpp>
#include <storage/git/identity.hpp>
#include <storage/git/included_files.hpp>
#include <storage/git/mixing.hpp>
#include <storage/git/ref_walk.hpp>
#include <storage/git/repository.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

namespace {

// The kernel stamps files with a clock that advances in ticks of up to 10 ms: a change within the
// same tick leaves the same stamp. Ten times that leaves room for a scheduler that is late with the
// tick.
constexpr std::int64_t racy_window = 100'000'000;

std::int64_t nanoseconds(const timespec& time) noexcept {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

std::int64_t now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class stamps {
 public:
  void add_identity(const folder_identity& identity) noexcept {
    mixer high{1};
    mixer low{2};
    for (auto* hash : {&high, &low})
      for (const auto value : {identity.device, identity.inode, identity.born})
        hash->add(value);
    sum(high, low);
  }

  /// A file that does not exist adds nothing, which differs from whatever it adds when it does.
  void add_file(std::string_view name, int folder, const char* file) {
    struct stat status {};
    if (::fstatat(folder, file, &status, AT_SYMLINK_NOFOLLOW) != 0)
      return;
    add(name, status);
    if (S_ISLNK(status.st_mode) && ::fstatat(folder, file, &status, 0) == 0)
      add(name, status);
  }

  void add_file(const std::string& path) { add_file(path, AT_FDCWD, path.c_str()); }

  refs_fingerprint result(std::int64_t began) const noexcept {
    return {.high = high_, .low = low_, .racy = newest_ >= began - racy_window};
  }

 private:
  // The times of a folder change with every file that comes and goes in it, those of /dev/null (a
  // customary empty configuration) with the wind.
  static bool says_when_changed(const struct stat& status) noexcept {
    return S_ISREG(status.st_mode) || S_ISLNK(status.st_mode);
  }

  void add(std::string_view name, const struct stat& status) {
    mixer high{3};
    mixer low{4};
    for (auto* hash : {&high, &low}) {
      hash->add(name);
      hash->add(status.st_dev);
      hash->add(status.st_ino);
      hash->add(status.st_mode);
      if (!says_when_changed(status))
        continue;
      hash->add(static_cast<std::uint64_t>(status.st_size));
      hash->add(static_cast<std::uint64_t>(nanoseconds(status.st_mtim)));
      hash->add(static_cast<std::uint64_t>(nanoseconds(status.st_ctim)));
    }
    if (says_when_changed(status))
      newest_ = std::max({newest_, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)});
    sum(high, low);
  }

  // A sum, because folders are listed in no order.
  void sum(const mixer& high, const mixer& low) noexcept {
    high_ += high.value();
    low_ += low.value();
  }

  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
  std::int64_t newest_ = 0;
};

caf::error gone(const std::string& path) {
  if (errno == EACCES || errno == EPERM)
    return os_error(errno, "look into", path);
  return make_error(ec::missing, "the repository at " + path + " does not exist any more");
}

}  // namespace

caf::expected<refs_fingerprint> fingerprint(const repository_location& location) {
  const auto began = now();
  stamps seen;
  for (const auto& folder : {location.git_dir, location.common_dir}) {
    const auto identity = folder_identity::of(folder);
    if (!identity)
      return gone(folder);
    seen.add_identity(*identity);
  }
  seen.add_file(location.path + "/.git");
  for (const char* file : {"/HEAD", "/gitdir", "/commondir"})
    seen.add_file(location.git_dir + file);
  for (const char* file : {"/packed-refs", "/shallow", "/info/grafts", "/objects/info/alternates"})
    seen.add_file(location.common_dir + file);
  for (const auto& files :
       {inner_config_files(location), outer_config_files(), included_files(location.git_dir)})
    for (const auto& file : files)
      seen.add_file(file);
  const auto add = [&seen](const loose_ref& ref) { seen.add_file(ref.name, ref.folder, ref.file); };
  if (auto error = walk_loose_refs(location, add))
    return error;
  return seen.result(began);
}

}  // namespace headway::git

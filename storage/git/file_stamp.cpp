#include <algorithm>
#include <chrono>

#include <sys/stat.h>

#include <storage/git/file_stamp.hpp>
#include <storage/git/mixing.hpp>

namespace headway::git {

namespace {

std::int64_t nanoseconds(const timespec& time) noexcept {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

std::int64_t now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::uint64_t stamp_of(const std::vector<std::string>& files) {
  constexpr std::int64_t racy_window = 100'000'000;
  const auto young = now() - racy_window;
  mixer stamp{5};
  for (const auto& file : files) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
      stamp.add(std::uint64_t{0});
      continue;
    }
    const auto changed = std::max(nanoseconds(status.st_mtim), nanoseconds(status.st_ctim));
    if (S_ISREG(status.st_mode) && changed >= young)
      return 0;
    for (const auto value :
         {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino),
          static_cast<std::uint64_t>(status.st_size), static_cast<std::uint64_t>(changed)})
      stamp.add(value);
  }
  return std::max<std::uint64_t>(1, stamp.value());
}

}  // namespace headway::git

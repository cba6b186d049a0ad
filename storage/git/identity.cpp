#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <storage/git/identity.hpp>

namespace headway::git {

std::optional<folder_identity> folder_identity::of(const std::string& path) noexcept {
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_TYPE | STATX_INO | STATX_BTIME, &status) != 0)
    return std::nullopt;
  if (!S_ISDIR(status.stx_mode)) {
    errno = ENOTDIR;
    return std::nullopt;
  }
  folder_identity result{.device = makedev(status.stx_dev_major, status.stx_dev_minor),
                         .inode = status.stx_ino};
  if ((status.stx_mask & STATX_BTIME) != 0)
    result.born = static_cast<std::uint64_t>(status.stx_btime.tv_sec) * 1'000'000'000u +
                  status.stx_btime.tv_nsec;
  return result;
}

}  // namespace headway::git

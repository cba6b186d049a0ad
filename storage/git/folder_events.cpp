#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <sys/inotify.h>
#include <unistd.h>

#include <storage/git/folder_events.hpp>

namespace headway::git {

namespace {

// Git writes a file beside the one it replaces and renames it; people's editors write in place.
constexpr std::uint32_t interest = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                   IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
                                   IN_ONLYDIR | IN_EXCL_UNLINK;

constexpr std::uint32_t interest_in_place =
    IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD;

folder_event translated(const inotify_event& event) {
  using kind = folder_event::kind;
  if ((event.mask & IN_Q_OVERFLOW) != 0)
    return {.what = kind::overflow};
  if ((event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_UNMOUNT)) != 0)
    return {.what = kind::gone, .folder = event.wd};
  if ((event.mask & IN_MOVE_SELF) != 0)
    return {.what = kind::renamed, .folder = event.wd};
  if ((event.mask & IN_ATTRIB) != 0 && event.len == 0)
    return {.what = kind::permissions, .folder = event.wd};
  const bool came = (event.mask & (IN_CREATE | IN_MOVED_TO)) != 0;
  return {.what = came && (event.mask & IN_ISDIR) != 0 ? kind::folder_in : kind::changed,
          .folder = event.wd,
          .name = event.len == 0 ? std::string_view{} : std::string_view{event.name}};
}

folder_events::refusal refusal_of(int error) {
  using refusal = folder_events::refusal;
  if (error == ENOSPC || error == ENOMEM)
    return refusal::limit_reached;
  return error == EACCES || error == EPERM ? refusal::not_permitted : refusal::no_such_folder;
}

}  // namespace

folder_events::folder_events() : queue_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)} {}

folder_events::watched folder_events::watch(const std::string& path) {
  if (!usable())
    return {-1, refusal::limit_reached};
  const int folder = ::inotify_add_watch(queue_.get(), path.c_str(), interest);
  return {folder, folder < 0 ? refusal_of(errno) : refusal::none};
}

folder_events::watched folder_events::watch_place(const std::string& path) {
  const int folder = ::inotify_add_watch(queue_.get(), path.c_str(), interest_in_place);
  return {folder, folder < 0 ? refusal_of(errno) : refusal::none};
}

void folder_events::forget(int folder) {
  ::inotify_rm_watch(queue_.get(), folder);
}

void folder_events::read(const std::function<void(const folder_event&)>& visit) {
  alignas(inotify_event) std::array<char, 16'384> buffer;
  for (;;) {
    const auto size = ::read(queue_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR)
      continue;
    if (size <= 0)
      return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      const auto& event = *reinterpret_cast<const inotify_event*>(buffer.data() + at);
      visit(translated(event));
      at += sizeof(inotify_event) + event.len;
    }
  }
}

std::size_t folder_events::kernel_limit() {
  std::ifstream file{"/proc/sys/fs/inotify/max_user_watches"};
  std::size_t limit = 0;
  file >> limit;
  return limit;
}

}  // namespace headway::git

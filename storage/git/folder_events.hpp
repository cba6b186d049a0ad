/// What the kernel tells of files that come and go in folders (inotify). Private to storage/git.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <storage/git/file_descriptor.hpp>

namespace headway::git {

struct folder_event {
  enum class kind {
    changed,  ///< A file or folder of that name came, went, was written, or has other permissions.
    folder_in,    ///< A folder of that name came.
    permissions,  ///< Of the watched folder: they have changed.
    renamed,      ///< The watched folder has another name, or lies elsewhere.
    gone,         ///< The watched folder is gone, or forgotten: its number means nothing any more.
    overflow,     ///< Events were lost; `folder` and `name` say nothing.
  };
  kind what;
  int folder = -1;        ///< As `watch` numbered it.
  std::string_view name;  ///< Within the folder; valid during the call.
};

/// One queue of the kernel. One thread reads; all else any thread. `watch` and `watch_place` look
/// for the folder, and so wait for its disk.
class folder_events {
 public:
  enum class refusal { none, no_such_folder, limit_reached, not_permitted };
  struct watched {
    int folder = -1;
    refusal why = refusal::none;
  };

  folder_events();

  /// Whether the kernel gave a queue: a user can have 128 of them, by default.
  bool usable() const noexcept { return queue_.get() >= 0; }
  /// Readable when there are events; -1 without a queue.
  int descriptor() const noexcept { return queue_.get(); }

  /// The same folder has the same number, whatever path leads to it. Folders only, symbolic links
  /// followed.
  watched watch(const std::string& path);
  /// Only whether the folder itself is renamed, closed to somebody, or goes, unless it is watched
  /// as a whole already.
  watched watch_place(const std::string& path);
  void forget(int folder);

  /// Whatever has happened so far; never waits.
  void read(const std::function<void(const folder_event&)>& visit);

  /// How many folders this user may watch, over all programs; 0 when the kernel does not say.
  static std::size_t kernel_limit();

 private:
  file_descriptor queue_;
};

}  // namespace headway::git

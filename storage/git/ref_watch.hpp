/// Hears from the kernel that refs of clones have moved, so that nobody has to look again and
/// again to see what a person does.
///
/// Watched are the folders that hold refs, HEAD, packed-refs, configuration and shallow file of a
/// clone; never its objects or its work tree. Clones are also swept, which means that their files
/// are looked at (not read): every so often where the kernel refuses to watch, and a tenth as often
/// elsewhere, because nobody tells of a folder far above that is renamed, of the person's own
/// configuration, or of what other machines do to a shared disk.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <messages/repo.hpp>
#include <storage/git/ref_mark.hpp>

namespace headway::git {

struct ref_watch_options {
  /// Most folders that the kernel is asked to watch; 0: none, all clones are swept. Nothing: half
  /// of what the user may watch, because editors of the same person need the rest.
  std::optional<std::size_t> max_folders;
  /// A move is told when nothing else has moved for this long …
  std::chrono::milliseconds settle{50};
  /// … or this long after the first, in a rebase that goes on.
  std::chrono::milliseconds patience{500};
  std::chrono::milliseconds sweep_interval{30'000};  ///< Of clones that are not watched.
};

/// Owns a thread that hears and tells, and never looks at a disk; and one for each disk that looks
/// at it (`disk_workers`), so that a disk that hangs keeps nobody from the news of others. All
/// functions: any thread; none looks at a disk.
class ref_watch {
 public:
  using callback = std::function<void(const std::string& clone)>;
  using report = std::function<void(const watch_stats& stats)>;

  /// `moved` and `settled` are called on one thread of this object and must not block or throw.
  /// `moved` is told too often rather than too rarely: refs may turn out to be as they were.
  /// `settled` is told when it has turned out whether clones that were added are watched or only
  /// swept, and when clones were removed. `marks` are kept for those who want to know at once.
  ref_watch(const ref_watch_options& options, callback moved, report settled,
            std::shared_ptr<ref_marks> marks = std::make_shared<ref_marks>());
  /// Waits for a call of `moved` or `settled` that runs, but for no disk that hangs: its thread is
  /// let go, and ends without a word when the disk answers.
  ~ref_watch();
  ref_watch(const ref_watch&) = delete;
  ref_watch& operator=(const ref_watch&) = delete;

  /// Watches the clone under a name of the caller's; a name that is known already gets this place.
  /// Whatever has moved since the refs were as `known` says is told. `disks`: the numbers of those
  /// that the clone lies on, whatever the caller numbers them by.
  void add(const std::string& clone, const repository_location& location,
           const refs_fingerprint& known, const std::set<std::uint64_t>& disks);
  void remove(const std::string& clone);

  /// A clone that its disk has not answered for yet counts as swept.
  watch_stats stats() const;

 private:
  class watcher;
  std::shared_ptr<watcher> watcher_;  // Shared with threads that hang.
};

}  // namespace headway::git

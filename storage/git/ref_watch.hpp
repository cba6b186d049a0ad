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
#include <functional>
#include <memory>
#include <optional>
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

/// Owns its thread. All functions: any thread; `add` lists the folders of the clone, which may
/// block on a slow disk.
class ref_watch {
 public:
  using callback = std::function<void(const std::string& clone)>;

  /// `moved` is called on the thread of this object and must not block or throw. It is told too
  /// often rather than too rarely: refs may turn out to be as they were. `marks` are kept for those
  /// who want to know at once.
  ref_watch(const ref_watch_options& options, callback moved,
            std::shared_ptr<ref_marks> marks = std::make_shared<ref_marks>());
  /// Waits for a call of `moved` that runs.
  ~ref_watch();
  ref_watch(const ref_watch&) = delete;
  ref_watch& operator=(const ref_watch&) = delete;

  /// Watches the clone under a name of the caller's; a name that is known already gets this place.
  /// Whatever has moved since the refs were as `known` says is told.
  void add(const std::string& clone, const repository_location& location,
           const refs_fingerprint& known);
  void remove(const std::string& clone);

  watch_stats stats() const;

 private:
  class watcher;
  std::unique_ptr<watcher> watcher_;
};

}  // namespace headway::git

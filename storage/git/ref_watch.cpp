#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <storage/git/clone_moves.hpp>
#include <storage/git/folder_events.hpp>
#include <storage/git/ref_watch.hpp>
#include <storage/git/repository.hpp>

namespace headway::git {

namespace {

using std::chrono::milliseconds;
using time_point = std::chrono::steady_clock::time_point;

// Watched clones are swept this much more rarely than the others.
constexpr auto trust_in_events = 10;

// Beside refs/, what decides about refs in the folder of a repository or worktree. The index, logs
// and the many HEADs of merges and fetches do not.
constexpr std::array<std::string_view, 7> telling_files{
    "HEAD", "packed-refs", "shallow", "config", "config.worktree", "gitdir", "commondir"};

bool is_telling(std::string_view name) {
  return std::ranges::find(telling_files, name) != telling_files.end();
}

// What is to be done for which clone, and when.
using agenda = std::set<std::pair<time_point, std::string>>;

std::vector<std::string> take_due(agenda& list) {
  const auto end = list.lower_bound({std::chrono::steady_clock::now(), {}});
  std::vector<std::string> names;
  for (auto it = list.begin(); it != end; ++it)
    names.push_back(it->second);
  list.erase(list.begin(), end);
  return names;
}

std::size_t most_folders(const ref_watch_options& options) {
  return options.max_folders ? *options.max_folders : folder_events::kernel_limit() / 2;
}

}  // namespace

class ref_watch::watcher {
 public:
  watcher(const ref_watch_options& options, callback moved, std::shared_ptr<ref_marks> marks);
  ~watcher();

  void add(const std::string& name, const repository_location& location,
           const refs_fingerprint& known);
  void remove(const std::string& name);
  watch_stats stats() const;

 private:
  struct clone {
    repository_location location;
    std::optional<refs_fingerprint> seen;  ///< Nothing: it could not be looked at.
    std::set<int> folders;                 ///< Empty: the clone is only swept.
    std::set<int> places;                  ///< Folders above it.
    std::shared_ptr<clone_moves> moves;
    std::optional<time_point> moved_first;
    time_point tell_at{};
    time_point sweep_at{};
  };

  /// A watched folder, and the clones that it is a part of: linked worktrees share most of theirs.
  struct folder {
    enum class part { above, top, refs };
    std::string path;
    part of = part::top;
    std::set<std::string> clones;
  };

  void run();
  int milliseconds_to_wait() const;
  void happened(const folder_event& event);
  void lost_events();
  void ended(int number);
  void note_move(const std::string& name, clone& moved);
  void arm(const std::string& name, clone& one);
  void disarm(const std::string& name, clone& one);
  bool arm_refs(const std::string& name, clone& one, const std::string& path);
  bool watch(const std::string& name, clone& one, const std::string& path, folder::part of);
  void watch_places(const std::string& name, clone& one);
  void enter(const std::string& name, int number, const std::string& path, folder::part of);
  void leave(const std::string& name, int number);
  void plan_sweep(const std::string& name, clone& one);
  void tell();
  void sweep();
  void swept(const std::string& name, const repository_location& location,
             const std::optional<refs_fingerprint>& found);
  void wake();

  const ref_watch_options options_;
  const std::size_t most_folders_;
  const callback moved_;
  const std::shared_ptr<ref_marks> marks_;
  file_descriptor wake_;
  mutable std::mutex mutex_;
  folder_events events_;
  const std::shared_ptr<event_queue> queue_ = std::make_shared<event_queue>();
  std::map<std::string, clone> clones_;
  std::unordered_map<int, folder> folders_;
  agenda moves_;
  agenda sweeps_;
  std::string why_swept_;
  std::uint64_t losses_ = 0;
  bool stopping_ = false;
  std::thread thread_;  // Last: it uses all of the above.
};

ref_watch::watcher::watcher(const ref_watch_options& options, callback moved,
                            std::shared_ptr<ref_marks> marks)
    : options_{options},
      most_folders_{most_folders(options)},
      moved_{std::move(moved)},
      marks_{std::move(marks)},
      wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (events_.usable())
    queue_->events = file_descriptor{::fcntl(events_.descriptor(), F_DUPFD_CLOEXEC, 0)};
  thread_ = std::thread{[this] { run(); }};
}

ref_watch::watcher::~watcher() {
  {
    const std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  wake();
  thread_.join();
  for (auto& [name, one] : clones_)
    one.moves->end();
}

void ref_watch::watcher::wake() {
  static_cast<void>(::eventfd_write(wake_.get(), 1));
}

void ref_watch::watcher::add(const std::string& name, const repository_location& location,
                             const refs_fingerprint& known) {
  {
    const std::lock_guard guard{mutex_};
    auto& one = clones_[name];
    if (!one.moves) {
      one.moves = std::make_shared<clone_moves>(queue_);
      marks_->set(name, one.moves);
    }
    disarm(name, one);
    one.location = location;
    arm(name, one);
    plan_sweep(name, one);
  }
  // After the watch began: what moves later is heard of.
  auto found = fingerprint(location);
  const std::lock_guard guard{mutex_};
  const auto it = clones_.find(name);
  if (it == clones_.end() || it->second.location != location)
    return;
  it->second.seen.reset();
  if (found)
    it->second.seen = *found;
  if (!found || !known.matches(*found))
    note_move(name, it->second);
  wake();
}

void ref_watch::watcher::remove(const std::string& name) {
  const std::lock_guard guard{mutex_};
  const auto it = clones_.find(name);
  if (it == clones_.end())
    return;
  disarm(name, it->second);
  marks_->erase(name);
  moves_.erase({it->second.tell_at, name});
  sweeps_.erase({it->second.sweep_at, name});
  clones_.erase(it);
}

watch_stats ref_watch::watcher::stats() const {
  const std::lock_guard guard{mutex_};
  watch_stats result;
  result.clones = clones_.size();
  result.swept = static_cast<std::size_t>(
      std::ranges::count_if(clones_, [](const auto& item) { return item.second.folders.empty(); }));
  result.why_swept = why_swept_;
  result.folders = folders_.size();
  result.losses = losses_;
  return result;
}

void ref_watch::watcher::run() {
  // Signals are for the threads of the program.
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
  for (;;) {
    int patience = 0;
    {
      const std::lock_guard guard{mutex_};
      if (stopping_)
        return;
      patience = milliseconds_to_wait();
    }
    // A negative descriptor is passed over.
    std::array<pollfd, 2> ready{pollfd{wake_.get(), POLLIN, 0},
                                pollfd{events_.descriptor(), POLLIN, 0}};
    static_cast<void>(::poll(ready.data(), ready.size(), patience));
    {
      eventfd_t ignored = 0;
      static_cast<void>(::eventfd_read(wake_.get(), &ignored));
      const std::lock_guard guard{mutex_};
      queue_->is_read = true;
      events_.read([this](const folder_event& event) { happened(event); });
      queue_->is_read = false;
    }
    tell();
    sweep();
  }
}

int ref_watch::watcher::milliseconds_to_wait() const {
  constexpr int for_ever = -1;
  if (moves_.empty() && sweeps_.empty())
    return for_ever;
  auto first = time_point::max();
  for (const auto* list : {&moves_, &sweeps_})
    if (!list->empty())
      first = std::min(first, list->begin()->first);
  const auto left = std::chrono::ceil<milliseconds>(first - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

void ref_watch::watcher::happened(const folder_event& event) {
  using kind = folder_event::kind;
  if (event.what == kind::overflow)
    return lost_events();
  const auto it = folders_.find(event.folder);
  if (it == folders_.end())
    return;
  if (event.what == kind::gone)
    return ended(event.folder);
  // What could be read may be closed to us now.
  if (event.what == kind::permissions) {
    for (const auto& name : it->second.clones)
      note_move(name, clones_.at(name));
    return;
  }
  if (it->second.of == folder::part::above)
    return event.what == kind::renamed ? ended(event.folder) : void();
  const auto place = it->second;
  const bool is_top = place.of == folder::part::top;
  if (event.what == kind::renamed) {
    // Within refs/ the folder above has told, and this one has been watched anew.
    if (is_top)
      ended(event.folder);
    return;
  }
  const bool new_folder = event.what == kind::folder_in && (!is_top || event.name == "refs");
  if (!new_folder && (is_top ? !is_telling(event.name) : event.name.ends_with(".lock")))
    return;
  for (const auto& name : place.clones) {
    auto& one = clones_.at(name);
    if (new_folder && !arm_refs(name, one, place.path + "/" + std::string{event.name}))
      disarm(name, one);
    note_move(name, one);
  }
}

void ref_watch::watcher::lost_events() {
  ++losses_;
  for (auto& [name, one] : clones_) {
    disarm(name, one);
    arm(name, one);
    note_move(name, one);
  }
}

// A clone whose own folder has gone is swept from then on, until there is one again.
void ref_watch::watcher::ended(int number) {
  auto node = folders_.extract(number);
  for (const auto& name : node.mapped().clones) {
    auto& one = clones_.at(name);
    one.folders.erase(number);
    one.places.erase(number);
    if (node.mapped().of != folder::part::refs) {
      disarm(name, one);
      plan_sweep(name, one);
    }
    note_move(name, one);
  }
  events_.forget(number);
}

void ref_watch::watcher::note_move(const std::string& name, clone& moved) {
  moved.moves->happened();
  const auto now = std::chrono::steady_clock::now();
  if (!moved.moved_first)
    moved.moved_first = now;
  moves_.erase({moved.tell_at, name});
  moved.tell_at = std::min(now + options_.settle, *moved.moved_first + options_.patience);
  moves_.emplace(moved.tell_at, name);
}

void ref_watch::watcher::arm(const std::string& name, clone& one) {
  const auto& at = one.location;
  const bool complete = watch(name, one, at.git_dir, folder::part::top) &&
                        watch(name, one, at.common_dir, folder::part::top) &&
                        arm_refs(name, one, at.git_dir + "/refs") &&
                        arm_refs(name, one, at.common_dir + "/refs");
  // Half a watch would be trusted like a whole one.
  if (!complete)
    return disarm(name, one);
  watch_places(name, one);
  one.moves->begin();
}

void ref_watch::watcher::disarm(const std::string& name, clone& one) {
  one.moves->end();
  for (auto* numbers : {&one.folders, &one.places})
    for (const int number : std::exchange(*numbers, {}))
      leave(name, number);
}

void ref_watch::watcher::enter(const std::string& name, int number, const std::string& path,
                               folder::part of) {
  auto& entry = folders_[number];
  if (entry.clones.empty() || entry.of == folder::part::above) {
    entry.path = path;
    entry.of = of;
  }
  entry.clones.insert(name);
}

void ref_watch::watcher::leave(const std::string& name, int number) {
  const auto it = folders_.find(number);
  if (it == folders_.end())
    return;
  it->second.clones.erase(name);
  if (!it->second.clones.empty())
    return;
  folders_.erase(it);
  events_.forget(number);
}

// Whoever renames a folder above a clone takes it away. As far as the kernel lets them be watched:
// sweeps notice it too.
void ref_watch::watcher::watch_places(const std::string& name, clone& one) {
  std::set<std::string> above;
  const auto& at = one.location;
  for (const auto& part : {at.path, at.git_dir, at.common_dir})
    for (auto path = part; !path.empty() && above.insert(path).second;)
      path = std::filesystem::path{path}.parent_path().string();
  for (const auto& path : above) {
    if (folders_.size() >= most_folders_)
      return;
    const auto watched = events_.watch_place(path);
    if (watched.folder < 0 || one.folders.contains(watched.folder))
      continue;
    enter(name, watched.folder, path, folder::part::above);
    one.places.insert(watched.folder);
  }
}

// First the folder is watched, then listed, so that no folder comes unseen between the two. False:
// the kernel refuses.
bool ref_watch::watcher::arm_refs(const std::string& name, clone& one, const std::string& path) {
  const auto before = one.folders.size();
  if (!watch(name, one, path, folder::part::refs))
    return false;
  // Gone again; not there, which in a linked worktree is the rule; or seen already, by way of a
  // symbolic link.
  if (one.folders.size() == before)
    return true;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{path, ignored})
    if (entry.is_directory(ignored) && !arm_refs(name, one, entry.path().string()))
      return false;
  return true;
}

bool ref_watch::watcher::watch(const std::string& name, clone& one, const std::string& path,
                               folder::part of) {
  using refusal = folder_events::refusal;
  if (most_folders_ == 0)
    return false;
  auto watched = folders_.size() < most_folders_
                     ? events_.watch(path)
                     : folder_events::watched{-1, refusal::limit_reached};
  switch (watched.why) {
    case refusal::none:
      break;
    case refusal::no_such_folder:
      return of == folder::part::refs;
    case refusal::limit_reached:
      why_swept_ = "the limit of watched folders is reached (" + std::to_string(folders_.size()) +
                   " of " + std::to_string(most_folders_) +
                   "; half of fs.inotify.max_user_watches, unless fs.inotify.max_user_instances "
                   "was in the way)";
      return false;
    case refusal::not_permitted:
      why_swept_ = "no permission to watch " + path;
      return false;
  }
  enter(name, watched.folder, path, of);
  one.folders.insert(watched.folder);
  return true;
}

void ref_watch::watcher::plan_sweep(const std::string& name, clone& one) {
  sweeps_.erase({one.sweep_at, name});
  const auto interval = options_.sweep_interval * (one.folders.empty() ? 1 : trust_in_events);
  one.sweep_at = std::chrono::steady_clock::now() + interval;
  sweeps_.emplace(one.sweep_at, name);
}

void ref_watch::watcher::tell() {
  std::vector<std::string> moved;
  {
    const std::lock_guard guard{mutex_};
    moved = take_due(moves_);
    for (const auto& name : moved)
      clones_.at(name).moved_first.reset();
  }
  for (const auto& name : moved)
    moved_(name);
}

void ref_watch::watcher::sweep() {
  std::vector<std::pair<std::string, repository_location>> places;
  {
    const std::lock_guard guard{mutex_};
    for (auto& name : take_due(sweeps_)) {
      auto& one = clones_.at(name);
      plan_sweep(name, one);
      places.emplace_back(std::move(name), one.location);
    }
  }
  // Looking may block on a slow disk: nobody waits for the lock meanwhile.
  for (const auto& [name, location] : places) {
    auto found = fingerprint(location);
    swept(name, location,
          found ? std::optional<refs_fingerprint>{*found} : std::optional<refs_fingerprint>{});
  }
}

void ref_watch::watcher::swept(const std::string& name, const repository_location& location,
                               const std::optional<refs_fingerprint>& found) {
  const std::lock_guard guard{mutex_};
  const auto it = clones_.find(name);
  if (it == clones_.end() || it->second.location != location)
    return;
  auto& one = it->second;
  const bool as_before = found ? one.seen && one.seen->matches(*found) : !one.seen;
  one.seen = found;
  if (found && one.folders.empty()) {
    arm(name, one);
    plan_sweep(name, one);
  }
  if (!as_before)
    note_move(name, one);
}

ref_watch::ref_watch(const ref_watch_options& options, callback moved,
                     std::shared_ptr<ref_marks> marks)
    : watcher_{std::make_unique<watcher>(options, std::move(moved), std::move(marks))} {}

ref_watch::~ref_watch() = default;

void ref_watch::add(const std::string& clone, const repository_location& location,
                    const refs_fingerprint& known) {
  watcher_->add(clone, location, known);
}

void ref_watch::remove(const std::string& clone) {
  watcher_->remove(clone);
}

watch_stats ref_watch::stats() const {
  return watcher_->stats();
}

}  // namespace headway::git

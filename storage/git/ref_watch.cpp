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
#include <storage/git/disk_workers.hpp>
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

class ref_watch::watcher : public std::enable_shared_from_this<watcher> {
 public:
  watcher(const ref_watch_options& options, callback moved, report settled,
          std::shared_ptr<ref_marks> marks);

  void add(const std::string& name, const repository_location& location,
           const refs_fingerprint& known, const disk_workers::disk_set& disks);
  void remove(const std::string& name);
  watch_stats stats() const;
  void stop();

 private:
  using lock_type = std::unique_lock<std::mutex>;

  struct clone {
    const std::string name;
    const repository_location location;
    const disk_workers::disk_set disks;
    std::optional<refs_fingerprint> seen;  ///< Nothing: it could not be looked at.
    const std::shared_ptr<clone_moves> moves;
    std::set<int> folders;
    std::set<int> places;  ///< Folders above it.
    bool arming = false;   ///< A worker enters folders.
    bool armed = false;    ///< It has entered all; otherwise the clone is only swept.
    std::set<std::string> new_folders{};  ///< That have come since, to be watched.
    bool is_new = true;                   ///< It has not been looked at.
    bool due = false;                     ///< It is to be looked at.
    bool queued = false;                  ///< It waits for its worker, or the worker is at it.
    bool gone = false;                    ///< Removed, or replaced: only a worker knows it still.
    std::optional<time_point> moved_first{};
    time_point tell_at{};
    time_point sweep_at{};
  };
  using clone_ptr = std::shared_ptr<clone>;

  /// A watched folder, and the clones that it is a part of: linked worktrees share most of theirs.
  struct folder {
    enum class part { above, top, refs };
    std::string path;
    part of = part::top;
    std::set<std::string> clones;
  };

  enum class entry { fresh, known, no_such_folder, refused };

  // On the thread that tells, and by whoever calls: no look at a disk.
  void run();
  int milliseconds_to_wait() const;
  void happened(const folder_event& event);
  void lost_events();
  void ended(int number);
  void note_move(clone& moved);
  void drop(clone& one);
  void disarm(clone& one);
  void leave(const std::string& name, int number);
  void forget(int number);
  void plan_sweep(clone& one);
  void want_look(const clone_ptr& one);
  void queue(const clone_ptr& one);
  void tell();
  void sweep();
  void wake();

  // On the thread of a disk: whatever looks at it releases the lock meanwhile, after which anything
  // may have happened to the clone.
  void attend(const clone_ptr& one);
  void look(lock_type& lock, clone& one);
  void arm(lock_type& lock, clone& one);
  void extend(lock_type& lock, clone& one);
  void trust(clone& one);
  bool arm_top(lock_type& lock, clone& one, const std::string& path);
  bool arm_refs(lock_type& lock, clone& one, const std::string& path);
  void watch_places(lock_type& lock, clone& one);
  entry watch(lock_type& lock, clone& one, const std::string& path, folder::part of);
  entry refused(folder_events::refusal why, const std::string& path, folder::part of);
  entry enter(clone& one, int number, const std::string& path, folder::part of);

  const ref_watch_options options_;
  const std::size_t most_folders_;
  callback moved_;
  report settled_;
  const std::shared_ptr<ref_marks> marks_;
  const file_descriptor wake_;
  mutable std::mutex mutex_;
  folder_events events_;
  const std::shared_ptr<event_queue> queue_ = std::make_shared<event_queue>();
  std::map<std::string, clone_ptr> clones_;
  std::size_t armed_ = 0;  ///< Of the clones.
  std::unordered_map<int, folder> folders_;
  std::size_t asked_for_ = 0;  ///< Folders that the kernel is asked to watch, right now.
  std::uint64_t ends_ = 0;     ///< How often the number of a folder has lost its meaning.
  agenda moves_;
  agenda sweeps_;
  std::string why_swept_;
  std::uint64_t losses_ = 0;
  bool settled_news_ = false;  ///< There are some to tell.
  bool stopping_ = false;
  disk_workers workers_;
  std::thread teller_;  // Last: it uses all of the above.
};

ref_watch::watcher::watcher(const ref_watch_options& options, callback moved, report settled,
                            std::shared_ptr<ref_marks> marks)
    : options_{options},
      most_folders_{most_folders(options)},
      moved_{std::move(moved)},
      settled_{std::move(settled)},
      marks_{std::move(marks)},
      wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (events_.usable())
    queue_->events = file_descriptor{::fcntl(events_.descriptor(), F_DUPFD_CLOEXEC, 0)};
  teller_ = std::thread{[this] { run(); }};
}

void ref_watch::watcher::stop() {
  {
    const std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  wake();
  teller_.join();
  workers_.stop();
  const std::lock_guard guard{mutex_};
  for (auto& [name, one] : clones_)
    one->moves->end();
  // A thread that hangs keeps this object, but nothing of the caller's.
  moved_ = nullptr;
  settled_ = nullptr;
}

void ref_watch::watcher::wake() {
  static_cast<void>(::eventfd_write(wake_.get(), 1));
}

void ref_watch::watcher::add(const std::string& name, const repository_location& location,
                             const refs_fingerprint& known, const disk_workers::disk_set& disks) {
  {
    const std::lock_guard guard{mutex_};
    auto& place = clones_[name];
    const auto before = place;
    place = std::make_shared<clone>(
        clone{name, location, disks, known, std::make_shared<clone_moves>(queue_)});
    marks_->set(name, place->moves);
    if (before) {
      drop(*before);
      // Moves of the other place that have not been told still are.
      place->moved_first = before->moved_first;
      place->tell_at = before->tell_at;
    }
    plan_sweep(*place);
    want_look(place);
  }
  wake();
}

void ref_watch::watcher::remove(const std::string& name) {
  const std::lock_guard guard{mutex_};
  const auto it = clones_.find(name);
  if (it == clones_.end())
    return;
  drop(*it->second);
  marks_->erase(name);
  moves_.erase({it->second->tell_at, name});
  clones_.erase(it);
  settled_news_ = true;
  wake();
}

// Of those that wait for their worker nothing is left to do.
void ref_watch::watcher::drop(clone& one) {
  disarm(one);
  sweeps_.erase({one.sweep_at, one.name});
  one.gone = true;
}

watch_stats ref_watch::watcher::stats() const {
  const std::lock_guard guard{mutex_};
  watch_stats result;
  result.clones = clones_.size();
  result.swept = clones_.size() - armed_;
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
  if (event.what == kind::gone)
    return ended(event.folder);
  const auto it = folders_.find(event.folder);
  if (it == folders_.end())
    return;
  // What could be read may be closed to us now.
  if (event.what == kind::permissions) {
    for (const auto& name : it->second.clones)
      note_move(*clones_.at(name));
    return;
  }
  if (it->second.of == folder::part::above)
    return event.what == kind::renamed ? ended(event.folder) : void();
  const auto& place = it->second;
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
    const auto& one = clones_.at(name);
    note_move(*one);
    if (!new_folder)
      continue;
    // Nobody hears of what moves in there until it is watched, too.
    one->moves->end();
    one->new_folders.insert(place.path + "/" + std::string{event.name});
    queue(one);
  }
}

void ref_watch::watcher::lost_events() {
  ++losses_;
  for (auto& [name, one] : clones_) {
    disarm(*one);
    note_move(*one);
    want_look(one);
  }
}

// A clone whose own folder has gone is swept from then on, until there is one again.
void ref_watch::watcher::ended(int number) {
  const auto node = folders_.extract(number);
  forget(number);
  if (!node)
    return;
  for (const auto& name : node.mapped().clones) {
    auto& one = *clones_.at(name);
    one.folders.erase(number);
    one.places.erase(number);
    if (node.mapped().of != folder::part::refs) {
      disarm(one);
      plan_sweep(one);
    }
    note_move(one);
  }
}

void ref_watch::watcher::note_move(clone& moved) {
  moved.moves->happened();
  const auto now = std::chrono::steady_clock::now();
  if (!moved.moved_first)
    moved.moved_first = now;
  moves_.erase({moved.tell_at, moved.name});
  moved.tell_at = std::min(now + options_.settle, *moved.moved_first + options_.patience);
  moves_.emplace(moved.tell_at, moved.name);
}

void ref_watch::watcher::disarm(clone& one) {
  one.moves->end();
  armed_ -= std::exchange(one.armed, false) ? 1 : 0;
  one.arming = false;
  one.new_folders.clear();
  for (auto* numbers : {&one.folders, &one.places})
    for (const int number : std::exchange(*numbers, {}))
      leave(one.name, number);
}

void ref_watch::watcher::leave(const std::string& name, int number) {
  const auto it = folders_.find(number);
  if (it == folders_.end())
    return;
  it->second.clones.erase(name);
  if (!it->second.clones.empty())
    return;
  folders_.erase(it);
  forget(number);
}

void ref_watch::watcher::forget(int number) {
  ++ends_;
  events_.forget(number);
}

void ref_watch::watcher::plan_sweep(clone& one) {
  sweeps_.erase({one.sweep_at, one.name});
  const auto interval = options_.sweep_interval * (one.armed ? trust_in_events : 1);
  one.sweep_at = std::chrono::steady_clock::now() + interval;
  sweeps_.emplace(one.sweep_at, one.name);
}

void ref_watch::watcher::want_look(const clone_ptr& one) {
  one->due = true;
  queue(one);
}

// Where no thread can be had the next sweep tries again.
void ref_watch::watcher::queue(const clone_ptr& one) {
  if (!one->queued)
    one->queued =
        workers_.give(one->disks, [self = shared_from_this(), one] { self->attend(one); });
}

void ref_watch::watcher::tell() {
  std::vector<std::string> moved;
  bool settled = false;
  {
    const std::lock_guard guard{mutex_};
    moved = take_due(moves_);
    for (const auto& name : moved)
      clones_.at(name)->moved_first.reset();
    settled = std::exchange(settled_news_, false);
  }
  for (const auto& name : moved)
    moved_(name);
  if (settled)
    settled_(stats());
}

void ref_watch::watcher::sweep() {
  const std::lock_guard guard{mutex_};
  for (const auto& name : take_due(sweeps_)) {
    const auto& one = clones_.at(name);
    plan_sweep(*one);
    want_look(one);
  }
}

void ref_watch::watcher::attend(const clone_ptr& one) {
  {
    lock_type lock{mutex_};
    if (!one->new_folders.empty())
      extend(lock, *one);
    if (!one->gone && std::exchange(one->due, false))
      look(lock, *one);
    one->queued = false;
    if (!one->gone && (one->due || !one->new_folders.empty()))
      queue(one);
  }
  wake();
}

void ref_watch::watcher::look(lock_type& lock, clone& one) {
  if (!one.armed)
    arm(lock, one);
  if (one.gone || stopping_)
    return;
  // After the watch began: what moves later is heard of.
  lock.unlock();
  auto found = fingerprint(one.location);
  lock.lock();
  if (one.gone || stopping_)
    return;
  const bool as_before = found ? one.seen && one.seen->matches(*found) : !one.seen;
  one.seen.reset();
  if (found)
    one.seen = *found;
  plan_sweep(one);
  if (!as_before)
    note_move(one);
  settled_news_ |= std::exchange(one.is_new, false);
}

void ref_watch::watcher::arm(lock_type& lock, clone& one) {
  if (most_folders_ == 0)
    return;
  const auto& at = one.location;
  one.arming = true;
  const bool complete = arm_top(lock, one, at.git_dir) && arm_top(lock, one, at.common_dir) &&
                        arm_refs(lock, one, at.git_dir + "/refs") &&
                        arm_refs(lock, one, at.common_dir + "/refs");
  if (complete)
    watch_places(lock, one);
  // Half a watch would be trusted like a whole one.
  if (!complete || !one.arming)
    return disarm(one);
  one.arming = false;
  one.armed = true;
  ++armed_;
  trust(one);
}

void ref_watch::watcher::extend(lock_type& lock, clone& one) {
  one.arming = true;
  bool complete = true;
  for (const auto& path : std::exchange(one.new_folders, {}))
    complete = complete && arm_refs(lock, one, path);
  if (one.gone || stopping_)
    return;
  if (!complete || !one.arming) {
    disarm(one);
    plan_sweep(one);
  }
  one.arming = false;
  trust(one);
  // What moved before it was watched.
  note_move(one);
}

// From now on every move is heard of; marks that were made earlier may have missed some.
void ref_watch::watcher::trust(clone& one) {
  if (!one.armed || !one.new_folders.empty())
    return;
  one.moves->happened();
  one.moves->begin();
}

bool ref_watch::watcher::arm_top(lock_type& lock, clone& one, const std::string& path) {
  const auto top = watch(lock, one, path, folder::part::top);
  return top == entry::fresh || top == entry::known;
}

// First the folder is watched, then listed, so that no folder comes unseen between the two. False:
// the kernel refuses.
bool ref_watch::watcher::arm_refs(lock_type& lock, clone& one, const std::string& path) {
  switch (watch(lock, one, path, folder::part::refs)) {
    case entry::fresh:
      break;
    case entry::known:           // By way of a symbolic link.
    case entry::no_such_folder:  // Gone again; or not there, which in a linked worktree is the
                                 // rule.
      return true;
    case entry::refused:
      return false;
  }
  std::vector<std::string> below;
  lock.unlock();
  std::error_code error;
  std::filesystem::directory_iterator all{path, error};
  for (; !error && all != std::filesystem::directory_iterator{}; all.increment(error)) {
    std::error_code ignored;
    if (all->is_directory(ignored))
      below.push_back(all->path().string());
  }
  lock.lock();
  if (error && error != std::errc::no_such_file_or_directory) {
    why_swept_ = "cannot list " + path + ": " + error.message();
    return false;
  }
  return std::ranges::all_of(
      below, [&](const std::string& deeper) { return arm_refs(lock, one, deeper); });
}

// Whoever renames a folder above a clone takes it away. As far as the kernel lets them be watched:
// sweeps notice it too.
void ref_watch::watcher::watch_places(lock_type& lock, clone& one) {
  std::set<std::string> above;
  const auto& at = one.location;
  for (const auto& part : {at.path, at.git_dir, at.common_dir})
    for (auto path = part; !path.empty() && above.insert(path).second;)
      path = std::filesystem::path{path}.parent_path().string();
  for (const auto& path : above)
    if (watch(lock, one, path, folder::part::above) == entry::refused)
      return;
}

ref_watch::watcher::entry ref_watch::watcher::watch(lock_type& lock, clone& one,
                                                    const std::string& path, folder::part of) {
  using refusal = folder_events::refusal;
  const auto release = [this](int number) {
    if (number >= 0 && !folders_.contains(number))
      forget(number);
  };
  for (int last = -1;;) {
    // Disarmed meanwhile.
    if (!one.arming || stopping_) {
      release(last);
      return entry::refused;
    }
    if (folders_.size() + asked_for_ >= most_folders_) {
      release(last);
      return refused(refusal::limit_reached, path, of);
    }
    const auto ends = ends_;
    ++asked_for_;
    lock.unlock();
    const auto watched =
        of == folder::part::above ? events_.watch_place(path) : events_.watch(path);
    lock.lock();
    --asked_for_;
    if (last != watched.folder)
      release(last);
    if (watched.why != refusal::none)
      return refused(watched.why, path, of);
    // Unless numbers have lost their meaning since, and this one may be among them.
    if (one.arming && (ends == ends_ || folders_.contains(watched.folder)))
      return enter(one, watched.folder, path, of);
    last = watched.folder;
  }
}

ref_watch::watcher::entry ref_watch::watcher::refused(folder_events::refusal why,
                                                      const std::string& path, folder::part of) {
  using refusal = folder_events::refusal;
  if (why == refusal::no_such_folder)
    return entry::no_such_folder;
  if (of == folder::part::above)
    return why == refusal::limit_reached ? entry::refused : entry::no_such_folder;
  why_swept_ = why == refusal::not_permitted
                   ? "no permission to watch " + path
                   : "the limit of watched folders is reached (" + std::to_string(folders_.size()) +
                         " of " + std::to_string(most_folders_) +
                         "; half of fs.inotify.max_user_watches, unless "
                         "fs.inotify.max_user_instances was in the way)";
  return entry::refused;
}

ref_watch::watcher::entry ref_watch::watcher::enter(clone& one, int number, const std::string& path,
                                                    folder::part of) {
  const bool above = of == folder::part::above;
  if (above && one.folders.contains(number))
    return entry::known;
  auto& place = folders_[number];
  if (place.clones.empty() || place.of == folder::part::above) {
    place.path = path;
    place.of = of;
  }
  place.clones.insert(one.name);
  return (above ? one.places : one.folders).insert(number).second ? entry::fresh : entry::known;
}

ref_watch::ref_watch(const ref_watch_options& options, callback moved, report settled,
                     std::shared_ptr<ref_marks> marks)
    : watcher_{std::make_shared<watcher>(options, std::move(moved), std::move(settled),
                                         std::move(marks))} {}

ref_watch::~ref_watch() {
  watcher_->stop();
}

void ref_watch::add(const std::string& clone, const repository_location& location,
                    const refs_fingerprint& known, const std::set<std::uint64_t>& disks) {
  watcher_->add(clone, location, known, disks);
}

void ref_watch::remove(const std::string& clone) {
  watcher_->remove(clone);
}

watch_stats ref_watch::stats() const {
  return watcher_->stats();
}

}  // namespace headway::git

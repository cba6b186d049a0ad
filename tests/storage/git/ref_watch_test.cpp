#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <tests/support/hung_disk.hpp>
#include <tests/support/sandbox.hpp>

#include <storage/git/ref_watch.hpp>
#include <storage/git/repository.hpp>

BOOST_AUTO_TEST_SUITE(ref_watch)

using namespace headway;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

/// Counts what a watch tells, and lets a test wait for it.
class listener {
 public:
  git::ref_watch::callback callback() {
    return [this](const std::string& clone) {
      std::unique_lock lock{mutex_};
      stuck_ = held_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return !held_; });
      ++told_[clone];
      changed_.notify_all();
    };
  }

  git::ref_watch::report report() {
    return [this](const watch_stats&) {
      const std::lock_guard guard{mutex_};
      ++reports_;
      changed_.notify_all();
    };
  }

  int reports() {
    const std::lock_guard guard{mutex_};
    return reports_;
  }

  /// Whether there have been more reports than `before`.
  bool report_after(int before) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 20s, [&] { return reports_ > before; });
  }

  int times(const std::string& clone) {
    const std::lock_guard guard{mutex_};
    return told_[clone];
  }

  /// Whether it has been told of more often than `before`.
  bool more(const std::string& clone, int before) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 20s, [&] { return told_[clone] > before; });
  }

  /// Keeps the watch from going on from the next time it tells something.
  void hold() {
    const std::lock_guard guard{mutex_};
    held_ = true;
  }
  bool is_held() {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 20s, [this] { return stuck_; });
  }
  void release() {
    const std::lock_guard guard{mutex_};
    held_ = false;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> told_;
  int reports_ = 0;
  bool held_ = false;
  bool stuck_ = false;
};

git::ref_watch_options quick() {
  return {.settle = 5ms, .patience = 50ms, .sweep_interval = 1h};
}

git::ref_watch_options sweeping() {
  return {.max_folders = 0, .settle = 5ms, .patience = 50ms, .sweep_interval = 20ms};
}

repository_location located(const fs::path& path) {
  auto found = git::locate(path.string());
  BOOST_REQUIRE(found);
  return *found;
}

/// As somebody knows it who looked long enough after the last change.
refs_fingerprint known(const repository_location& location) {
  auto print = git::fingerprint(location);
  BOOST_REQUIRE(print);
  print->racy = false;
  return *print;
}

const std::set<std::uint64_t> near_disk{1};
const std::set<std::uint64_t> far_disk{2};

struct fixture {
  explicit fixture(const git::ref_watch_options& options = quick())
      : watch{options, heard.callback(), heard.report(), marks} {}

  /// Until it is watched, or swept.
  void add(const std::string& name, const fs::path& path) {
    const auto location = located(path);
    const auto print = known(location);
    const int before = heard.reports();
    watch.add(name, location, print, near_disk);
    BOOST_REQUIRE(heard.report_after(before));
  }

  /// Waits until all clones are watched.
  bool all_watched() {
    for (;;) {
      const int before = heard.reports();
      if (watch.stats().swept == 0)
        return true;
      if (!heard.report_after(before))
        return false;
    }
  }

  fs::path with_commit(const std::string& name) {
    auto path = box.init(name);
    box.commit(path, "first");
    return path;
  }

  /// Whether `act` is told of under `name`.
  template <class Act>
  bool tells(const std::string& name, Act act) {
    const int before = heard.times(name);
    act();
    return heard.more(name, before);
  }

  /// Whether nothing has been told of `name` when all that happened so far has been worked off.
  bool silent(const std::string& name, int before) {
    const auto other = with_commit("other-" + std::to_string(++others));
    add("other", other);
    const bool heard_of_other = tells("other", [&] { box.commit(other, "later"); });
    return heard_of_other && heard.times(name) == before;
  }

  test::sandbox box;
  listener heard;
  std::shared_ptr<git::ref_marks> marks = std::make_shared<git::ref_marks>();
  git::ref_watch watch;
  int others = 0;
};

struct swept_fixture : fixture {
  swept_fixture() : fixture{sweeping()} {}
};

struct narrow_fixture : fixture {
  narrow_fixture()
      : fixture{{.max_folders = 5, .settle = 5ms, .patience = 50ms, .sweep_interval = 20ms}} {}
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(whatever_moves_refs_is_told, fixture) {
  const auto clone = with_commit("clone");
  add("clone", clone);
  BOOST_TEST(watch.stats().swept == 0u);
  const std::vector<std::vector<std::string>> acts{
      {"commit", "--quiet", "--allow-empty", "-m", "second"},
      {"branch", "topic"},
      {"branch", "-f", "topic", "HEAD~1"},
      {"checkout", "--quiet", "topic"},
      {"branch", "deep/down/below"},
      {"branch", "-f", "deep/down/below", "main"},
      {"pack-refs", "--all"},
      {"branch", "-D", "deep/down/below"},
      {"update-ref", "refs/remotes/origin/main", "main"},
      {"symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"},
      {"config", "branch.topic.merge", "refs/heads/main"},
      {"checkout", "--quiet", "--detach"}};
  for (const auto& act : acts)
    BOOST_TEST(tells("clone", [&] { box.git(clone, act); }), act.front());
}

BOOST_FIXTURE_TEST_CASE(a_folder_of_refs_that_comes_later_is_watched_too, fixture) {
  const auto clone = with_commit("clone");
  add("clone", clone);
  const auto tip = box.git(clone, {"rev-parse", "HEAD"}) + "\n";
  BOOST_TEST(tells("clone", [&] { box.git(clone, {"branch", "a/b/c/d"}); }));
  // A file written in place has only its own folder to tell of it.
  BOOST_TEST(tells("clone", [&] { box.write(clone / ".git/refs/heads/a/b/c/e", tip); }));
  BOOST_TEST(tells(
      "clone", [&] { fs::rename(clone / ".git/refs/heads/a/b", clone / ".git/refs/heads/a/z"); }));
  BOOST_TEST(tells("clone", [&] { box.write(clone / ".git/refs/heads/a/z/c/f", tip); }));
}

BOOST_FIXTURE_TEST_CASE(objects_the_index_and_the_work_tree_are_not_told, fixture) {
  const auto clone = with_commit("clone");
  add("clone", clone);
  box.write(clone / "file", "text");
  box.git(clone, {"hash-object", "-w", "file"});
  box.git(clone, {"add", "file"});
  box.git(clone, {"status"});
  box.git(clone, {"repack", "-q", "-a", "-d"});
  box.write(clone / ".git/FETCH_HEAD", "");
  BOOST_TEST(silent("clone", 0));
}

BOOST_FIXTURE_TEST_CASE(worktrees_hear_of_shared_refs_and_of_their_own_head, fixture) {
  const auto clone = with_commit("clone");
  box.git(clone, {"worktree", "add", "--quiet", "-b", "side", "../side"});
  const auto side = box / "side";
  add("clone", clone);
  add("side", side);
  const int before = heard.times("clone");
  BOOST_TEST(tells("side", [&] { box.commit(side, "second"); }));
  BOOST_TEST(heard.more("clone", before));
  const int main = heard.times("clone");
  BOOST_TEST(tells("side", [&] { box.git(side, {"checkout", "--quiet", "--detach"}); }));
  BOOST_TEST(silent("clone", main));
  watch.remove("clone");
  BOOST_TEST(tells("side", [&] { box.git(clone, {"branch", "third"}); }));
}

BOOST_FIXTURE_TEST_CASE(a_clone_is_watched_though_another_gives_up_their_folders_meanwhile,
                        fixture) {
  const auto clone = with_commit("clone");
  box.git(clone, {"worktree", "add", "--quiet", "-b", "side", "../side"});
  const auto side = located(box / "side");
  const auto location = located(clone);
  for (int round = 0; round < 60; ++round) {
    watch.add("side", side, known(side), far_disk);
    BOOST_REQUIRE(all_watched());
    watch.add("clone", location, known(location), near_disk);
    // A little later each time, so that it meets the worker at another of the folders.
    const auto moment = std::chrono::steady_clock::now() + round * 4us;
    while (std::chrono::steady_clock::now() < moment)
      std::this_thread::yield();
    watch.remove("side");
    BOOST_REQUIRE(all_watched());
    const auto name = "r" + std::to_string(round);
    for (const std::vector<std::string>& act : {std::vector<std::string>{"branch", name},
                                                {"tag", "t" + name},
                                                {"symbolic-ref", "HEAD", "refs/heads/" + name}})
      BOOST_TEST(tells("clone", [&] { box.git(clone, act); }), act.front());
    watch.remove("clone");
  }
}

BOOST_FIXTURE_TEST_CASE(what_moved_before_the_watch_began_is_told, fixture) {
  const auto clone = with_commit("clone");
  const auto location = located(clone);
  const auto before = known(location);
  box.commit(clone, "second");
  BOOST_TEST(tells("clone", [&] { watch.add("clone", location, before, near_disk); }));
}

BOOST_FIXTURE_TEST_CASE(a_clone_that_is_as_known_is_not_told, fixture) {
  const auto clone = with_commit("clone");
  add("clone", clone);
  BOOST_TEST(silent("clone", 0));
}

BOOST_FIXTURE_TEST_CASE(a_removed_clone_is_told_no_more, fixture) {
  const auto clone = with_commit("clone");
  add("clone", clone);
  watch.remove("clone");
  watch.remove("never added");
  box.commit(clone, "second");
  BOOST_TEST(silent("clone", 0));
  watch.remove("other");
  BOOST_TEST(watch.stats().clones == 0u);
  BOOST_TEST(watch.stats().folders == 0u);
}

BOOST_FIXTURE_TEST_CASE(many_moves_in_a_row_are_told_once_or_a_few_times, fixture) {
  const auto clone = with_commit("clone");
  add("clone", clone);
  std::string commands;
  for (int i = 0; i < 500; ++i)
    commands += "create refs/heads/b" + std::to_string(i) + " HEAD\n";
  BOOST_TEST(tells("clone", [&] { box.git(clone, {"update-ref", "--stdin"}, commands); }));
  BOOST_TEST(heard.times("clone") < 100);
}

BOOST_FIXTURE_TEST_CASE(a_clone_that_is_not_watched_is_swept, swept_fixture) {
  const auto clone = with_commit("clone");
  add("clone", clone);
  BOOST_TEST(watch.stats().swept == 1u);
  BOOST_TEST(watch.stats().folders == 0u);
  BOOST_TEST(watch.stats().why_swept == "");
  BOOST_TEST(tells("clone", [&] { box.commit(clone, "second"); }));
  BOOST_TEST(tells("clone", [&] { fs::remove_all(clone); }));
  BOOST_TEST(tells("clone", [&] { with_commit("clone"); }));
}

BOOST_FIXTURE_TEST_CASE(a_clone_that_is_deleted_and_made_again_is_told_each_time, narrow_fixture) {
  const auto clone = with_commit("clone");
  add("clone", clone);
  BOOST_TEST(watch.stats().swept == 0u);
  BOOST_TEST(tells("clone", [&] { fs::remove_all(clone); }));
  BOOST_TEST(tells("clone", [&] { with_commit("clone"); }));
  BOOST_TEST(tells("clone", [&] { box.commit(clone, "second"); }));
}

BOOST_FIXTURE_TEST_CASE(beyond_the_limit_clones_are_swept_and_the_reason_is_said, narrow_fixture) {
  const auto first = with_commit("first");
  const auto second = with_commit("second");
  add("first", first);
  add("second", second);
  const auto stats = watch.stats();
  BOOST_TEST(stats.swept == 1u);
  BOOST_TEST(stats.folders <= 5u);
  BOOST_TEST(stats.why_swept.find("max_user_watches") != std::string::npos, stats.why_swept);
  BOOST_TEST(tells("second", [&] { box.commit(second, "more"); }));
  BOOST_TEST(tells("first", [&] { box.commit(first, "more"); }));
  // Too many folders in a clone that was watched.
  BOOST_TEST(tells("first", [&] { box.git(first, {"branch", "a/b/c/d/e"}); }));
  BOOST_TEST(watch.stats().folders <= 5u);
  BOOST_TEST(tells("first", [&] { box.git(first, {"branch", "-f", "a/b/c/d/e", "HEAD~1"}); }));
}

BOOST_FIXTURE_TEST_CASE(events_that_the_kernel_lost_tell_of_every_clone, fixture) {
  std::ifstream limit{"/proc/sys/fs/inotify/max_queued_events"};
  int most = 0;
  limit >> most;
  if (most == 0 || most > 40'000) {
    BOOST_TEST_MESSAGE("skipped: the queue of the kernel is too long to be filled");
    return;
  }
  const auto busy = with_commit("busy");
  box.git(busy, {"branch", "other"});
  const auto quiet = with_commit("quiet");
  add("busy", busy);
  add("quiet", quiet);
  heard.hold();
  box.commit(busy, "second");
  BOOST_REQUIRE(heard.is_held());
  // In turns, because the kernel joins events that are the same.
  for (int i = 0; i <= most; ++i)
    std::ofstream{busy / ".git/refs/heads" / (i % 2 == 0 ? "main" : "other"), std::ios::app};
  heard.release();
  BOOST_TEST(heard.more("quiet", 0));
  BOOST_TEST(watch.stats().losses > 0u);
  BOOST_TEST(tells("quiet", [&] { box.commit(quiet, "still watched"); }));
}

BOOST_FIXTURE_TEST_CASE(a_mark_holds_until_something_moves, fixture) {
  const auto clone = with_commit("clone");
  BOOST_TEST(!marks->make("clone").holds());
  add("clone", clone);
  BOOST_REQUIRE(silent("clone", 0));
  const auto mark = marks->make("clone");
  BOOST_TEST(mark.holds());
  // What is of no account may be in doubt for a moment, and no longer.
  box.git(clone, {"status"});
  BOOST_REQUIRE(silent("clone", 0));
  BOOST_TEST(mark.holds());
  watch.remove("clone");
  BOOST_TEST(!mark.holds());
  BOOST_TEST(!marks->make("clone").holds());
}

BOOST_FIXTURE_TEST_CASE(no_mark_holds_once_a_move_has_returned, fixture) {
  const auto clone = with_commit("clone");
  add("clone", clone);
  const auto ref = clone / ".git/refs/heads/main";
  const auto tip = box.git(clone, {"rev-parse", "HEAD"}) + "\n";
  int held = 0;
  for (int i = 0; i < 2'000; ++i) {
    const auto mark = marks->make("clone");
    held += mark.holds() ? 1 : 0;
    box.write(ref.string() + ".lock", tip);
    fs::rename(ref.string() + ".lock", ref);
    // At once, while the watch is anywhere on its way.
    BOOST_REQUIRE(!mark.holds());
  }
  BOOST_TEST_MESSAGE(held << " marks held before the move");
}

BOOST_FIXTURE_TEST_CASE(no_mark_holds_when_a_folder_above_goes_elsewhere, fixture) {
  fs::create_directories(box / "deep/below");
  const auto clone = with_commit("deep/below/clone");
  add("clone", clone);
  BOOST_REQUIRE(silent("clone", 0));
  const auto mark = marks->make("clone");
  BOOST_REQUIRE(mark.holds());
  BOOST_TEST(tells("clone", [&] {
    fs::rename(box / "deep", box / "elsewhere");
    BOOST_TEST(!mark.holds());
  }));
}

BOOST_FIXTURE_TEST_CASE(no_mark_holds_when_a_folder_is_closed_to_somebody, fixture) {
  fs::create_directories(box / "deep");
  const auto clone = with_commit("deep/clone");
  add("clone", clone);
  BOOST_REQUIRE(silent("clone", 0));
  for (const auto& folder : {clone / ".git", clone / ".git/refs/heads", clone, box / "deep"}) {
    for (const auto permissions : {fs::perms::none, fs::perms::owner_all}) {
      const auto mark = marks->make("clone");
      BOOST_REQUIRE(mark.holds());
      const int before = heard.times("clone");
      BOOST_TEST(tells("clone",
                       [&] {
                         fs::permissions(folder, permissions);
                         BOOST_TEST(!mark.holds());
                       }),
                 folder);
      BOOST_REQUIRE(silent("clone", before + 1));
    }
  }
}

BOOST_FIXTURE_TEST_CASE(no_mark_of_a_clone_that_is_only_swept_holds, swept_fixture) {
  add("clone", with_commit("clone"));
  BOOST_TEST(!marks->make("clone").holds());
}

BOOST_AUTO_TEST_CASE(no_mark_outlives_its_watch) {
  test::sandbox box;
  const auto clone = box.init("clone");
  box.commit(clone, "first");
  const auto marks = std::make_shared<git::ref_marks>();
  listener heard;
  std::optional<git::ref_watch> watch;
  watch.emplace(quick(), heard.callback(), heard.report(), marks);
  const auto location = located(clone);
  watch->add("clone", location, known(location), near_disk);
  BOOST_REQUIRE(heard.report_after(0));
  const auto mark = marks->make("clone");
  watch.reset();
  BOOST_TEST(!mark.holds());
  BOOST_TEST(!marks->make("clone").holds());
}

namespace {

/// A clone on a disk of its own, which hangs.
struct hung_clone {
  explicit hung_clone(test::sandbox& box) {
    fs::create_directory(box / "far");
    const auto path = box.init("far/clone");
    box.commit(path, "first");
    location = located(path);
    print = known(location);
    disk.emplace(box / "far");
  }

  repository_location location;
  refs_fingerprint print;
  std::optional<test::hung_disk> disk;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_disk_that_hangs_keeps_nobody_from_the_news_of_another, fixture) {
  const auto clone = with_commit("clone");
  add("clone", clone);
  hung_clone far{box};
  if (!far.disk->hangs())
    return;
  watch.add("far", far.location, far.print, far_disk);
  BOOST_REQUIRE(far.disk->holds_somebody());
  BOOST_TEST(tells("clone", [&] { box.commit(clone, "second"); }));
  const auto later = with_commit("later");
  add("later", later);
  BOOST_TEST(tells("later", [&] { box.git(later, {"branch", "deep/down/below"}); }));
  BOOST_TEST(tells("later", [&] { box.git(later, {"branch", "deep/down/again"}); }));
  BOOST_TEST(watch.stats().clones == 3u);
  BOOST_TEST(watch.stats().swept == 1u);
  BOOST_TEST(!marks->make("far").holds());
  watch.remove("far");
  BOOST_TEST(watch.stats().clones == 2u);
  BOOST_TEST(watch.stats().swept == 0u);
  watch.add("far", far.location, far.print, far_disk);
  BOOST_TEST(heard.times("far") == 0);
  // An error is an answer.
  BOOST_TEST(tells("far", [&] { far.disk->answer(); }));
}

BOOST_FIXTURE_TEST_CASE(a_clone_that_moves_away_from_a_disk_that_hangs_is_watched, fixture) {
  hung_clone far{box};
  if (!far.disk->hangs())
    return;
  watch.add("clone", far.location, far.print, far_disk);
  BOOST_REQUIRE(far.disk->holds_somebody());
  const auto clone = with_commit("clone");
  add("clone", clone);
  BOOST_REQUIRE(silent("clone", 0));
  const auto mark = marks->make("clone");
  far.disk->answer();
  BOOST_TEST(mark.holds());
  BOOST_TEST(tells("clone", [&] { box.commit(clone, "second"); }));
}

BOOST_FIXTURE_TEST_CASE(a_disk_that_hangs_keeps_nobody_from_being_swept, swept_fixture) {
  const auto clone = with_commit("clone");
  add("clone", clone);
  hung_clone far{box};
  if (!far.disk->hangs())
    return;
  watch.add("far", far.location, far.print, far_disk);
  BOOST_REQUIRE(far.disk->holds_somebody());
  for (const std::string name : {"one", "two", "three"})
    BOOST_TEST(tells("clone", [&] { box.git(clone, {"branch", name}); }));
  BOOST_TEST(heard.times("far") == 0);
}

BOOST_AUTO_TEST_CASE(a_watch_ends_though_a_disk_hangs_and_tells_nothing_later) {
  test::sandbox box;
  listener heard;
  hung_clone far{box};
  if (!far.disk->hangs())
    return;
  const auto marks = std::make_shared<git::ref_marks>();
  std::weak_ptr<listener> kept;
  {
    const auto ear = std::make_shared<listener>();
    kept = ear;
    git::ref_watch watch{quick(), [ear](const std::string&) {}, heard.report(), marks};
    watch.add("far", far.location, far.print, far_disk);
    BOOST_REQUIRE(far.disk->holds_somebody());
  }
  // Nothing of the caller's is left with the thread that hangs.
  BOOST_TEST(kept.expired());
  far.disk->answer();
  BOOST_TEST(!marks->make("far").holds());
  BOOST_TEST(heard.reports() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

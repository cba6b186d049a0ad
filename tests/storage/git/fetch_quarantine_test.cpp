#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <sys/inotify.h>
#include <tests/storage/git/reading.hpp>
#include <unistd.h>

#include <storage/git/fetch.hpp>
#include <storage/git/fetch_quarantine.hpp>

namespace fs = std::filesystem;
using headway::git::quarantine;

namespace {

struct quarantine_fixture : headway::test::reading_fixture {
  const std::string clone = box.init("clone").string();
  const fs::path objects = fs::path{clone} / ".git/objects";
  const headway::repository_location location = located(clone);

  std::vector<std::string> left() const {
    std::vector<std::string> result;
    for (const auto& entry : fs::directory_iterator{objects})
      if (entry.path().filename().native().starts_with(headway::git::quarantine_prefix))
        result.push_back(entry.path().filename());
    return result;
  }

  quarantine made() const {
    auto result = quarantine::make(location);
    BOOST_REQUIRE_MESSAGE(result, headway::test::words_of(result));
    return std::move(*result);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fetch_quarantine, quarantine_fixture)

BOOST_AUTO_TEST_CASE(one_that_lives_is_left_alone) {
  {
    const auto alive = made();
    headway::git::sweep_abandoned_fetches(location);
    BOOST_TEST(left() == std::vector{alive.name()}, boost::test_tools::per_element());
  }
  BOOST_TEST(left().empty());
}

BOOST_AUTO_TEST_CASE(one_that_was_being_made_or_removed_in_a_crash_goes_at_once) {
  const auto prefix = std::string{headway::git::quarantine_prefix};
  fs::create_directories(objects / (prefix + "empty"));
  const auto unlocked = objects / (prefix + "unlocked");
  fs::create_directories(unlocked / "pack");
  box.write(unlocked / headway::git::owner_file, "");
  BOOST_TEST(left().size() == 2u);
  headway::git::sweep_abandoned_fetches(location);
  BOOST_TEST(left().empty());
}

// Else a crash in the middle of the removal leaves a folder of which nobody can tell.
BOOST_AUTO_TEST_CASE(the_owners_file_is_removed_last) {
  auto alive = std::make_unique<quarantine>(made());
  for (const auto* name : {"a", "m", "z", "pack/pack-1.pack", "3a/1234"}) {
    fs::create_directories((fs::path{alive->path()} / name).parent_path());
    box.write(fs::path{alive->path()} / name, "content");
  }
  const int events = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  BOOST_REQUIRE(::inotify_add_watch(events, alive->path().c_str(), IN_DELETE) >= 0);
  alive.reset();
  alignas(inotify_event) char buffer[4096];
  const auto size = ::read(events, buffer, sizeof buffer);
  ::close(events);
  std::vector<std::string> removed;
  for (ssize_t at = 0; at < size;) {
    const auto& event = *reinterpret_cast<const inotify_event*>(buffer + at);
    if ((event.mask & IN_DELETE) != 0)
      removed.emplace_back(event.name);
    at += static_cast<ssize_t>(sizeof event + event.len);
  }
  BOOST_REQUIRE(removed.size() == 6u);
  BOOST_TEST(removed.back() == headway::git::owner_file);
}

BOOST_AUTO_TEST_CASE(they_are_made_and_kept_while_others_sweep) {
  std::atomic<bool> over{false};
  std::thread sweeper{[&] {
    while (!over)
      headway::git::sweep_abandoned_fetches(location);
  }};
  for (int i = 0; i < 2'000; ++i) {
    const auto result = quarantine::make(location);
    BOOST_CHECK_MESSAGE(result, headway::test::words_of(result));
    if (result)
      BOOST_CHECK(fs::exists(fs::path{result->path()} / headway::git::owner_file));
  }
  over = true;
  sweeper.join();
  BOOST_TEST(left().empty());
}

BOOST_AUTO_TEST_SUITE_END()

#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <tests/actors/scripted_parts.hpp>
#include <tests/support/hung_disk.hpp>
#include <tests/support/sandbox.hpp>

#include <actors/edge.hpp>
#include <actors/engine.hpp>
#include <actors/watch/ref_watcher.hpp>
#include <storage/git/repository.hpp>

BOOST_AUTO_TEST_SUITE(ref_watcher)

using namespace headway;
using namespace std::chrono_literals;

namespace {

/// A watcher among real threads, and a registry that notes what it tells.
struct fixture {
  fixture() {
    shared.log =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::null_sink_mt>());
    shared.figures = std::make_shared<headway::metrics>();
    shared.others = std::make_shared<parts>();
    shared.living = std::make_shared<population>();
    shared.condition = std::make_shared<health>();
    heard->moved = [this](const refs_moved& news) {
      const std::lock_guard guard{mutex};
      ++told[news.project.slug];
      changed.notify_all();
    };
    engine::configure(config);
    system = std::make_unique<caf::actor_system>(config);
    front = system->spawn<edge>(shared);
    shared.others->set<project_registry_actor>(
        system->spawn<test::recording_registry>(shared, heard));
    watcher = system->spawn<headway::ref_watcher>(shared, projects_config{});
  }

  ~fixture() {
    const auto registry = shared.others->get<project_registry_actor>();
    shared.others->clear();
    for (const auto& one :
         {caf::actor_cast<caf::actor>(watcher), caf::actor_cast<caf::actor>(front),
          caf::actor_cast<caf::actor>(registry)})
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    BOOST_TEST(shared.living->await_extinction(std::chrono::steady_clock::now() + 20s));
    watcher = nullptr;
    front = nullptr;
  }

  watch_clone wish(const std::string& name) {
    const auto path = box.init(name);
    box.commit(path, "first");
    const auto location = git::locate(path.string());
    BOOST_REQUIRE(location);
    const auto known = git::fingerprint(*location);
    BOOST_REQUIRE(known);
    return {project_id{path.filename().string()}, *location, *known};
  }

  watch_stats stats() {
    std::promise<caf::expected<watch_stats>> promise;
    auto answer = promise.get_future();
    ask<watch_stats>(front, watcher, stats_atom::value, [&](caf::expected<watch_stats> value) {
      promise.set_value(std::move(value));
    });
    auto result = answer.get();
    BOOST_REQUIRE(result);
    return *result;
  }

  /// Whether moves in the clone are told, whatever has been told before.
  bool tells(const std::string& name) {
    std::unique_lock lock{mutex};
    const int before = told[name];
    lock.unlock();
    box.commit(box / name, "another");
    lock.lock();
    return changed.wait_for(lock, 20s, [&] { return told[name] > before; });
  }

  test::sandbox box;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, int> told;
  test::registry_record_ptr heard = std::make_shared<test::registry_record>();
  engine_context shared;
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  edge_actor front;
  ref_watcher_actor watcher;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_clone_is_told_of_until_it_is_unwatched, fixture) {
  const auto clone = wish("clone");
  caf::anon_send(watcher, clone);
  BOOST_TEST(stats().clones == 1u);
  BOOST_TEST(tells("clone"));
  caf::anon_send(watcher, unwatch_clone{clone.project});
  BOOST_TEST(stats().clones == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_disk_that_hangs_keeps_no_message_waiting, fixture) {
  std::filesystem::create_directory(box / "far");
  const auto far = wish("far/clone");
  test::hung_disk disk{box / "far"};
  if (!disk.hangs())
    return;
  caf::anon_send(watcher, far);
  BOOST_REQUIRE(disk.holds_somebody());
  caf::anon_send(watcher, wish("near"));
  BOOST_TEST(stats().clones == 2u);
  BOOST_TEST(tells("near"));
  caf::anon_send(watcher, unwatch_clone{far.project});
  BOOST_TEST(stats().clones == 1u);
  // It ends, too, while the disk hangs.
  caf::anon_send_exit(watcher, caf::exit_reason::user_shutdown);
  caf::scoped_actor self{*system};
  self->wait_for(watcher);
  const std::lock_guard guard{mutex};
  BOOST_TEST(told["clone"] == 0);
}

BOOST_AUTO_TEST_SUITE_END()

#include <algorithm>

#include <boost/test/unit_test.hpp>
#include <tests/actors/scripted_parts.hpp>
#include <tests/support/caf_fixture.hpp>
#include <tests/support/sandbox.hpp>

#include <actors/repo/repo_pool.hpp>
#include <actors/repo/repo_worker.hpp>
#include <storage/git/fetch_quarantine.hpp>

BOOST_AUTO_TEST_SUITE(repo_pool)

using namespace headway;
using namespace std::chrono_literals;

namespace {

struct work_seen {
  std::size_t reads = 0;
  std::size_t opened = 0;  ///< For leases.
  std::size_t closed = 0;
  std::size_t workers = 0;
  bool stuck = false;  ///< Reads are taken and not answered.
  std::vector<std::string> order;
  repo_worker_actor last;
};

/// Lets a real worker do the job, and keeps count.
class counting_worker : public actor_shell<repo_worker_actor> {
 public:
  counting_worker(caf::actor_config& config, engine_context shared, repo_worker_actor real,
                  std::shared_ptr<work_seen> seen)
      : actor_shell(config, "counting-worker", std::move(shared)),
        real_(std::move(real)),
        seen_(std::move(seen)) {
    ++seen_->workers;
  }

  void on_exit() override {
    real_ = nullptr;
    for (auto& [job, promise] : parked_)
      promise.deliver(caf::make_error(caf::sec::request_receiver_down));
    parked_.clear();
  }

 protected:
  behavior_type make_behavior() override {
    return {
        [this](const read_refs_job& job) -> caf::result<read_refs_answer> {
          ++seen_->reads;
          if (seen_->stuck) {
            parked_.emplace_back(job, make_response_promise<read_refs_answer>());
            return parked_.back().second;
          }
          return delegate(real_, job);
        },
        [this](const locate_request& request) -> caf::result<repository_location> {
          seen_->order.push_back(request.path);
          return delegate(real_, request);
        },
        [this](const sweep_request& request) -> caf::result<caf::ok_atom> {
          return delegate(real_, request);
        },
        [this](const open_lease_job& job) -> caf::result<repo_lease_ptr> {
          ++seen_->opened;
          return delegate(real_, job);
        },
        [this](const close_job& job) {
          ++seen_->closed;
          send(real_, job);
        },
    };
  }

 private:
  repo_worker_actor real_;
  std::shared_ptr<work_seen> seen_;
  std::vector<std::pair<read_refs_job, caf::typed_response_promise<read_refs_answer>>> parked_;
};

struct fixture : test::caf_fixture {
  fixture() { git::initialise_library(); }

  ~fixture() {
    seen->last = nullptr;
    pool = nullptr;
    end();
  }

  void start(std::size_t workers = 1) {
    pool = spawn<headway::repo_pool>(
        limits, settings, workers,
        [this] {
          const repo_worker_actor real = spawn<repo_worker>();
          seen->last = spawn<counting_worker>(real, seen);
          return seen->last;
        },
        [this] { return mount_table{mounts}; });
    run();
  }

  repository_location repository(const std::string& name) {
    const auto path = box.init(name);
    box.commit(path, "one");
    return must<repository_location>(pool, locate_request{path.string()});
  }

  test::answer<repo_lease_ptr> lease(const repository_location& location,
                                     std::chrono::milliseconds patience = 5s) {
    return ask<repo_lease_ptr>(pool, lease_request{location, urgency::foreground, patience});
  }
  test::answer<repo_lease_ptr> lease(const repository_location& location, urgency who) {
    return ask<repo_lease_ptr>(pool, lease_request{location, who});
  }
  test::answer<read_refs_answer> read(const repository_location& location) {
    return ask<read_refs_answer>(pool, read_refs_request{location, {}});
  }

  read_refs_answer read_known(const repository_location& location, const refs_fingerprint& known) {
    return must<read_refs_answer>(pool, read_refs_request{location, known});
  }

  /// Reads until the fingerprint can be trusted: stamps of a moment ago cannot.
  refs_fingerprint settled(const repository_location& location) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    auto seen_now = value(read(location)).snapshot->fingerprint;
    while (seen_now.racy && std::chrono::steady_clock::now() < deadline)
      seen_now = value(read(location)).snapshot->fingerprint;
    BOOST_REQUIRE(!seen_now.racy);
    return seen_now;
  }

  void give_back(test::answer<repo_lease_ptr>& answer) {
    BOOST_REQUIRE((code(answer) == ec::none));
    answer.reset();
    run();
  }

  static bool granted(const test::answer<repo_lease_ptr>& answer) {
    return answer->has_value() && answer->value();
  }

  pool_stats stats() { return must<pool_stats>(pool, stats_atom::value); }

  test::sandbox box;
  lease_limits limits;
  pool_config settings;
  std::string mounts;  ///< As the kernel would tell them.
  std::shared_ptr<work_seen> seen = std::make_shared<work_seen>();
  repo_pool_actor pool;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_read_answers_with_the_refs, fixture) {
  start();
  const auto location = repository("a");
  const auto answer = value(read(location));
  BOOST_REQUIRE(answer.snapshot != nullptr);
  BOOST_REQUIRE(answer.snapshot->branches.size() == 1u);
  BOOST_TEST(answer.snapshot->branches[0].tip->hex() ==
             box.git(location.path, {"rev-parse", "HEAD"}));
  BOOST_TEST(stats().open == 1u);
  BOOST_TEST(stats().leased == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_handle_is_used_again_and_the_repository_put_in_its_place_is_seen,
                        fixture) {
  start();
  const auto location = repository("a");
  value(read(location));
  value(read(location));
  BOOST_TEST(stats().hits == 1u);
  std::filesystem::remove_all(location.path);
  const auto other = repository("a");
  BOOST_TEST(value(read(other)).snapshot->branches[0].tip->hex() ==
             box.git(other.path, {"rev-parse", "HEAD"}));
}

BOOST_FIXTURE_TEST_CASE(a_bad_path_is_told, fixture) {
  start();
  std::filesystem::create_directory(box / "folder");
  BOOST_TEST((code(ask<repository_location>(pool, locate_request{(box / "none").string()})) ==
              ec::missing));
  BOOST_TEST((code(ask<repository_location>(pool, locate_request{(box / "folder").string()})) ==
              ec::not_a_repository));
}

BOOST_FIXTURE_TEST_CASE(what_a_killed_fetch_left_goes_without_a_look, fixture) {
  start();
  const auto clone = repository("a");
  const auto left =
      std::filesystem::path{clone.object_store()} / (std::string{git::quarantine_prefix} + "left");
  std::filesystem::create_directory(left);
  box.write(left / git::owner_file, "");
  must<caf::ok_atom>(pool, sweep_request{clone.path});
  BOOST_TEST(!std::filesystem::exists(left));
  BOOST_TEST(seen->reads == 0u);
  BOOST_TEST(
      (code(ask<caf::ok_atom>(pool, sweep_request{(box / "none").string()})) == ec::missing));
}

BOOST_FIXTURE_TEST_CASE(a_repository_that_goes_fails_its_reads_alone, fixture) {
  start();
  const auto a = repository("a");
  const auto b = repository("b");
  value(read(a));
  std::filesystem::rename(a.path, box / "elsewhere");
  BOOST_TEST((code(read(a)) == ec::missing));
  BOOST_TEST((code(read(b)) == ec::none));
  std::filesystem::rename(box / "elsewhere", a.path);
  BOOST_TEST((code(read(a)) == ec::none));
  BOOST_TEST(stats().leased == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_wait_for_a_lease_has_a_deadline, fixture) {
  limits.per_repository = 1;
  settings.wait_limit = 10s;
  start();
  const auto location = repository("a");
  auto held = lease(location);
  const auto hurried = lease(location, 2s);
  const auto endless = lease(location, 24h);
  advance(1s);
  BOOST_TEST(!hurried->has_value());
  advance(2s);
  BOOST_TEST((code(hurried) == ec::deadline_exceeded));
  advance(8s);
  BOOST_TEST((code(endless) == ec::deadline_exceeded));
  held.reset();
  run();
  BOOST_TEST((code(lease(location)) == ec::none));
}

BOOST_FIXTURE_TEST_CASE(a_lease_that_ends_serves_the_next, fixture) {
  limits.per_repository = 1;
  start();
  const auto location = repository("a");
  auto first = lease(location);
  const auto second = lease(location);
  BOOST_TEST(!second->has_value());
  first.reset();
  run();
  BOOST_TEST((code(second) == ec::none));
  // A deadline that has been met does nothing later.
  advance(10s);
  BOOST_TEST(stats().leased == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_lease_for_an_asker_that_has_died_comes_back, fixture) {
  limits.per_repository = 1;
  start();
  const auto location = repository("a");
  auto held = lease(location);
  caf::anon_send(pool, lease_request{location});
  run();
  BOOST_TEST(stats().waiting == 1u);
  held.reset();
  run();
  BOOST_TEST(stats().leased == 0u);
  BOOST_TEST(stats().waiting == 0u);
}

BOOST_FIXTURE_TEST_CASE(the_budget_holds_and_workers_close_what_is_given_up, fixture) {
  // Room for the estimate of one, and nothing beside it.
  limits.memory_bytes = 512ull << 10;
  start();
  for (const auto* name : {"a", "b", "c", "d", "e"}) {
    value(read(repository(name)));
    BOOST_TEST(stats().memory_bytes <= limits.memory_bytes);
  }
  BOOST_TEST(stats().evictions > 0u);
  BOOST_TEST(seen->closed == stats().evictions);
}

BOOST_FIXTURE_TEST_CASE(idle_handles_are_closed_after_their_time, fixture) {
  limits.idle_ttl = 60s;
  start();
  value(read(repository("a")));
  advance(50s, 1s);
  BOOST_TEST(stats().open == 1u);
  BOOST_TEST(seen->closed == 0u);
  advance(20s, 1s);
  BOOST_TEST(stats().open == 0u);
  BOOST_TEST(seen->closed == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_worker_that_dies_fails_its_read_and_is_replaced, fixture) {
  start();
  const auto location = repository("a");
  seen->stuck = true;
  const auto lost = read(location);
  const auto behind = read(location);
  BOOST_TEST(!lost->has_value());
  seen->stuck = false;
  kill(seen->last);
  BOOST_TEST((code(lost) == ec::shutting_down));
  BOOST_TEST((code(behind) == ec::none));
  BOOST_TEST(seen->workers == 2u);
  BOOST_TEST(stats().leased == 0u);
}

BOOST_FIXTURE_TEST_CASE(everybody_is_answered_when_the_pool_stops, fixture) {
  limits.per_repository = 2;
  start();
  const auto location = repository("a");
  seen->stuck = true;
  const auto running = read(location);
  const auto queued = read(location);
  const auto waiting = lease(location);
  const auto located = ask<repository_location>(pool, locate_request{location.path});
  BOOST_TEST(stats().leased == 2u);
  BOOST_TEST(stats().waiting == 1u);
  BOOST_TEST(!running->has_value());
  BOOST_TEST(!queued->has_value());
  BOOST_TEST(!waiting->has_value());
  BOOST_TEST(!located->has_value());
  kill(pool);
  BOOST_TEST((code(running) == ec::shutting_down));
  BOOST_TEST((code(queued) == ec::shutting_down));
  BOOST_TEST(to_string(code(waiting)) == "shutting_down");
  BOOST_TEST((code(located) == ec::shutting_down));
}

BOOST_FIXTURE_TEST_CASE(full_queues_refuse, fixture) {
  limits.per_repository = 1;
  limits.queue = 2;
  settings.queue_limit = 2;
  start();
  const auto location = repository("a");
  const auto other = repository("b");
  value(read(location));
  seen->stuck = true;
  read(other);
  auto held = lease(location);
  lease(location);
  lease(location);
  BOOST_TEST((code(lease(location)) == ec::overloaded));
  BOOST_TEST((code(read(location)) == ec::overloaded));
  std::size_t refused = 0;
  for (const auto& answer :
       ask_together<repository_location>(pool, std::vector<locate_request>(5, {location.path})))
    refused += answer->has_value() && code(answer) == ec::overloaded;
  BOOST_TEST(refused == 3u);
}

BOOST_FIXTURE_TEST_CASE(people_go_before_the_background, fixture) {
  start();
  const auto location = repository("a");
  seen->order.clear();
  ask_together<repository_location>(
      pool, std::vector<locate_request>{{location.path, urgency::background},
                                        {location.path + "/1", urgency::background},
                                        {location.path + "/2", urgency::background},
                                        {location.path + "/3", urgency::foreground}});
  // The first had a worker at once.
  BOOST_TEST(seen->order == (std::vector<std::string>{location.path, location.path + "/3",
                                                      location.path + "/1", location.path + "/2"}));
}

BOOST_FIXTURE_TEST_CASE(what_a_person_comes_to_wait_for_goes_before_the_background, fixture) {
  start();
  const auto a = repository("a");
  const auto b = repository("b");
  seen->order.clear();
  for (const auto& location : {a, b})
    for (const auto& path : {location.path + "/nothing", location.path})
      caf::anon_send(pool, locate_request{path, urgency::background});
  caf::anon_send(pool, person_waits{b.path, b.common_dir});
  run();
  BOOST_TEST(seen->order == (std::vector<std::string>{a.path + "/nothing", b.path, a.path,
                                                      b.path + "/nothing"}),
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(slow_openings_delay_nobody_whose_repository_is_open, fixture) {
  start(3);
  const auto open = repository("open");
  value(read(open));
  std::vector<repository_location> on_a_slow_disk;
  for (int i = 0; i < 5; ++i)
    on_a_slow_disk.push_back(repository("slow" + std::to_string(i)));
  seen->reads = 0;
  seen->stuck = true;
  std::vector<test::answer<read_refs_answer>> slow;
  for (const auto& location : on_a_slow_disk)
    slow.push_back(read(location));
  BOOST_TEST(seen->reads == 2u);
  seen->stuck = false;
  value(read(open));
  BOOST_TEST(seen->reads == 3u);
  for (const auto& answer : slow)
    BOOST_TEST(!answer->has_value());
}

BOOST_FIXTURE_TEST_CASE(a_disk_that_hangs_delays_nobody_on_another, fixture) {
  std::filesystem::create_directory(box / "hung");
  std::filesystem::create_directory(box / "third");
  mounts = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:50 / " + (box / "hung").string() +
           " rw - nfs4 far:/ rw\n3 1 8:33 / " + (box / "third").string() +
           " rw - ext4 /dev/sdc1 rw\n";
  start(2);
  const auto open = repository("open");
  value(read(open));
  std::vector<repository_location> on_it;
  for (int i = 0; i < 6; ++i)
    on_it.push_back(repository("hung/" + std::to_string(i)));
  value(read(on_it[0]));
  seen->stuck = true;
  std::vector<test::answer<read_refs_answer>> hung;
  for (int i = 0; i < 3; ++i)
    for (const auto& location : on_it)
      hung.push_back(read(location));
  seen->stuck = false;
  // Neither what is open nor what has never been looked at waits, on whatever other disk.
  value(read(open));
  value(read(repository("cold")));
  value(read(repository("third/cold")));
  BOOST_TEST(granted(lease(repository("leased"))));
  for (const auto& answer : hung)
    BOOST_TEST(!answer->has_value());
  // Who waits for the disk hears that it does not answer; two have a worker, which cannot be told.
  advance(settings.wait_limit + 1s);
  BOOST_TEST(std::ranges::count_if(hung, [](const auto& answer) {
               return answer->has_value() && code(answer) == ec::deadline_exceeded;
             }) == static_cast<std::ptrdiff_t>(hung.size()) - 2);
}

BOOST_FIXTURE_TEST_CASE(a_lease_is_opened_by_a_worker_of_the_pool, fixture) {
  start();
  const auto location = repository("a");
  auto first = lease(location);
  BOOST_TEST(granted(first));
  BOOST_TEST(seen->opened == 1u);
  give_back(first);
  // Once open, it is handed out without a look at the disk.
  BOOST_TEST(granted(lease(location)));
  BOOST_TEST(seen->opened == 1u);
  std::filesystem::remove_all(box / "a");
  const auto gone = repository("b");
  std::filesystem::remove_all(gone.path);
  BOOST_TEST((code(lease(gone)) == ec::missing));
}

BOOST_FIXTURE_TEST_CASE(refs_are_read_once_and_then_found_as_known, fixture) {
  start();
  const auto where = repository("a");
  const auto known = settled(where);
  BOOST_TEST((read_known(where, known).snapshot == nullptr));
  const auto tip = box.commit(where.path, "second");
  const auto next = read_known(where, known);
  BOOST_REQUIRE((next.snapshot != nullptr));
  BOOST_TEST(next.snapshot->branches.at(0).tip->hex() == tip);
  BOOST_TEST(stats().open == 1u);
  BOOST_TEST(stats().misses == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_is_no_repository_is_refused_by_name, fixture) {
  start();
  std::filesystem::create_directories(box / "plain");
  const auto plain = ask<repository_location>(pool, locate_request{(box / "plain").string()});
  BOOST_TEST((code(plain) == ec::not_a_repository));
  const auto sha256 = box.init("sha256", {"--object-format=sha256"});
  const auto refused = ask<repository_location>(pool, locate_request{sha256.string()});
  BOOST_TEST((code(refused) == ec::unsupported_object_format));
  BOOST_TEST((detail_of(refused->value().error()).find(sha256.string()) != std::string::npos));
  const auto reftable = box.init("reftable");
  box.git(reftable, {"config", "core.repositoryformatversion", "1"});
  box.git(reftable, {"config", "extensions.refstorage", "reftable"});
  BOOST_TEST((code(ask<repository_location>(pool, locate_request{reftable.string()})) ==
              ec::unsupported_object_format));
}

BOOST_FIXTURE_TEST_CASE(leases_go_to_people_first_and_each_in_order, fixture) {
  limits.per_repository = 1;
  start();
  const auto where = repository("a");
  auto holder = lease(where);
  const auto background = lease(where, urgency::background);
  auto first = lease(where);
  auto second = lease(where);
  give_back(holder);
  BOOST_TEST((granted(first) && !granted(second) && !granted(background)));
  give_back(first);
  BOOST_TEST((granted(second) && !granted(background)));
  give_back(second);
  BOOST_TEST(granted(background));
}

BOOST_FIXTURE_TEST_CASE(ten_leases_of_one_repository_starve_no_other, fixture) {
  start();
  const auto hot = repository("hot");
  const auto other = repository("other");
  std::vector<test::answer<repo_lease_ptr>> leases;
  for (int i = 0; i < 10; ++i)
    leases.push_back(lease(hot));
  BOOST_TEST(std::ranges::count_if(leases, granted) == 4);
  BOOST_TEST(granted(lease(other, urgency::background)));
  BOOST_TEST((value(read(other)).snapshot != nullptr));
}

BOOST_FIXTURE_TEST_CASE(a_repository_repacked_by_another_is_read_on, fixture) {
  start();
  const auto where = repository("a");
  const auto before = value(read(where)).snapshot;
  box.git(where.path, {"gc", "-q", "--prune=now"});
  const auto held = value(lease(where));
  const auto handle = held->repository();
  BOOST_REQUIRE(handle);
  BOOST_TEST((*handle)->read_parents(*before->branches.at(0).tip)->empty());
}

BOOST_FIXTURE_TEST_CASE(so_many_are_open_and_the_one_unused_for_longest_goes, fixture) {
  limits.handles = 2;
  start();
  const auto a = repository("a"), b = repository("b"), c = repository("c");
  read(a);
  advance(1s);
  read(b);
  advance(1s);
  read(c);
  BOOST_TEST(stats().open == 2u);
  read(b);
  BOOST_TEST(stats().misses == 3u);
  read(a);
  BOOST_TEST(stats().misses == 4u);
}

BOOST_FIXTURE_TEST_CASE(short_of_memory_less_is_open_and_calm_brings_it_back, fixture) {
  limits.memory_bytes = 1ull << 20;
  start();
  std::vector<repository_location> all;
  for (int i = 0; i < 6; ++i) {
    all.push_back(repository("r" + std::to_string(i)));
    read(all.back());
  }
  const auto before = stats();
  BOOST_TEST(before.open == 6u);
  resource_sample sample;
  sample.memory_pressure = 0.1;
  const auto short_of = std::make_shared<const resource_sample>(sample);
  tell(pool, resource_sample_ptr{short_of});
  BOOST_TEST(stats().memory_bytes <= before.memory_bytes / 2);
  tell(pool, resource_sample_ptr{short_of});
  BOOST_TEST(stats().memory_bytes <= before.memory_bytes / 4);
  // Who asks is served all the same, one at a time if need be.
  for (const auto& where : all)
    BOOST_TEST((value(read(where)).snapshot != nullptr));
  sample.memory_pressure = 0;
  for (int i = 0; i < 8; ++i)
    tell(pool, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  for (const auto& where : all)
    read(where);
  BOOST_TEST(stats().open == 6u);
}

BOOST_FIXTURE_TEST_CASE(close_to_the_limit_of_the_cgroup_counts_as_short, fixture) {
  limits.memory_bytes = 1ull << 20;
  start();
  for (const auto* name : {"a", "b", "c", "d"})
    read(repository(name));
  resource_sample sample;
  sample.memory_limit = 100;
  sample.memory_used = 90;
  tell(pool, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  BOOST_TEST(stats().open == 4u);
  sample.memory_used = 96;
  tell(pool, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  BOOST_TEST(stats().open == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

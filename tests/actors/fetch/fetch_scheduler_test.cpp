#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>
#include <tests/actors/scripted_parts.hpp>
#include <tests/support/caf_fixture.hpp>

#include <actors/fetch/fetch_scheduler.hpp>

BOOST_AUTO_TEST_SUITE(fetch_scheduler)

using namespace headway;
using namespace std::chrono_literals;

namespace {

struct fixture : test::caf_fixture {
  fixture() {
    settings.min_interval = 60s;
    settings.max_interval = 6h;
    settings.max_concurrent = 2;
    settings.backoff = 5s;
    settings.deadline = 2min;
    settings.max_deadline = 30min;
    shared.others->set<project_registry_actor>(spawn<test::recording_registry>(told));
    shared.others->set<database_writer_actor>(spawn<test::scripted_store>(stored));
  }

  ~fixture() { end(); }

  void start() {
    scheduler = spawn<headway::fetch_scheduler>(
        settings,
        scheduler_environment{2, 1, ids, 5s, [this] { return wall() + clock_was_set; }, claims},
        [this] { return fetch_worker_actor{spawn<test::scripted_fetch_worker>(script)}; });
    run();
  }

  static fetch_target target(const std::string& store, const std::string& remote = "origin",
                             const std::string& branch = "main") {
    fetch_target result;
    result.location = {"/src/" + store, "/src/" + store + "/.git", "/src/" + store + "/.git",
                       false};
    result.remote = {remote, "https://example.org/" + store, "https://example.org:443", {}};
    result.refs = {{"refs/heads/" + branch, "refs/remotes/" + remote + "/" + branch, std::nullopt}};
    return result;
  }

  /// The same remote at another address, of another host.
  static fetch_target readdressed(const std::string& store) {
    auto result = target(store);
    result.remote.display_url = "https://new.example/" + store;
    result.remote.host = "https://new.example:443";
    return result;
  }

  void track(const std::string& project, std::vector<fetch_target> targets,
             std::vector<remote_state> restored = {}) {
    tell(scheduler, track_project{{project}, std::move(targets), std::move(restored)});
  }

  fetch_report_ptr ask_fetch(const std::string& project) {
    return must<fetch_report_ptr>(scheduler, fetch_request{{project}, fetch_reason::user_asked});
  }

  /// Ends the running fetch of `store`.
  void finish(const std::string& store, fetch_outcome outcome = fetch_outcome::unchanged,
              ec reason = ec::none, std::vector<ref_update> updates = {}) {
    remote_fetch_report report;
    report.outcome = outcome;
    report.code = reason;
    report.error = reason == ec::none ? "" : "as scripted";
    report.updates = std::move(updates);
    report.started = wall();
    finish(store, std::move(report));
  }

  void finish(const std::string& store, remote_fetch_report report) {
    const auto it = std::ranges::find_if(script->running, [&](const auto& job) {
      return job.job.target.location.path == "/src/" + store;
    });
    BOOST_REQUIRE_MESSAGE(it != script->running.end(), "no fetch of " << store << " runs");
    auto ended = std::move(*it);
    script->running.erase(it);
    report.remote = ended.job.target.remote.name;
    report.finished = wall();
    tell(ended.worker, test::script_step{[promise = ended.promise, report]() mutable {
           promise.deliver(std::move(report));
         }});
  }

  void fail(const std::string& store, ec reason, fetch_outcome outcome = fetch_outcome::failed) {
    finish(store, outcome, reason);
  }

  remote_state state(const std::string& project) {
    const auto states = told->remotes_of(project);
    BOOST_REQUIRE(states.size() == 1u);
    return states[0];
  }

  /// Stores being fetched now.
  std::string running() const {
    std::string result;
    for (const auto& job : script->running)
      result += job.job.target.location.path.substr(5) + " ";
    return result;
  }

  scheduler_stats stats() { return must<scheduler_stats>(scheduler, stats_atom::value); }

  milliseconds clock_was_set{};
  fetch_config settings;
  test::fetch_script_ptr script = std::make_shared<test::fetch_script>();
  test::registry_record_ptr told = std::make_shared<test::registry_record>();
  test::store_script_ptr stored = std::make_shared<test::store_script>();
  fetch_id_source ids = std::make_shared<std::atomic<std::uint64_t>>(0);
  std::shared_ptr<store_claims> claims = std::make_shared<store_claims>();
  fetch_scheduler_actor scheduler;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_new_project_is_fetched_at_once_and_then_when_it_is_due, fixture) {
  start();
  track("a", {target("a")});
  BOOST_TEST(running() == "a ");
  BOOST_TEST((state("a").stage == fetch_stage::running));
  finish("a");
  BOOST_TEST((state("a").stage == fetch_stage::done));
  const auto due = state("a").next_due.value();
  BOOST_TEST((due >= wall() + 54s));
  BOOST_TEST((due <= wall() + 66s));
  advance(50s);
  BOOST_TEST(running().empty());
  advance(20s);
  BOOST_TEST(running() == "a ");
}

BOOST_FIXTURE_TEST_CASE(due_times_spread_within_the_jitter, fixture) {
  settings.max_concurrent = 100;
  settings.max_per_host = 100;
  settings.jitter_percent = 20;
  start();
  for (int i = 0; i < 50; ++i)
    track("p" + std::to_string(i), {target("p" + std::to_string(i))});
  std::set<wall_time> dues;
  for (int i = 0; i < 50; ++i) {
    const auto name = "p" + std::to_string(i);
    finish(name);
    const auto due = *state(name).next_due;
    BOOST_TEST((due >= wall() + 48s && due <= wall() + 72s));
    dues.insert(due);
  }
  BOOST_TEST(dues.size() > 45u);
}

BOOST_FIXTURE_TEST_CASE(no_more_run_at_once_than_admitted, fixture) {
  settings.max_concurrent = 3;
  start();
  for (int i = 0; i < 20; ++i)
    track("p" + std::to_string(i), {target("p" + std::to_string(i))});
  BOOST_TEST(stats().running == 3u);
  BOOST_TEST(stats().queued == 17u);
  while (!script->running.empty())
    finish(script->running.front().job.target.location.path.substr(5));
  BOOST_TEST(script->most_at_once == 3u);
  BOOST_TEST(script->begun.size() == 20u);
  BOOST_TEST(script->workers == 3u);
  BOOST_TEST(stats().completed == 20u);
}

BOOST_FIXTURE_TEST_CASE(pressure_lowers_what_runs_next, fixture) {
  settings.max_concurrent = 4;
  start();
  resource_sample sample;
  sample.memory_pressure = 0.5;
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  for (const auto* name : {"a", "b", "c"})
    track(name, {target(name)});
  BOOST_TEST(running() == "a ");
  BOOST_TEST(stats().limit == 1u);
  BOOST_TEST(stats().limited_by == "memory pressure");
}

BOOST_FIXTURE_TEST_CASE(a_store_with_two_remotes_is_fetched_one_after_the_other, fixture) {
  start();
  track("a", {target("a", "origin"), target("a", "fork")});
  BOOST_TEST(running() == "a ");
  finish("a");
  BOOST_TEST(running() == "a ");
  finish("a");
  BOOST_TEST(script->most_at_once == 1u);
  std::set<std::string> fetched;
  for (const auto& job : script->begun)
    fetched.insert(job.target.remote.name);
  BOOST_TEST(fetched == (std::set<std::string>{"origin", "fork"}));
}

BOOST_FIXTURE_TEST_CASE(a_person_goes_before_the_background, fixture) {
  settings.max_concurrent = 1;
  start();
  for (const auto* name : {"a", "b", "c", "d"})
    track(name, {target(name)});
  const auto queued = ask_fetch("d");
  BOOST_TEST((queued->stage == fetch_stage::queued));
  BOOST_TEST(queued->id.value > 0u);
  finish("a");
  BOOST_TEST(running() == "d ");
}

BOOST_FIXTURE_TEST_CASE(what_nobody_waits_for_lets_others_go_first, fixture) {
  start();
  track("a", {target("a")});
  BOOST_TEST((script->running[0].job.haste == fetch_haste::nobody_waits));
  ask_fetch("a");
  finish("a");
  BOOST_TEST((script->running[0].job.haste == fetch_haste::somebody_waits));
}

BOOST_FIXTURE_TEST_CASE(people_join_a_fetch_that_waits, fixture) {
  settings.max_concurrent = 1;
  start();
  track("busy", {target("busy")});
  track("a", {target("a")});
  const auto first = ask_fetch("a");
  const auto second = ask_fetch("a");
  BOOST_TEST((first->id != second->id));
  const auto one = ask<fetch_report_ptr>(scheduler, await_fetch{first->id, 60s});
  const auto two = ask<fetch_report_ptr>(scheduler, await_fetch{second->id, 60s});
  finish("busy");
  BOOST_TEST(!one->has_value());
  finish("a", fetch_outcome::updated, ec::none, {{"refs/remotes/origin/main", {}, oid{}}});
  for (const auto& answer : {one, two}) {
    const auto report = value(answer);
    BOOST_TEST((report->stage == fetch_stage::done));
    BOOST_REQUIRE(report->remotes.size() == 1u);
    BOOST_TEST((report->remotes[0].outcome == fetch_outcome::updated));
    BOOST_TEST(report->remotes[0].updates.size() == 1u);
  }
  BOOST_TEST(script->begun.size() == 2u);
  BOOST_TEST(running().empty());
}

BOOST_FIXTURE_TEST_CASE(people_who_ask_during_a_fetch_share_the_next_one, fixture) {
  // What was pushed after the running one had asked the remote would be missing from its answer.
  start();
  track("a", {target("a")});
  const auto one = ask<fetch_report_ptr>(scheduler, await_fetch{ask_fetch("a")->id, 60s});
  const auto two = ask<fetch_report_ptr>(scheduler, await_fetch{ask_fetch("a")->id, 60s});
  finish("a");
  BOOST_TEST(!one->has_value());
  BOOST_TEST(running() == "a ");
  BOOST_TEST((state("a").stage == fetch_stage::running));
  finish("a");
  for (const auto& answer : {one, two})
    BOOST_TEST((value(answer)->stage == fetch_stage::done));
  BOOST_TEST(script->begun.size() == 2u);
  BOOST_TEST(state("a").next_due.has_value());
}

BOOST_FIXTURE_TEST_CASE(who_waits_hears_how_it_stands_when_patience_ends, fixture) {
  start();
  track("a", {target("a")});
  finish("a");
  const auto id = ask_fetch("a")->id;
  const auto now = must<fetch_report_ptr>(scheduler, await_fetch{id, 0s});
  BOOST_TEST((now->stage != fetch_stage::done));
  const auto later = ask<fetch_report_ptr>(scheduler, await_fetch{id, 3s});
  advance(2s);
  BOOST_TEST(!later->has_value());
  advance(2s);
  BOOST_TEST((value(later)->stage == fetch_stage::running));
  BOOST_TEST(!value(later)->finished.has_value());
  finish("a");
  BOOST_TEST((must<fetch_report_ptr>(scheduler, await_fetch{id, 0s})->stage == fetch_stage::done));
}

BOOST_FIXTURE_TEST_CASE(patience_without_end_is_bounded_and_answered, fixture) {
  start();
  track("a", {target("a")});
  finish("a");
  const auto answer = ask<fetch_report_ptr>(
      scheduler, await_fetch{ask_fetch("a")->id, std::chrono::milliseconds::max()});
  BOOST_TEST(!answer->has_value());
  finish("a");
  BOOST_TEST((value(answer)->stage == fetch_stage::done));
}

BOOST_FIXTURE_TEST_CASE(an_unknown_fetch_is_looked_up_in_the_store, fixture) {
  start();
  BOOST_TEST((code(ask<fetch_report_ptr>(scheduler, await_fetch{{99}, 1s})) == ec::not_found));
  shared.others->set(database_writer_actor{});
  BOOST_TEST((code(ask<fetch_report_ptr>(scheduler, await_fetch{{99}, 1s})) == ec::not_found));
}

BOOST_FIXTURE_TEST_CASE(failures_wait_ever_longer_and_a_success_forgets_them, fixture) {
  settings.max_backoff = 15min;
  start();
  // What many failures say about a host is another matter.
  auto local = target("a");
  local.remote.host = "file";
  track("a", {local});
  for (unsigned failures = 1; failures <= 8; ++failures) {
    fail("a", ec::network);
    const auto now = state("a");
    BOOST_TEST(now.failures == failures);
    BOOST_TEST(now.error == "as scripted");
    const auto wait = *now.next_due - wall();
    BOOST_TEST((wait >= 2'500ms));
    BOOST_TEST((wait <= std::min<std::chrono::nanoseconds>(15min, 5s * (1 << (failures - 1)))));
    advance(std::chrono::ceil<std::chrono::milliseconds>(wait) + 1s, 250ms);
    BOOST_REQUIRE(running() == "a ");
  }
  finish("a");
  BOOST_TEST(state("a").failures == 0u);
  BOOST_TEST(state("a").error.empty());
  BOOST_TEST(stats().failed == 8u);
}

BOOST_FIXTURE_TEST_CASE(a_refused_login_waits_for_a_person, fixture) {
  start();
  track("a", {target("a")});
  fail("a", ec::auth_required, fetch_outcome::auth_required);
  BOOST_TEST(!state("a").next_due.has_value());
  advance(24h, 1min);
  BOOST_TEST(running().empty());
  // Not even what the project tells anew (a branch was made, say) asks again.
  track("a", {target("a", "origin", "other")});
  BOOST_TEST(running().empty());
  ask_fetch("a");
  BOOST_TEST(running() == "a ");
  finish("a");
  BOOST_TEST(state("a").next_due.has_value());
}

BOOST_FIXTURE_TEST_CASE(time_outs_double_the_deadline_until_one_gets_through, fixture) {
  start();
  track("a", {target("a")});
  std::vector<milliseconds> deadlines;
  for (int i = 0; i < 6; ++i) {
    BOOST_REQUIRE(!script->running.empty());
    deadlines.push_back(script->running[0].job.deadline);
    if (i < 4)
      fail("a", ec::deadline_exceeded, fetch_outcome::timed_out);
    else
      finish("a");
    ask_fetch("a");
  }
  BOOST_TEST((deadlines == std::vector<milliseconds>{2min, 4min, 8min, 16min, 30min, 2min}));
}

BOOST_FIXTURE_TEST_CASE(worktrees_share_one_fetch_and_all_hear_of_it, fixture) {
  start();
  auto main = target("store", "origin", "main");
  auto side = target("store", "origin", "side");
  side.location.path = "/src/worktree";
  side.location.git_dir = "/src/store/.git/worktrees/worktree";
  track("main", {main});
  finish("store");
  track("side", {side});
  BOOST_TEST(stats().targets == 1u);
  ask_fetch("main");
  BOOST_REQUIRE(script->running.size() == 1u);
  BOOST_TEST(script->running[0].job.target.refs.size() == 2u);
  for (const auto* project : {"main", "side"}) {
    BOOST_TEST((state(project).stage == fetch_stage::running));
    BOOST_TEST(state(project).tracked_refs == 2u);
  }
  finish("worktree");
  for (const auto* project : {"main", "side"})
    BOOST_TEST((state(project).stage == fetch_stage::done));
  BOOST_TEST(stored->remotes.back().project.slug !=
             stored->remotes[stored->remotes.size() - 2].project.slug);
}

BOOST_FIXTURE_TEST_CASE(a_worktree_that_goes_leaves_the_others_their_fetch, fixture) {
  start();
  auto side = target("store", "origin", "side");
  side.location.path = "/src/worktree";
  track("main", {target("store", "origin", "main")});
  finish("store");
  track("side", {side});
  tell(scheduler, untrack_project{{"side"}});
  ask_fetch("main");
  BOOST_TEST(running() == "store ");
  BOOST_REQUIRE(script->running[0].job.target.refs.size() == 1u);
  BOOST_TEST(script->running[0].job.target.refs[0].remote_ref == "refs/heads/main");
}

BOOST_FIXTURE_TEST_CASE(a_removed_project_is_not_fetched_and_who_waits_is_told, fixture) {
  settings.max_concurrent = 1;
  start();
  track("a", {target("a")});
  track("b", {target("b")});
  const auto answer = ask<fetch_report_ptr>(scheduler, await_fetch{ask_fetch("b")->id, 60s});
  tell(scheduler, untrack_project{{"b"}});
  BOOST_REQUIRE(value(answer)->remotes.size() == 1u);
  BOOST_TEST((value(answer)->remotes[0].outcome == fetch_outcome::cancelled));
  finish("a");
  BOOST_TEST(running().empty());
  BOOST_TEST(stats().targets == 1u);
  BOOST_TEST(
      (code(ask<fetch_report_ptr>(scheduler, fetch_request{{"b"}})) == ec::invalid_argument));
  tell(scheduler, untrack_project{{"never known"}});
}

BOOST_FIXTURE_TEST_CASE(a_project_removed_while_it_is_fetched_goes_when_that_has_ended, fixture) {
  start();
  track("a", {target("a")});
  finish("a");
  const auto answer = ask<fetch_report_ptr>(scheduler, await_fetch{ask_fetch("a")->id, 60s});
  tell(scheduler, untrack_project{{"a"}});
  BOOST_TEST(running() == "a ");
  BOOST_TEST(!answer->has_value());
  finish("a");
  BOOST_TEST((value(answer)->stage == fetch_stage::done));
  BOOST_TEST(stats().targets == 0u);
  advance(24h, 1min);
  BOOST_TEST(script->begun.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_remote_that_is_gone_is_told_as_such, fixture) {
  start();
  track("a", {target("a")});
  finish("a");
  track("a", {});
  BOOST_TEST(told->remotes_of("a").empty());
  BOOST_TEST(stats().targets == 0u);
}

BOOST_FIXTURE_TEST_CASE(what_no_branch_needs_is_not_fetched, fixture) {
  start();
  auto unused = target("a");
  unused.refs.clear();
  track("a", {unused});
  BOOST_TEST(running().empty());
  BOOST_TEST(!state("a").next_due.has_value());
  BOOST_TEST(
      (code(ask<fetch_report_ptr>(scheduler, fetch_request{{"a"}})) == ec::invalid_argument));
}

BOOST_FIXTURE_TEST_CASE(an_address_that_changes_during_a_fetch_frees_the_right_host, fixture) {
  settings.max_per_host = 1;
  settings.max_concurrent = 4;
  start();
  track("a", {target("a")});
  auto moved = target("a");
  moved.remote.host = "ssh://elsewhere:22";
  track("a", {moved});
  finish("a");
  track("b", {target("b")});
  BOOST_TEST(running() == "b ");
}

BOOST_FIXTURE_TEST_CASE(a_new_address_is_asked_at_once_whatever_the_old_one_failed_of, fixture) {
  start();
  track("a", {target("a")});
  for (int i = 0; i < 3; ++i) {
    fail("a", ec::deadline_exceeded, fetch_outcome::timed_out);
    ask_fetch("a");
  }
  fail("a", ec::auth_required, fetch_outcome::auth_required);
  BOOST_TEST(!state("a").next_due.has_value());
  track("a", {readdressed("a")});
  BOOST_TEST(running() == "a ");
  BOOST_TEST(script->running[0].job.target.remote.display_url ==
             readdressed("a").remote.display_url);
  BOOST_TEST((script->running[0].job.deadline == settings.deadline));
  const auto now = state("a");
  BOOST_TEST((now.outcome == fetch_outcome::never));
  BOOST_TEST((now.code == ec::none));
  BOOST_TEST(now.error.empty());
  BOOST_TEST(now.failures == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_new_address_leaves_what_was_seen_at_the_old_one_until_it_is_asked,
                        fixture) {
  start();
  track("a", {target("a")});
  finish("a");
  const auto before = state("a");
  track("a", {readdressed("a")});
  BOOST_TEST(running() == "a ");
  BOOST_TEST((state("a").outcome == fetch_outcome::unchanged));
  BOOST_TEST((state("a").last_success == before.last_success));
}

BOOST_FIXTURE_TEST_CASE(an_address_that_stays_keeps_what_it_failed_of, fixture) {
  start();
  track("a", {target("a")});
  fail("a", ec::not_found);
  const auto before = state("a");
  track("a", {target("a", "origin", "other")});
  BOOST_TEST((state("a").next_due == before.next_due));
  BOOST_TEST(state("a").failures == 1u);
  // Another work tree comes and goes, which has settings of its own, and says the same as ever.
  auto side = readdressed("a");
  side.location.path = "/src/side";
  for (int i = 0; i < 2; ++i) {
    track("side", {side});
    track("a", {target("a")});
  }
  tell(scheduler, untrack_project{{"side"}});
  BOOST_TEST((state("a").next_due == before.next_due));
  BOOST_TEST(state("a").failures == 1u);
  BOOST_TEST(running().empty());
}

BOOST_FIXTURE_TEST_CASE(an_address_that_changed_while_the_node_was_down_is_asked_at_once, fixture) {
  start();
  remote_state known;
  known.remote = "origin";
  known.url = target("a").remote.display_url;
  known.outcome = fetch_outcome::failed;
  known.error = "no such host";
  known.failures = 9;
  known.next_due = wall() + 10min;
  track("a", {target("a")}, {known});
  BOOST_TEST(state("a").failures == 9u);
  track("b", {readdressed("b")}, {known});
  BOOST_TEST(running() == "b ");
  BOOST_TEST(state("b").failures == 0u);
}

BOOST_FIXTURE_TEST_CASE(what_a_fetch_of_the_old_address_comes_to_is_not_the_new_ones, fixture) {
  start();
  track("a", {target("a")});
  finish("a");
  const auto before = state("a");
  const auto id = ask_fetch("a")->id;
  track("a", {readdressed("a")});
  BOOST_TEST(script->begun.size() == 2u);
  advance(1s);
  const auto tip = oid::from_hex("00000000000000000000000000000000000000aa");
  finish("a", fetch_outcome::updated, ec::none, {{"refs/remotes/origin/main", {}, tip}});
  // It is told as it was, and its refs are where it has moved them.
  const auto report = must<fetch_report_ptr>(scheduler, await_fetch{id, 0s});
  BOOST_TEST((report->remotes.at(0).outcome == fetch_outcome::updated));
  BOOST_TEST((state("a").outcome == before.outcome));
  BOOST_TEST((state("a").last_success == before.last_success));
  BOOST_TEST((state("a").next_due.value() <= wall()));
  advance(250ms);
  BOOST_REQUIRE(running() == "a ");
  BOOST_TEST(script->running[0].job.target.remote.display_url ==
             readdressed("a").remote.display_url);
  BOOST_TEST((script->running[0].job.target.refs.at(0).tip == tip));
  finish("a");
  BOOST_TEST((state("a").last_success > before.last_success));
}

BOOST_FIXTURE_TEST_CASE(a_failure_of_the_old_address_is_not_the_new_ones, fixture) {
  start();
  track("a", {target("a")});
  track("a", {readdressed("a")});
  fail("a", ec::network);
  BOOST_TEST((state("a").outcome == fetch_outcome::never));
  BOOST_TEST(state("a").failures == 0u);
  advance(250ms);
  BOOST_TEST(running() == "a ");
  fail("a", ec::network);
  BOOST_TEST(state("a").failures == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_fetch_that_waits_goes_to_the_new_address, fixture) {
  settings.max_concurrent = 1;
  start();
  track("busy", {target("busy")});
  track("a", {target("a")});
  track("a", {readdressed("a")});
  BOOST_TEST(stats().queued == 1u);
  finish("busy");
  BOOST_REQUIRE(running() == "a ");
  BOOST_TEST(script->running[0].job.target.remote.host == readdressed("a").remote.host);
  finish("a");
  BOOST_TEST((state("a").outcome == fetch_outcome::unchanged));
}

BOOST_FIXTURE_TEST_CASE(a_project_that_comes_again_during_its_fetch_may_have_moved, fixture) {
  start();
  track("a", {target("a")});
  tell(scheduler, untrack_project{{"a"}});
  track("a", {readdressed("a")});
  fail("a", ec::not_found);
  BOOST_TEST(state("a").failures == 0u);
  advance(250ms);
  BOOST_TEST(running() == "a ");
}

BOOST_FIXTURE_TEST_CASE(a_restart_keeps_the_schedule_and_is_no_stampede, fixture) {
  settings.max_concurrent = 100;
  settings.max_per_host = 100;
  start();
  remote_state later;
  later.remote = "origin";
  later.outcome = fetch_outcome::unchanged;
  later.last_success = wall() - 1h;
  later.next_due = wall() + 2h;
  track("later", {target("later")}, {later});
  BOOST_TEST((state("later").next_due == later.next_due));
  BOOST_TEST(state("later").tracked_refs == 1u);
  auto overdue = later;
  overdue.next_due = wall() - 30min;
  for (int i = 0; i < 90; ++i)
    track("p" + std::to_string(i), {target("p" + std::to_string(i))}, {overdue});
  advance(250ms);
  BOOST_TEST(script->running.size() < 20u);
  advance(15s);
  BOOST_TEST(script->running.size() > 20u);
  BOOST_TEST(script->running.size() < 70u);
  advance(20s);
  BOOST_TEST(script->running.size() == 90u);
  BOOST_TEST((state("later").stage == fetch_stage::done));
}

BOOST_FIXTURE_TEST_CASE(a_refused_login_of_before_a_restart_still_waits_for_a_person, fixture) {
  start();
  remote_state refused;
  refused.remote = "origin";
  refused.outcome = fetch_outcome::auth_required;
  track("a", {target("a")}, {refused});
  advance(1h, 1s);
  BOOST_TEST(running().empty());
}

BOOST_FIXTURE_TEST_CASE(a_refused_login_of_before_a_restart_is_tried_once_logins_may_have_changed,
                        fixture) {
  start();
  resource_sample sample;
  sample.login_files = 1;
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  remote_state refused;
  refused.remote = "origin";
  refused.outcome = fetch_outcome::auth_required;
  // Its clone was read only after the first sample.
  track("a", {target("a")}, {refused});
  advance(settings.min_interval + 1s);
  BOOST_TEST(running() == "a ");
}

BOOST_FIXTURE_TEST_CASE(switched_off_only_people_fetch, fixture) {
  settings.background = fetch_config::background_mode::off;
  start();
  track("a", {target("a")});
  advance(24h, 1min);
  BOOST_TEST(running().empty());
  ask_fetch("a");
  BOOST_TEST(running() == "a ");
  finish("a");
  BOOST_TEST(!state("a").next_due.has_value());
  settings.background = fetch_config::background_mode::on;
  tell(scheduler, fetch_limits_ptr{std::make_shared<const fetch_config>(settings)});
  advance(61s);
  BOOST_TEST(running() == "a ");
}

BOOST_FIXTURE_TEST_CASE(only_what_is_worth_telling_becomes_history, fixture) {
  start();
  track("a", {target("a")});
  finish("a");
  BOOST_TEST(stored->fetches.empty());
  ask_fetch("a");
  finish("a");
  BOOST_TEST(stored->fetches.size() == 1u);
  advance(70s);
  fail("a", ec::network);
  BOOST_TEST(stored->fetches.size() == 2u);
  BOOST_TEST((stored->remotes.back().state.code == ec::network));
  BOOST_TEST(stored->remotes.back().state.next_due.has_value());
}

BOOST_FIXTURE_TEST_CASE(a_worker_that_dies_fails_its_fetch_and_is_replaced, fixture) {
  settings.max_concurrent = 1;
  start();
  track("a", {target("a")});
  track("b", {target("b")});
  const auto waiting = ask<fetch_report_ptr>(scheduler, await_fetch{ask_fetch("b")->id, 60s});
  kill(script->running[0].worker);
  BOOST_TEST((state("a").outcome == fetch_outcome::failed));
  BOOST_TEST(state("a").error.find("ended unexpectedly") != std::string::npos);
  BOOST_TEST(state("a").next_due.has_value());
  // What waited behind it is not held up.
  BOOST_TEST(running() == "b ");
  BOOST_TEST(script->workers == 2u);
  finish("b");
  BOOST_TEST((value(waiting)->stage == fetch_stage::done));
  BOOST_TEST(stats().running == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_full_queue_refuses_a_person_and_puts_the_schedule_off, fixture) {
  settings.max_concurrent = 1;
  settings.queue_limit = 1;
  start();
  track("runs", {target("runs")});
  track("waits", {target("waits")});
  track("late", {target("late")});
  BOOST_TEST((state("late").stage == fetch_stage::done));
  BOOST_TEST((state("late").next_due.value() >= wall() + 54s));
  const auto refused =
      ask<fetch_report_ptr>(scheduler, fetch_request{{"late"}, fetch_reason::user_asked});
  BOOST_TEST((code(refused) == ec::overloaded));
  // One that waits already takes no further place.
  BOOST_TEST((ask_fetch("waits")->stage == fetch_stage::queued));
  fail("runs", ec::auth_required);
  fail("waits", ec::auth_required);
  advance(70s);
  BOOST_TEST(running() == "late ");
}

BOOST_FIXTURE_TEST_CASE(a_project_with_more_remotes_than_may_wait_is_fetched_all_the_same,
                        fixture) {
  settings.max_concurrent = 1;
  settings.queue_limit = 1;
  start();
  track("a", {target("a", "one"), target("a", "two"), target("a", "three")});
  for (int i = 0; i < 3; ++i)
    finish("a");
  const auto asked = ask_fetch("a");
  for (int i = 0; i < 3; ++i)
    finish("a");
  const auto report = must<fetch_report_ptr>(scheduler, await_fetch{asked->id, 0s});
  BOOST_TEST((report->stage == fetch_stage::done));
  BOOST_TEST(report->remotes.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(a_remote_whose_fetches_take_long_has_longer_after_a_restart_too, fixture) {
  start();
  track("a", {target("a")},
        {{.remote = "origin", .outcome = fetch_outcome::updated, .usual = 3min}});
  track("b", {target("b")},
        {{.remote = "origin", .outcome = fetch_outcome::timed_out, .failures = 2}});
  advance(10s);
  const auto deadline_of = [&](const std::string& path) {
    return std::ranges::find(script->begun, path,
                             [](const auto& job) { return job.target.location.path; })
        ->deadline;
  };
  BOOST_TEST((deadline_of("/src/a") == 12min));
  BOOST_TEST((deadline_of("/src/b") == 8min));
}

BOOST_FIXTURE_TEST_CASE(a_fetch_that_took_long_gives_the_next_one_more_time, fixture) {
  start();
  track("a", {target("a")});
  advance(100s);
  remote_fetch_report report;
  report.outcome = fetch_outcome::updated;
  report.started = wall() - 100s;
  finish("a", report);
  BOOST_TEST((state("a").usual == 100s));
  ask_fetch("a");
  BOOST_TEST((script->running.at(0).job.deadline == 400s));
}

BOOST_FIXTURE_TEST_CASE(a_clock_that_is_set_during_a_fetch_says_nothing_about_the_fetch, fixture) {
  start();
  for (const auto& [name, set] : {std::pair{"a", 24h}, std::pair{"b", -24h}}) {
    track(name, {target(name)});
    advance(7s);
    remote_fetch_report report;
    report.outcome = fetch_outcome::updated;
    report.started = wall() - 7s - set;
    finish(name, report);
    BOOST_TEST((state(name).usual == 7s));
  }
}

BOOST_FIXTURE_TEST_CASE(a_host_that_asks_for_a_pause_during_a_fetch_gets_it, fixture) {
  start();
  track("a", {target("a")});
  track("b", {target("b")});
  finish("b");
  remote_fetch_report report;
  report.outcome = fetch_outcome::failed;
  report.code = ec::remote;
  report.error = "answered 429";
  report.host = host_sign::throttled;
  report.retry_after = 10min;
  finish("a", report);
  advance(9min);
  BOOST_TEST(running().empty());
  advance(3min);
  BOOST_TEST(!running().empty());
}

BOOST_FIXTURE_TEST_CASE(a_clone_on_a_full_disk_does_not_stop_the_others, fixture) {
  settings.max_concurrent = 1;
  start();
  track("a", {target("a")});
  track("b", {target("b")});
  remote_fetch_report report;
  report.outcome = fetch_outcome::failed;
  report.code = ec::disk_full;
  report.error = "less than 2 GiB is free";
  report.held_back = true;
  finish("a", report);
  BOOST_TEST(running() == "b ");
}

BOOST_FIXTURE_TEST_CASE(who_waits_when_the_scheduler_stops_is_answered, fixture) {
  start();
  track("a", {target("a")});
  const auto answer = ask<fetch_report_ptr>(scheduler, await_fetch{ask_fetch("a")->id, 60s});
  kill(scheduler);
  BOOST_TEST((code(answer) == ec::shutting_down));
}

namespace {

using finding = probe_report::finding;

/// A scheduler with a prober in front.
struct probing : fixture {
  probing() { shared.others->set<prober_actor>(spawn<test::scripted_prober>(looks)); }

  ~probing() { end(); }

  /// Stores being looked at now, those of one question in brackets.
  std::string looking() const {
    std::string result;
    for (const auto& one : looks->running) {
      std::string names;
      for (const auto& target : one.job.targets)
        names += (names.empty() ? "" : "+") + target.location.path.substr(5);
      result += names + " ";
    }
    return result;
  }

  /// Ends the look at `store` and whatever shares it.
  void see(const std::string& store, probe_report report) {
    see_each(store, [&](const std::string&) { return report; });
  }

  void see_each(const std::string& store,
                const std::function<probe_report(const std::string& path)>& what) {
    const auto it = std::ranges::find_if(looks->running, [&](const auto& one) {
      return std::ranges::any_of(one.job.targets, [&](const auto& target) {
        return target.location.path == "/src/" + store;
      });
    });
    BOOST_REQUIRE_MESSAGE(it != looks->running.end(), "nobody looks at " << store);
    auto ended = std::move(*it);
    looks->running.erase(it);
    probe_answer answer;
    for (const auto& target : ended.job.targets)
      answer.reports.push_back(what(target.location.path));
    tell(ended.prober, test::script_step{[promise = ended.promise, answer]() mutable {
           promise.deliver(std::move(answer));
         }});
  }

  void see_unchanged(const std::string& store) {
    see(store, {.found = finding::unchanged, .host = host_sign::well, .took = 7ms});
    advance(20ms);  // Until it is told.
  }

  void see_failure(const std::string& store, ec code = ec::network,
                   host_sign host = host_sign::ill) {
    see(store, {.found = finding::failed, .code = code, .error = "as scripted", .host = host});
  }

  fetch_target at_host(const std::string& store, const std::string& host) {
    auto result = target(store);
    result.remote.host = host;
    result.remote.display_url = host + "/" + store;
    return result;
  }

  remote_schedule schedule(const std::string& project) {
    const auto answer = must<project_schedule_ptr>(scheduler, schedule_request{{project}});
    BOOST_REQUIRE(answer->remotes.size() == 1u);
    return answer->remotes[0];
  }

  scheduler_state_ptr whole() { return must<scheduler_state_ptr>(scheduler, schedule_atom::value); }

  test::probe_script_ptr looks = std::make_shared<test::probe_script>();
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_remote_that_has_not_moved_is_not_fetched, probing) {
  start();
  track("a", {target("a")});
  BOOST_TEST(looking() == "a ");
  see_unchanged("a");
  BOOST_TEST(running().empty());
  BOOST_TEST((state("a").stage == fetch_stage::done));
  BOOST_TEST((state("a").outcome == fetch_outcome::unchanged));
  BOOST_TEST((state("a").last_success == wall() - 20ms));
  BOOST_TEST(state("a").next_due.has_value());
  BOOST_TEST(script->workers == 0u);
  BOOST_TEST(stats().completed == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_short_look_is_told_of_once_and_a_long_one_when_it_lasts, probing) {
  start();
  track("a", {target("a")});
  const auto before = told->changes.size();
  see_unchanged("a");
  BOOST_TEST(told->changes.size() == before + 1);
  ask_fetch("a");
  BOOST_TEST((state("a").stage == fetch_stage::done));
  advance(1s);
  BOOST_TEST((state("a").stage == fetch_stage::running));
  BOOST_TEST(told->changes.size() == before + 2);
  see_unchanged("a");
  BOOST_TEST((state("a").stage == fetch_stage::done));
  BOOST_TEST(told->changes.size() == before + 3);
}

BOOST_FIXTURE_TEST_CASE(looks_that_end_quietly_are_told_and_stored_together, probing) {
  start();
  for (const char* name : {"a", "b"})
    track(name, {target(name)});
  const auto before = told->changes.size();
  const probe_report nothing{.found = finding::unchanged, .host = host_sign::well};
  for (const char* name : {"a", "b"})
    see(name, nothing);
  BOOST_TEST(told->changes.size() == before);
  BOOST_TEST(stored->remotes.empty());
  advance(20ms);
  BOOST_TEST(told->changes.size() == before + 2);
  BOOST_TEST(stored->remotes.size() == 2u);
  // Somebody waits for this one.
  ask_fetch("a");
  see("a", nothing);
  BOOST_TEST(told->changes.size() == before + 3);
  BOOST_TEST(stored->remotes.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(what_ended_quietly_is_stored_when_the_scheduler_stops, probing) {
  start();
  track("a", {target("a")});
  see("a", {.found = finding::unchanged, .host = host_sign::well});
  kill(scheduler);
  BOOST_REQUIRE(stored->remotes.size() == 1u);
  BOOST_TEST(stored->remotes[0].state.last_success.has_value());
}

BOOST_FIXTURE_TEST_CASE(what_waits_for_a_fetch_is_told_of, probing) {
  settings.max_concurrent = 1;
  start();
  for (const char* name : {"a", "b"}) {
    track(name, {target(name)});
    see(name, {.found = finding::moved, .seen = std::make_shared<const advertised_refs>()});
    BOOST_TEST((state(name).stage == fetch_stage::running));
  }
  BOOST_TEST(running() == "a ");
}

BOOST_FIXTURE_TEST_CASE(a_remote_that_has_moved_is_fetched_with_what_was_seen, probing) {
  start();
  track("a", {target("a")});
  see_unchanged("a");
  const auto id = ask_fetch("a")->id;
  advance(1s);
  const auto seen = std::make_shared<const advertised_refs>();
  see("a", {.found = finding::moved, .seen = seen, .host = host_sign::well, .took = 30ms});
  BOOST_TEST(running() == "a ");
  BOOST_TEST((script->running[0].job.seen == seen));
  BOOST_TEST(
      (must<fetch_report_ptr>(scheduler, await_fetch{id, 0s})->stage == fetch_stage::running));
  finish("a", fetch_outcome::updated);
  const auto report = must<fetch_report_ptr>(scheduler, await_fetch{id, 0s});
  BOOST_REQUIRE((report->stage == fetch_stage::done));
  BOOST_TEST((report->remotes[0].outcome == fetch_outcome::updated));
  BOOST_TEST((report->remotes[0].timing.probe == 30ms));
}

BOOST_FIXTURE_TEST_CASE(what_seems_to_be_gone_is_looked_at_again_by_git, probing) {
  start();
  track("a", {target("a")});
  see("a", {.found = finding::missing, .host = host_sign::well});
  BOOST_TEST(running() == "a ");
  BOOST_TEST(!script->running[0].job.seen);
  finish("a");
  ask_fetch("a");
  see("a", {.found = finding::left_to_git, .error = "http.cookieFile is set"});
  BOOST_TEST(running() == "a ");
  BOOST_TEST(!script->running[0].job.seen);
}

BOOST_FIXTURE_TEST_CASE(many_are_looked_at_while_few_are_fetched, probing) {
  settings.max_concurrent = 1;
  settings.max_probes = 50;
  settings.max_probes_per_host = 40;
  start();
  for (int i = 0; i < 60; ++i)
    track("p" + std::to_string(i), {target("p" + std::to_string(i))});
  for (int i = 0; i < 60; ++i)
    track("q" + std::to_string(i), {at_host("q" + std::to_string(i), "https://b:443")});
  BOOST_TEST(looks->running.size() == 50u);
  BOOST_TEST(stats().probing == 50u);
  BOOST_TEST(stats().queued == 70u);
  while (!looks->running.empty())
    see(looks->running.front().job.targets[0].location.path.substr(5),
        {.found = finding::moved, .seen = std::make_shared<const advertised_refs>()});
  BOOST_TEST(looks->most_at_once == 50u);
  BOOST_TEST(script->running.size() == 1u);
  BOOST_TEST(stats().queued == 119u);
}

BOOST_FIXTURE_TEST_CASE(a_clock_that_is_set_during_a_look_says_nothing_about_the_look, probing) {
  start();
  // One that took a day would be asked after days: looks may cost only so much of a machine.
  track("a", {target("a")});
  clock_was_set = 24h;
  see_unchanged("a");
  const auto wait = *state("a").next_due - wall() - clock_was_set;
  BOOST_TEST((wait > 50s));
  BOOST_TEST((wait < 70s));
}

BOOST_FIXTURE_TEST_CASE(remotes_at_one_address_are_looked_at_together, probing) {
  settings.max_probes = 1;
  start();
  track("busy", {target("busy")});
  for (const auto* name : {"a", "b", "c"}) {
    auto shared_one = target(name);
    shared_one.remote.display_url = "https://example.org/shared";
    track(name, {shared_one});
  }
  see_unchanged("busy");
  BOOST_TEST(looking() == "a+b+c ");
  see_unchanged("b");
  for (const auto* name : {"a", "b", "c"})
    BOOST_TEST((state(name).outcome == fetch_outcome::unchanged));
  BOOST_TEST(looks->begun.size() == 2u);
}

// Nothing can be told of a host by a clone whose own disk hangs.
BOOST_FIXTURE_TEST_CASE(of_a_look_for_several_whoever_heard_of_the_host_tells_of_it, probing) {
  settings.max_probes = 1;
  start();
  track("busy", {target("busy")});
  for (const auto* name : {"a", "b"}) {
    auto shared_one = target(name);
    shared_one.remote.display_url = "https://example.org/shared";
    track(name, {shared_one});
  }
  see_unchanged("busy");
  see_each("a", [](const std::string& path) -> probe_report {
    if (path == "/src/a")
      return {.found = finding::failed, .code = ec::io, .error = "its disk does not answer"};
    return {.found = finding::failed,
            .code = ec::remote,
            .error = "answered 429",
            .host = host_sign::throttled,
            .retry_after = 30s};
  });
  BOOST_TEST(state("a").error.find("disk") != std::string::npos);
  const auto hosts = whole()->hosts;
  BOOST_REQUIRE(hosts.size() == 1u);
  BOOST_TEST(hosts[0].blocked_until.has_value());
}

BOOST_FIXTURE_TEST_CASE(people_who_ask_during_a_look_share_the_next_one, probing) {
  start();
  track("a", {target("a")});
  const auto one = ask<fetch_report_ptr>(scheduler, await_fetch{ask_fetch("a")->id, 60s});
  see_unchanged("a");
  BOOST_TEST(!one->has_value());
  BOOST_TEST(looking() == "a ");
  see_unchanged("a");
  BOOST_TEST((value(one)->stage == fetch_stage::done));
  BOOST_TEST(looks->begun.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_person_is_looked_after_first, probing) {
  settings.max_probes = 1;
  start();
  for (const auto* name : {"a", "b", "c", "d"})
    track(name, {target(name)});
  ask_fetch("d");
  BOOST_TEST(schedule("d").position.value() == 1u);
  BOOST_TEST(schedule("b").position.value() == 2u);
  BOOST_TEST(schedule("b").step == "waits_for_probe");
  BOOST_TEST(schedule("a").step == "probing");
  see_unchanged("a");
  BOOST_TEST(looking() == "d ");
}

BOOST_FIXTURE_TEST_CASE(two_remotes_of_a_store_are_looked_at_together_and_fetched_in_turn,
                        probing) {
  start();
  track("a", {target("a", "origin"), target("a", "fork")});
  BOOST_TEST(looks->begun.size() == 1u);  // They show the same address.
  see("a", {.found = finding::moved, .seen = std::make_shared<const advertised_refs>()});
  BOOST_TEST(script->running.size() == 1u);
  finish("a");
  BOOST_TEST(script->running.size() == 1u);
  finish("a");
  BOOST_TEST(script->most_at_once == 1u);
  BOOST_TEST(script->begun.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(the_end_of_a_look_frees_no_store_that_is_being_fetched, probing) {
  start();
  auto fork = target("a", "fork");
  fork.remote.display_url = "https://example.org/fork";
  track("a", {target("a", "origin"), fork});
  const auto seen = std::make_shared<const advertised_refs>();
  see("a", {.found = finding::moved, .seen = seen});
  BOOST_TEST(script->running.size() == 1u);
  see_unchanged("a");
  auto third = target("a", "third");
  third.remote.display_url = "https://example.org/third";
  track("a", {target("a", "origin"), fork, third});
  see("a", {.found = finding::moved, .seen = seen});
  BOOST_TEST(script->running.size() == 1u);
  finish("a");
  BOOST_TEST(script->running.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_project_removed_while_it_waits_for_its_fetch_goes_at_once, probing) {
  settings.max_concurrent = 1;
  start();
  const auto seen = std::make_shared<const advertised_refs>();
  for (const auto* name : {"a", "b"}) {
    track(name, {target(name)});
    see(name, {.found = finding::moved, .seen = seen});
  }
  BOOST_TEST(schedule("b").step == "waits_for_transfer");
  BOOST_TEST(schedule("a").step == "transferring");
  const auto answer = ask<fetch_report_ptr>(scheduler, await_fetch{ask_fetch("b")->id, 60s});
  tell(scheduler, untrack_project{{"b"}});
  BOOST_TEST((value(answer)->remotes.at(0).outcome == fetch_outcome::cancelled));
  finish("a");
  BOOST_TEST(running().empty());
  BOOST_TEST(stats().targets == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_prober_that_dies_leaves_its_looks_to_git, probing) {
  start();
  track("a", {target("a")});
  kill(shared.others->get<prober_actor>());
  BOOST_TEST(running() == "a ");
  BOOST_TEST(!script->running[0].job.seen);
}

BOOST_FIXTURE_TEST_CASE(a_dead_host_costs_the_others_nothing, probing) {
  settings.max_probes = 8;
  settings.max_probes_per_host = 4;
  settings.min_interval = 60s;
  start();
  for (int i = 0; i < 90; ++i)
    track("dead" + std::to_string(i), {at_host("dead" + std::to_string(i), "https://dead:443")});
  for (int i = 0; i < 10; ++i)
    track("well" + std::to_string(i), {at_host("well" + std::to_string(i), "https://well:443")});
  // Both are asked, each for its share.
  while (!looks->running.empty()) {
    const auto name = looks->running.front().job.targets[0].location.path.substr(5);
    name.starts_with("dead") ? see_failure(name) : see_unchanged(name);
  }
  const auto asked_of_dead = [&] {
    return std::ranges::count_if(looks->begun, [](const probe_job& job) {
      return job.targets[0].remote.host == "https://dead:443";
    });
  };
  const auto asked = asked_of_dead();
  BOOST_TEST(asked <= 9);  // Five failures, and what ran beside them.
  for (const auto* name : {"dead0", "dead89"}) {
    BOOST_TEST((state(name).outcome == fetch_outcome::failed));
    BOOST_TEST(state(name).next_due.has_value());
  }
  BOOST_TEST((state("well9").outcome == fetch_outcome::unchanged));
  BOOST_TEST(stats().queued == 0u);
  // In an hour it is asked a few times and not ninety times each minute.
  for (int minute = 0; minute < 60; ++minute) {
    advance(60s, 1s);
    while (!looks->running.empty()) {
      const auto name = looks->running.front().job.targets[0].location.path.substr(5);
      name.starts_with("dead") ? see_failure(name) : see_unchanged(name);
    }
  }
  BOOST_TEST(asked_of_dead() - asked <= 8);
  BOOST_TEST(asked_of_dead() - asked >= 4);
  const auto about = schedule("dead5");
  BOOST_TEST(about.why.find("in a row") != std::string::npos);
  BOOST_TEST(about.host_blocked_until.has_value());
  const auto hosts = whole()->hosts;
  BOOST_REQUIRE(hosts.size() == 1u);
  BOOST_TEST(hosts[0].host == "https://dead:443");
  BOOST_TEST(hosts[0].failures >= 5u);
}

BOOST_FIXTURE_TEST_CASE(a_host_that_is_well_again_is_asked_by_all_again, probing) {
  settings.max_interval = 2min;
  start();
  for (int i = 0; i < 20; ++i)
    track("p" + std::to_string(i), {target("p" + std::to_string(i))});
  while (!looks->running.empty())
    see_failure(looks->running.front().job.targets[0].location.path.substr(5));
  for (int minute = 0; minute < 10; ++minute) {
    advance(60s, 1s);
    while (!looks->running.empty())
      see_unchanged(looks->running.front().job.targets[0].location.path.substr(5));
  }
  for (int i = 0; i < 20; ++i)
    BOOST_TEST((state("p" + std::to_string(i)).outcome == fetch_outcome::unchanged));
  const auto all = whole();
  for (const auto& host : all->hosts) {
    BOOST_TEST(host.failures == 0u);
    BOOST_TEST(!host.blocked_until.has_value());
  }
}

BOOST_FIXTURE_TEST_CASE(what_is_seen_at_the_old_address_is_not_the_new_ones, probing) {
  start();
  const auto seen = std::make_shared<const advertised_refs>();
  for (const auto found : {finding::unchanged, finding::moved, finding::failed}) {
    const auto name = "p" + std::to_string(int(found));
    track(name, {target(name)});
    track(name, {readdressed(name)});
    see(name, {.found = found, .seen = seen, .error = "as scripted", .credential = 7});
    BOOST_TEST(running().empty());
    BOOST_REQUIRE(looking() == name + " ");
    BOOST_TEST(looks->running[0].job.targets.at(0).remote.host == readdressed(name).remote.host);
    BOOST_TEST((state(name).outcome == fetch_outcome::never));
    BOOST_TEST(state(name).failures == 0u);
    see_unchanged(name);
    BOOST_TEST((state(name).outcome == fetch_outcome::unchanged));
  }
}

BOOST_FIXTURE_TEST_CASE(a_look_at_an_old_address_ends_with_those_who_wanted_it, probing) {
  start();
  track("a", {target("a")});
  const auto id = ask_fetch("a")->id;
  track("a", {readdressed("a")});
  tell(scheduler, untrack_project{{"a"}});
  see("a", {.found = finding::unchanged, .host = host_sign::well});
  BOOST_TEST(stats().targets == 0u);
  BOOST_TEST(looking().empty());
  BOOST_TEST((must<fetch_report_ptr>(scheduler, await_fetch{id, 0s})->stage == fetch_stage::done));
}

BOOST_FIXTURE_TEST_CASE(a_look_at_an_old_address_can_be_cancelled, probing) {
  start();
  track("a", {target("a")});
  see_unchanged("a");
  const auto id = ask_fetch("a")->id;
  track("a", {readdressed("a")});
  const auto answer = ask<fetch_report_ptr>(scheduler, cancel_fetch{id});
  see("a", {.found = finding::failed, .code = ec::cancelled, .outcome = fetch_outcome::cancelled});
  BOOST_TEST((value(answer)->remotes.at(0).outcome == fetch_outcome::cancelled));
  BOOST_TEST(looking().empty());
  advance(250ms);
  BOOST_TEST(looking() == "a ");
}

BOOST_FIXTURE_TEST_CASE(what_waits_is_asked_at_the_new_address, probing) {
  settings.max_probes = 1;
  settings.max_concurrent = 1;
  start();
  track("busy", {target("busy")});
  track("a", {target("a")});
  ask_fetch("a");
  track("a", {readdressed("a")});
  see("busy", {.found = finding::left_to_git});
  BOOST_TEST(looks->running.at(0).job.targets.at(0).remote.host == readdressed("a").remote.host);
  // What was seen of the one address is not what the other is fetched by.
  see("a", {.found = finding::moved, .seen = std::make_shared<const advertised_refs>()});
  BOOST_TEST(schedule("a").step == "waits_for_transfer");
  track("a", {target("a")});
  BOOST_TEST(looking() == "a ");
  see_unchanged("a");
  BOOST_TEST((state("a").outcome == fetch_outcome::unchanged));
  finish("busy");
  BOOST_TEST(running().empty());
}

BOOST_FIXTURE_TEST_CASE(the_trial_of_a_closed_host_counts_when_its_remote_has_moved_away, probing) {
  start();
  for (const auto* name : {"a", "b", "c", "d", "e", "f"})
    track(name, {target(name)});
  while (!looks->running.empty())
    see_failure(looks->running.front().job.targets[0].location.path.substr(5));
  BOOST_REQUIRE(whole()->hosts.at(0).blocked_until.has_value());
  for (int second = 0; second < 300 && looks->running.empty(); ++second)
    advance(1s);
  BOOST_REQUIRE(looks->running.size() == 1u);
  const auto name = looks->running[0].job.targets[0].location.path.substr(5);
  track(name, {readdressed(name)});
  see(name, {.found = finding::unchanged, .host = host_sign::well});
  // The host that was tried answers, and the remote is asked where it lies now.
  const auto all = whole();
  for (const auto& host : all->hosts)
    BOOST_TEST(host.failures == 0u);
  BOOST_TEST(looking().find(name) != std::string::npos);
  while (!looks->running.empty())
    see_unchanged(looks->running.front().job.targets[0].location.path.substr(5));
  BOOST_TEST((state(name).outcome == fetch_outcome::unchanged));
}

BOOST_FIXTURE_TEST_CASE(a_host_that_asks_for_a_pause_gets_it_from_people_too, probing) {
  start();
  track("a", {target("a")});
  see("a", {.found = finding::failed,
            .code = ec::remote,
            .error = "answered 429",
            .host = host_sign::throttled,
            .retry_after = 90s});
  const auto id = ask_fetch("a")->id;
  BOOST_TEST(looking().empty());
  BOOST_TEST(schedule("a").why.find("left alone") != std::string::npos);
  advance(80s, 1s);
  BOOST_TEST(looking().empty());
  advance(20s, 1s);
  BOOST_TEST(looking() == "a ");
  see_unchanged("a");
  BOOST_TEST((must<fetch_report_ptr>(scheduler, await_fetch{id, 0s})->stage == fetch_stage::done));
}

BOOST_FIXTURE_TEST_CASE(the_whole_schedule_can_be_asked_for, probing) {
  start();
  track("a", {target("a")});
  see_unchanged("a");
  track("b", {target("b")});
  const auto all = whole();
  BOOST_TEST(all->remotes == 2u);
  BOOST_TEST((all->next_due == state("a").next_due));
  BOOST_TEST(all->probes.running == 1u);
  BOOST_TEST(all->probes.limit == settings.max_probes);
  BOOST_TEST(all->transfers.limit == 2u);
  BOOST_TEST(schedule("a").step == "due_later");
  BOOST_TEST(!schedule("a").why.empty());
  BOOST_TEST(must<project_schedule_ptr>(scheduler, schedule_request{{"unknown"}})->remotes.empty());
}

BOOST_FIXTURE_TEST_CASE(a_fetch_that_waits_is_cancelled_at_once, probing) {
  settings.max_concurrent = 1;
  start();
  track("busy", {target("busy")});
  track("a", {target("a")});
  see("busy", {.found = finding::left_to_git});
  see_unchanged("a");
  const auto id = ask_fetch("a")->id;
  see("a", {.found = finding::left_to_git});
  BOOST_TEST(running() == "busy ");
  const auto report = must<fetch_report_ptr>(scheduler, cancel_fetch{id});
  BOOST_REQUIRE((report->stage == fetch_stage::done));
  BOOST_TEST((report->remotes.at(0).outcome == fetch_outcome::cancelled));
  BOOST_TEST((state("a").stage == fetch_stage::done));
  BOOST_TEST(state("a").failures == 0u);
  BOOST_TEST((*state("a").next_due <= wall() + 60s));
  finish("busy");
  BOOST_TEST(running().empty());
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_look_is_given_up_by_the_prober, probing) {
  start();
  track("a", {target("a")});
  see_unchanged("a");
  const auto id = ask_fetch("a")->id;
  const auto answer = ask<fetch_report_ptr>(scheduler, cancel_fetch{id});
  BOOST_TEST(!answer->has_value());
  BOOST_REQUIRE(looks->cancelled.size() == 1u);
  BOOST_TEST(looks->cancelled[0] == looks->running.at(0).job.number);
  see("a", {.found = finding::failed, .code = ec::cancelled, .outcome = fetch_outcome::cancelled});
  BOOST_TEST((value(answer)->remotes.at(0).outcome == fetch_outcome::cancelled));
  BOOST_TEST(running().empty());
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_fetch_is_stopped_and_its_worker_is_free, fixture) {
  start();
  track("a", {target("a")});
  finish("a");
  const auto id = ask_fetch("a")->id;
  const auto cancel = script->running.at(0).job.cancel;
  BOOST_TEST(!cancel->requested());
  const auto answer = ask<fetch_report_ptr>(scheduler, cancel_fetch{id});
  BOOST_TEST(cancel->requested());
  finish("a", fetch_outcome::cancelled, ec::cancelled);
  BOOST_TEST((value(answer)->remotes.at(0).outcome == fetch_outcome::cancelled));
  BOOST_TEST(stats().running == 0u);
  BOOST_TEST(stats().failed == 0u);
  // A cancelled fetch that has ended stays as it ended.
  BOOST_TEST((must<fetch_report_ptr>(scheduler, cancel_fetch{id})->stage == fetch_stage::done));
  BOOST_TEST((code(ask<fetch_report_ptr>(scheduler, cancel_fetch{{4711}})) == ec::not_found));
}

BOOST_FIXTURE_TEST_CASE(what_others_asked_for_goes_on_when_one_cancels, fixture) {
  settings.max_concurrent = 1;
  start();
  track("busy", {target("busy")});
  track("a", {target("a")});
  const auto mine = ask_fetch("a")->id;
  const auto yours = ask_fetch("a")->id;
  finish("busy");
  BOOST_TEST(running() == "a ");
  const auto report = must<fetch_report_ptr>(scheduler, cancel_fetch{mine});
  BOOST_TEST((report->remotes.at(0).outcome == fetch_outcome::cancelled));
  BOOST_TEST(!script->running.at(0).job.cancel->requested());
  finish("a", fetch_outcome::updated);
  const auto other = must<fetch_report_ptr>(scheduler, await_fetch{yours, 0s});
  BOOST_TEST((other->remotes.at(0).outcome == fetch_outcome::updated));
}

BOOST_FIXTURE_TEST_CASE(one_that_waits_for_the_next_fetch_is_cancelled_alone, fixture) {
  start();
  track("a", {target("a")});
  const auto next = ask_fetch("a")->id;
  const auto report = must<fetch_report_ptr>(scheduler, cancel_fetch{next});
  BOOST_TEST((report->remotes.at(0).outcome == fetch_outcome::cancelled));
  BOOST_TEST(!script->running.at(0).job.cancel->requested());
  finish("a");
  BOOST_TEST(running().empty());
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_scheduler_stops_what_runs, fixture) {
  start();
  track("a", {target("a")});
  const auto cancel = script->running.at(0).job.cancel;
  kill(scheduler);
  BOOST_TEST(cancel->requested());
}

BOOST_FIXTURE_TEST_CASE(a_hint_brings_a_look_at_once_but_not_before_the_floor, probing) {
  start();
  track("a", {at_host("a", "https://example.org:443")});
  track("b", {at_host("b", "https://example.org:443")});
  see_unchanged("a");
  see_unchanged("b");
  tell(scheduler, remote_hint{"git@example.org:a.git"});
  BOOST_TEST(looking().empty());
  advance(6s);
  BOOST_TEST(looking() == "a ");
  see_unchanged("a");
  advance(30s);
  tell(scheduler, remote_hint{"https://example.org/a"});
  BOOST_TEST(looking() == "a ");
  tell(scheduler, remote_hint{"https://example.org/unknown"});
  tell(scheduler, remote_hint{""});
}

BOOST_FIXTURE_TEST_CASE(a_hint_during_a_fetch_brings_another_one, probing) {
  start();
  track("a", {at_host("a", "https://example.org:443")});
  tell(scheduler, remote_hint{"https://example.org/a"});
  see("a", {.found = finding::left_to_git});
  tell(scheduler, remote_hint{"https://example.org/a"});
  finish("a", fetch_outcome::updated);
  BOOST_TEST(looking().empty());
  advance(6s);
  BOOST_TEST(looking() == "a ");
  see_unchanged("a");
  advance(20s);
  BOOST_TEST(looking().empty());
}

BOOST_FIXTURE_TEST_CASE(what_is_viewed_is_looked_at_within_a_minute, probing) {
  start();
  track("a", {target("a")});
  see_unchanged("a");
  // Quiet for long.
  for (int i = 0; i < 8; ++i) {
    advance(4h, 10s);
    if (!looks->running.empty())
      see_unchanged("a");
  }
  const auto before = *state("a").next_due;
  BOOST_TEST((before > wall() + 10min));
  tell(scheduler, project_viewed{{"a"}});
  BOOST_TEST(
      ((state("a").next_due && *state("a").next_due <= wall() + 60s) || !looks->running.empty()));
  advance(61s);
  BOOST_REQUIRE(looking() == "a ");
  see_unchanged("a");
  BOOST_TEST((*state("a").next_due <= wall() + 66s));
}

BOOST_FIXTURE_TEST_CASE(a_refused_login_holds_back_all_that_share_it, probing) {
  settings.max_probes_per_host = 1;
  start();
  const std::string host = "https://example.org:443";
  for (const auto* name : {"a", "b", "c", "other"})
    track(name, {at_host(name, host)});
  const auto answer = [&](const char* name, std::uint64_t credential, ec code) {
    see(name,
        {.found = code == ec::none ? finding::unchanged : finding::failed,
         .code = code,
         .outcome = code == ec::none ? fetch_outcome::unchanged : fetch_outcome::auth_required,
         .error = code == ec::none ? "" : "answered 401",
         .host = host_sign::well,
         .credential = credential});
  };
  for (const auto* name : {"a", "b", "c"})
    answer(name, 7, ec::none);
  answer("other", 8, ec::none);
  advance(70s);
  BOOST_REQUIRE(looks->running.size() == 1u);
  const auto first = looks->running[0].job.targets[0].location.path.substr(5);
  if (first == "other")
    answer("other", 8, ec::none);
  const auto victim = looks->running.at(0).job.targets[0].location.path.substr(5);
  answer(victim.c_str(), 7, ec::auth_required);
  while (!looks->running.empty())
    answer("other", 8, ec::none);
  for (const auto* name : {"a", "b", "c"}) {
    BOOST_TEST((state(name).outcome == fetch_outcome::auth_required), name);
    BOOST_TEST(!state(name).next_due.has_value(), name);
  }
  BOOST_TEST((state("other").outcome == fetch_outcome::unchanged));
  // A person asks for one, it is accepted, and all go on.
  ask_fetch("a");
  answer("a", 7, ec::none);
  for (const auto* name : {"b", "c"})
    BOOST_TEST(state(name).next_due.has_value(), name);
}

BOOST_FIXTURE_TEST_CASE(a_changed_login_is_tried_by_one_for_all, probing) {
  start();
  for (const auto* name : {"a", "b"}) {
    track(name, {at_host(name, "https://example.org:443")});
    see(name, {.found = finding::unchanged, .host = host_sign::well, .credential = 7});
  }
  ask_fetch("a");
  see("a", {.found = finding::failed,
            .code = ec::auth_required,
            .outcome = fetch_outcome::auth_required,
            .credential = 7});
  BOOST_TEST(!state("b").next_due.has_value());
  resource_sample sample;
  sample.login_files = 1;
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  while (!looks->running.empty())
    see(looks->running[0].job.targets[0].location.path.substr(5),
        {.found = finding::failed,
         .code = ec::auth_required,
         .outcome = fetch_outcome::auth_required,
         .credential = 7});
  const auto asked = looks->begun.size();
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  advance(2min);
  BOOST_TEST(looks->begun.size() == asked);
  sample.login_files = 2;
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  BOOST_TEST(looks->begun.size() == asked + 1);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_fetched_while_the_disk_is_nearly_full, probing) {
  start();
  resource_sample sample;
  sample.disk_free = 1u << 30;
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  track("a", {target("a")});
  advance(1s);
  BOOST_TEST(looking().empty());
  BOOST_TEST((code(ask<fetch_report_ptr>(scheduler, fetch_request{{"a"}})) == ec::disk_full));
  const auto state = must<scheduler_state_ptr>(scheduler, schedule_atom::value);
  BOOST_TEST(!state->transfers.stopped_by.empty());
  sample.disk_free = 10ull << 30;
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  BOOST_TEST(looking() == "a ");
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_stops_all_transfers_for_a_while, fixture) {
  settings.max_concurrent = 1;
  start();
  track("a", {target("a")});
  track("b", {target("b")});
  fail("a", ec::disk_full);
  BOOST_TEST(running().empty());
  for (int i = 0; i < 12; ++i)
    tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>()});
  BOOST_TEST(running() == "b ");
}

BOOST_FIXTURE_TEST_CASE(transfers_wait_until_what_came_is_paid_off, fixture) {
  settings.bandwidth = 1u << 20;
  settings.max_concurrent = 1;
  start();
  track("a", {target("a")});
  track("b", {target("b")});
  const auto ended = script->running.at(0);
  script->running.clear();
  remote_fetch_report report;
  report.remote = "origin";
  report.outcome = fetch_outcome::updated;
  report.started = report.finished = wall();
  report.bytes = 30u << 20;
  tell(ended.worker, test::script_step{[promise = ended.promise, report]() mutable {
         promise.deliver(std::move(report));
       }});
  advance(19s);
  BOOST_TEST(running().empty());
  const auto schedule = must<project_schedule_ptr>(scheduler, schedule_request{{"b"}});
  BOOST_TEST(schedule->remotes.at(0).why.find("bandwidth") != std::string::npos,
             schedule->remotes[0].why);
  advance(2s);
  BOOST_TEST(running() == "b ");
}

BOOST_FIXTURE_TEST_CASE(what_has_waited_for_two_intervals_goes_first, probing) {
  settings.max_probes = 1;
  start();
  track("busy", {target("busy")});
  track("old", {target("old")});
  advance(119s);
  for (int i = 0; i < 5; ++i) {
    const auto name = "new" + std::to_string(i);
    track(name, {target(name)});
    ask_fetch(name);
  }
  advance(2s);
  see_unchanged("busy");
  // People who came before it was old go first, those who come now do not.
  ask_fetch("busy");
  std::vector<std::string> order;
  while (order.size() < 6 && !looks->running.empty()) {
    order.push_back(looks->running[0].job.targets[0].location.path.substr(5));
    see_unchanged(order.back());
  }
  BOOST_TEST((std::ranges::find(order, "old") < std::ranges::find(order, "busy")));
}

BOOST_FIXTURE_TEST_CASE(a_transfer_that_has_waited_for_two_intervals_goes_first, fixture) {
  settings.max_concurrent = 1;
  start();
  track("busy", {target("busy")});
  track("old", {target("old")});
  advance(121s, 1s);
  for (int i = 0; i < 3; ++i) {
    const auto name = "new" + std::to_string(i);
    track(name, {target(name)});
    ask_fetch(name);
  }
  finish("busy");
  BOOST_TEST(running() == "old ");
}

BOOST_FIXTURE_TEST_CASE(an_ssh_host_is_asked_less_than_ten_things_at_once, probing) {
  settings.max_concurrent = 100;
  start();
  for (int i = 0; i < 30; ++i) {
    const auto name = "p" + std::to_string(i);
    track(name, {at_host(name, "ssh://git@example.org:22")});
  }
  std::size_t most = 0;
  for (int i = 0; i < 30; ++i) {
    most = std::max(most, looks->running.size() + script->running.size());
    see(looks->running.front().job.targets[0].location.path.substr(5), {.found = finding::moved});
  }
  BOOST_TEST(script->running.size() == settings.max_per_host);
  BOOST_TEST(most < 10u);
  BOOST_TEST(most > settings.max_per_host);
}

BOOST_FIXTURE_TEST_CASE(a_machine_that_nobody_observes_any_more_is_under_pressure, fixture) {
  settings.max_concurrent = 8;
  const auto silent = spawn<test::silent_monitor>();
  shared.others->set<resource_monitor_actor>(silent);
  start();
  advance(60s, 250ms);
  BOOST_TEST(stats().limit < 8u);
  BOOST_TEST(stats().limited_by == "the machine cannot be observed");
}

BOOST_FIXTURE_TEST_CASE(a_dead_host_with_most_of_the_projects_costs_the_others_nothing, probing) {
  settings.max_probes = 32;
  settings.max_probes_per_host = 8;
  start();
  const auto name_of = [](const char* kind, int i) { return kind + std::to_string(i); };
  for (int i = 0; i < 900; ++i)
    track(name_of("dead", i), {at_host(name_of("dead", i), "https://dead:443")});
  for (int i = 0; i < 100; ++i)
    track(name_of("good", i), {at_host(name_of("good", i), "https://good:443")});
  const auto is_dead = [](const auto& one) {
    return one.job.targets[0].remote.host == "https://dead:443";
  };
  // The dead host answers nobody; the other one always has its turn.
  std::size_t good = 0;
  for (int round = 0; round < 1'000 && good < 100; ++round) {
    const auto it = std::ranges::find_if_not(looks->running, is_dead);
    BOOST_REQUIRE(it != looks->running.end());
    see_unchanged(it->job.targets[0].location.path.substr(5));
    ++good;
  }
  BOOST_TEST(good == 100u);
  BOOST_TEST(std::size_t(std::ranges::count_if(looks->running, is_dead)) == 8u);
  // Five failures close it for all of its projects.
  for (int i = 0; i < 5; ++i)
    see_failure(
        std::ranges::find_if(looks->running, is_dead)->job.targets[0].location.path.substr(5));
  while (!looks->running.empty())
    see_failure(looks->running[0].job.targets[0].location.path.substr(5));
  const auto asked = looks->begun.size();
  advance(50s);
  BOOST_TEST(looks->begun.size() == asked);
  // From then on one look a minute or rarer goes to the dead host, and all the others to the good
  // one.
  std::size_t dead_looks = 0;
  for (int i = 0; i < 600; ++i) {
    advance(1s, 250ms);
    while (!looks->running.empty()) {
      const auto name = looks->running[0].job.targets[0].location.path.substr(5);
      if (is_dead(looks->running[0])) {
        ++dead_looks;
        see_failure(name);
      } else {
        see_unchanged(name);
      }
    }
  }
  BOOST_TEST(dead_looks <= 8u);
  for (int i = 0; i < 100; ++i)
    BOOST_TEST((state(name_of("good", i)).last_success.value() > wall() - 400s));
}

BOOST_FIXTURE_TEST_CASE(due_times_follow_a_clock_that_is_set_back, fixture) {
  start();
  track("a", {target("a")});
  finish("a");
  advance(1s);
  clock_was_set = -24h;
  advance(50s);
  BOOST_TEST(running().empty());
  advance(20s);
  BOOST_TEST(running() == "a ");
}

BOOST_FIXTURE_TEST_CASE(what_began_before_the_time_that_the_clock_is_set_back_to_stays, fixture) {
  settings.min_interval = settings.max_interval = 6h;
  start();
  track("a", {target("a")});
  const auto begun = wall();
  finish("a");
  advance(4h);
  clock_was_set = -1h;
  advance(1s);
  BOOST_TEST((state("a").last_success.value() <= begun + 1s));
  // Due by the new time, an hour of it after the hint's own turn.
  advance(90min);
  BOOST_TEST(running().empty());
  advance(2h);
  BOOST_TEST(running() == "a ");
}

BOOST_FIXTURE_TEST_CASE(what_was_long_overdue_is_due_when_the_clock_is_set_back, fixture) {
  settings.max_interval = 1h;
  start();
  track("a", {target("a")});
  finish("a");
  resource_sample sample;
  sample.disk_free = 1u << 30;
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  clock_was_set = 13h;
  advance(1s);
  clock_was_set = -11h;
  advance(1s);
  BOOST_TEST(running().empty());
  sample.disk_free = 10ull << 30;
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  advance(1s);
  BOOST_TEST(running() == "a ");
}

BOOST_FIXTURE_TEST_CASE(a_new_scheduler_waits_for_what_the_one_before_it_has_begun, fixture) {
  start();
  track("a", {target("a")});
  // Its worker is in the middle of the fetch, and goes on.
  auto begun = script->running.at(0).job;
  script->begun.clear();
  kill(scheduler);
  start();
  track("a", {target("a")});
  advance(1s);
  BOOST_TEST(script->begun.empty());
  begun = {};
  advance(1s);
  BOOST_TEST(script->begun.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(who_asked_meanwhile_is_not_told_of_an_earlier_look_when_there_is_no_room,
                        fixture) {
  settings.max_concurrent = 1;
  settings.queue_limit = 1;
  start();
  track("a", {target("a")});
  const auto id = ask_fetch("a")->id;
  track("b", {target("b")});
  finish("a");
  const auto report = must<fetch_report_ptr>(scheduler, await_fetch{id, 0s});
  BOOST_REQUIRE((report->stage == fetch_stage::done));
  BOOST_TEST((report->remotes.at(0).code == ec::overloaded));
}

BOOST_FIXTURE_TEST_CASE(a_git_daemon_is_asked_eight_things_at_once, probing) {
  start();
  for (int i = 0; i < 12; ++i) {
    const auto name = "p" + std::to_string(i);
    track(name, {at_host(name, "git://example.org:9418")});
  }
  BOOST_TEST(looks->running.size() == 8u);
}

BOOST_FIXTURE_TEST_CASE(a_worktree_that_goes_may_take_the_last_tracked_branch_along, fixture) {
  start();
  auto without = target("store");
  without.refs.clear();
  auto side = target("store", "origin", "side");
  side.location.path = "/src/worktree";
  track("main", {without});
  track("side", {side});
  finish("worktree");
  BOOST_TEST(state("main").next_due.has_value());
  tell(scheduler, untrack_project{{"side"}});
  track("main", {without});
  BOOST_TEST(!state("main").next_due.has_value());
  advance(24h, 1min);
  BOOST_TEST(script->begun.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_remote_that_no_hint_can_name_is_kept_fresh_and_goes_like_others,
                        fixture) {
  start();
  auto local = target("a");
  local.remote.display_url = "/srv/git/a";
  track("a", {local});
  finish("a");
  tell(scheduler, remote_hint{"/srv/git/a"});
  BOOST_TEST(running().empty());
  tell(scheduler, untrack_project{{"a"}});
  BOOST_TEST(stats().targets == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_hint_reaches_those_that_lie_at_its_address_now, probing) {
  start();
  const auto lies_at = [&](const std::string& name, const std::string& url) {
    auto result = target(name);
    result.remote.display_url = url;
    return result;
  };
  const std::string old_place = "https://example.org/old";
  const std::string new_place = "https://example.org/new";
  for (const auto* name : {"a", "b"})
    track(name, {lies_at(name, old_place)});
  while (!looks->running.empty())
    see_unchanged(looks->running[0].job.targets[0].location.path.substr(5));
  track("a", {lies_at("a", new_place)});
  see_unchanged("a");
  advance(10s);
  tell(scheduler, remote_hint{old_place});
  BOOST_TEST(looking() == "b ");
  see_unchanged("b");
  tell(scheduler, remote_hint{new_place});
  BOOST_TEST(looking() == "a ");
  see_unchanged("a");
  advance(10s);
  track("b", {lies_at("b", new_place)});
  see_unchanged("b");
  advance(10s);
  tell(scheduler, remote_hint{old_place});
  BOOST_TEST(looking().empty());
}

BOOST_FIXTURE_TEST_CASE(whether_private_addresses_are_refused_is_told_to_whoever_connects,
                        probing) {
  start();
  const auto rules = [&](const std::string& name) {
    track(name, {target(name)});
    see(name, {.found = finding::left_to_git});
    return std::pair{looks->begun.back().addresses, script->running.back().job.addresses};
  };
  BOOST_TEST((rules("a") == std::pair{address_rule::any, address_rule::any}));
  settings.deny_private_addresses = fetch_config::denial::on;
  tell(scheduler, fetch_limits_ptr{std::make_shared<const fetch_config>(settings)});
  BOOST_TEST((rules("b") == std::pair{address_rule::public_only, address_rule::public_only}));
}

BOOST_FIXTURE_TEST_CASE(a_worker_that_answers_with_an_error_fails_its_fetch_and_goes_on, fixture) {
  start();
  track("a", {target("a")});
  auto job = script->running.at(0);
  script->running.clear();
  tell(job.worker, test::script_step{[promise = job.promise]() mutable {
         promise.deliver(make_error(ec::io, "no descriptors are left"));
       }});
  BOOST_TEST((state("a").code == ec::io));
  BOOST_TEST(state("a").error.find("no descriptors") != std::string::npos);
  ask_fetch("a");
  BOOST_TEST(running() == "a ");
  BOOST_TEST(script->workers == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_worker_that_dies_takes_only_its_own_fetch_along, fixture) {
  start();
  track("a", {target("a")});
  track("b", {target("b")});
  kill(script->running.at(0).worker);
  BOOST_TEST((state("a").outcome == fetch_outcome::failed));
  BOOST_TEST(running() == "b ");
  finish("b");
  BOOST_TEST((state("b").outcome == fetch_outcome::unchanged));
}

BOOST_FIXTURE_TEST_CASE(an_idle_worker_that_dies_is_replaced_when_it_is_needed, fixture) {
  settings.max_concurrent = 1;
  start();
  track("a", {target("a")});
  const auto worker = script->running.at(0).worker;
  finish("a");
  kill(worker);
  BOOST_TEST((state("a").outcome == fetch_outcome::unchanged));
  ask_fetch("a");
  BOOST_TEST(running() == "a ");
  BOOST_TEST(script->workers == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_hint_during_a_fetch_asks_no_refused_login_again, probing) {
  start();
  track("a", {at_host("a", "https://example.org:443")});
  tell(scheduler, remote_hint{"https://example.org/a"});
  see_failure("a", ec::auth_required);
  BOOST_TEST(!state("a").next_due.has_value());
  advance(1h, 1s);
  BOOST_TEST(looking().empty());
}

BOOST_FIXTURE_TEST_CASE(a_hint_moves_what_waits_for_its_look_forward, probing) {
  settings.max_probes = 1;
  start();
  for (const auto* name : {"busy", "a", "b"})
    track(name, {at_host(name, "https://example.org:443")});
  tell(scheduler, remote_hint{"https://example.org/b"});
  see_unchanged("busy");
  BOOST_TEST(looking() == "b ");
}

BOOST_FIXTURE_TEST_CASE(a_hint_moves_what_waits_for_its_fetch_forward, fixture) {
  settings.max_concurrent = 1;
  start();
  for (const auto* name : {"busy", "a", "b"})
    track(name, {target(name)});
  tell(scheduler, remote_hint{"https://example.org/b"});
  finish("busy");
  BOOST_TEST(running() == "b ");
}

BOOST_FIXTURE_TEST_CASE(a_hint_does_not_bring_back_what_is_not_scheduled, fixture) {
  settings.background = fetch_config::background_mode::off;
  start();
  track("a", {target("a")});
  tell(scheduler, remote_hint{"https://example.org/a"});
  advance(1min, 1s);
  BOOST_TEST(running().empty());
}

BOOST_FIXTURE_TEST_CASE(a_fetch_may_move_refs_that_nobody_tracks_any_more, fixture) {
  start();
  track("a", {target("a")});
  oid after;
  after.bytes.fill(7);
  finish("a", fetch_outcome::updated, ec::none,
         {{"refs/remotes/origin/gone", {}, oid{}}, {"refs/remotes/origin/main", {}, after}});
  ask_fetch("a");
  const auto& refs = script->running.at(0).job.target.refs;
  BOOST_REQUIRE(refs.size() == 1u);
  BOOST_TEST((refs[0].tip == after));
}

namespace {

/// A store's reader that knows every fetch of before.
class remembering_reader : public actor_shell<database_reader_actor> {
 public:
  remembering_reader(caf::actor_config& config, engine_context shared)
      : actor_shell(config, "remembering-reader", std::move(shared)) {}

 protected:
  behavior_type make_behavior() override {
    return {
        [](const find_fetch& query) -> caf::result<fetch_report_ptr> {
          return caf::result<fetch_report_ptr>{std::make_shared<const fetch_report>(
              fetch_report{.id = query.id, .project = {"from the store"}})};
        },
        [](const find_fetches&) -> caf::result<fetch_reports_ptr> {
          return make_error(ec::internal, "nobody asks for these");
        },
    };
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(fetches_of_long_ago_are_answered_by_the_store, fixture) {
  shared.others->set<database_reader_actor>(spawn<remembering_reader>());
  start();
  track("a", {target("a")});
  finish("a");
  const auto first = ask_fetch("a")->id;
  finish("a");
  BOOST_TEST(must<fetch_report_ptr>(scheduler, await_fetch{first, 0s})->project.slug == "a");
  for (int i = 0; i < 2'048; ++i) {
    ask_fetch("a");
    finish("a");
  }
  BOOST_TEST(must<fetch_report_ptr>(scheduler, await_fetch{first, 0s})->project.slug ==
             "from the store");
}

BOOST_FIXTURE_TEST_CASE(without_a_database_fetches_go_on_and_are_told_of, fixture) {
  start();
  shared.others->set(database_writer_actor{});
  track("a", {target("a")});
  fail("a", ec::network);
  BOOST_TEST((state("a").code == ec::network));
  BOOST_TEST(stored->fetches.empty());
}

BOOST_FIXTURE_TEST_CASE(what_the_store_refuses_is_told_all_the_same, fixture) {
  stored->refusal = make_error(ec::disk_full, "as scripted");
  start();
  track("a", {target("a")});
  fail("a", ec::network);
  BOOST_TEST((state("a").code == ec::network));
  BOOST_TEST(state("a").next_due.has_value());
}

BOOST_FIXTURE_TEST_CASE(what_was_suspended_while_it_was_looked_at_is_not_fetched, probing) {
  start();
  track("a", {target("a")});
  BOOST_TEST(looking() == "a ");
  tell(scheduler, untrack_project{{"a"}});
  see("a", {.found = finding::left_to_git});
  BOOST_TEST(running().empty());
  BOOST_TEST(script->begun.empty());
  BOOST_TEST(stats().targets == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_project_that_goes_before_its_quiet_look_is_told_leaves_nothing, probing) {
  start();
  const probe_report nothing{.found = finding::unchanged, .host = host_sign::well};
  for (const auto* name : {"a", "b"}) {
    track(name, {target(name)});
    see(name, nothing);
  }
  const auto before = told->changes.size();
  tell(scheduler, untrack_project{{"a"}});
  advance(20ms);
  BOOST_TEST(told->changes.size() == before + 1);
  BOOST_TEST(stored->remotes.size() == 1u);
  track("c", {target("c")});
  see("c", nothing);
  tell(scheduler, untrack_project{{"c"}});
  const auto kept = stored->remotes.size();
  kill(scheduler);
  BOOST_TEST(stored->remotes.size() == kept);
}

BOOST_FIXTURE_TEST_CASE(a_shown_document_is_stale_until_it_has_heard_of_the_change, fixture) {
  start();
  const auto slot = shared.statuses->open({"a"});
  track("a", {target("a")});
  BOOST_TEST(slot->announced() > 0u);
  BOOST_TEST(told->changes.back().number == slot->announced());
}

BOOST_FIXTURE_TEST_CASE(what_is_due_soon_by_the_new_time_stays_when_the_clock_is_set_back,
                        fixture) {
  start();
  auto unused = target("unused");
  unused.refs.clear();
  track("unused", {unused});
  advance(1s);
  // Scheduled between the step of the clock and the tick that notices it.
  clock_was_set = -1h;
  remote_state soon;
  soon.remote = "origin";
  soon.next_due = wall() + clock_was_set + 30s;
  track("a", {target("a")}, {soon});
  advance(1s);
  BOOST_TEST((state("a").next_due == soon.next_due));
  BOOST_TEST(!state("unused").next_due.has_value());
}

BOOST_FIXTURE_TEST_CASE(new_intervals_are_for_what_is_scheduled_by_its_successes, fixture) {
  settings.max_concurrent = 10;
  settings.max_per_host = 10;
  start();
  auto unused = target("unused");
  unused.refs.clear();
  track("unused", {unused});
  for (const auto* name : {"well", "failing", "refused", "running"})
    track(name, {target(name)});
  remote_state later;
  later.remote = "origin";
  later.next_due = wall() + 2h;
  track("later", {target("later")}, {later});
  auto unseen = later;
  unseen.last_success = wall() - 1h;
  track("unseen", {target("unseen")}, {unseen});
  finish("well");
  finish("failing");
  ask_fetch("failing");
  fail("failing", ec::network);
  fail("refused", ec::auth_required, fetch_outcome::auth_required);
  const auto of = [&](const char* name) {
    return must<project_schedule_ptr>(scheduler, schedule_request{{name}})->remotes.at(0).next_due;
  };
  const auto failing = of("failing");
  settings.min_interval = 10min;
  settings.max_interval = 30min;
  tell(scheduler, fetch_limits_ptr{std::make_shared<const fetch_config>(settings)});
  BOOST_TEST((of("well").value() >= wall() + 9min));
  BOOST_TEST((of("unseen").value() <= wall() + 33min));
  BOOST_TEST((of("failing") == failing));
  BOOST_TEST((of("later") == later.next_due));
  for (const auto* name : {"unused", "refused", "running"})
    BOOST_TEST(!of(name).has_value(), name);
}

BOOST_FIXTURE_TEST_CASE(each_reason_why_a_fetch_waits_has_its_words, probing) {
  settings.max_concurrent = 2;
  settings.bandwidth_per_host = 1u << 20;
  start();
  const auto expect_why = [&](const char* project, const char* words) {
    const auto told_of = must<project_schedule_ptr>(scheduler, schedule_request{{project}});
    std::string all;
    for (const auto& one : told_of->remotes)
      all += one.why + "; ";
    BOOST_TEST(all.find(words) != std::string::npos, all);
  };
  auto fork = target("a", "fork");
  fork.remote.display_url = "https://example.org/fork";
  track("a", {target("a"), fork});
  see("a", {.found = finding::left_to_git});
  see("a", {.found = finding::left_to_git});
  expect_why("a", "another remote of the same repository");
  for (const auto* name : {"b", "c"}) {
    track(name, {target(name)});
    see(name, {.found = finding::left_to_git});
  }
  expect_why("c", "limited by the ceiling");
  resource_sample full;
  full.disk_free = 1u << 30;
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(full)});
  expect_why("c", "of the disk is free");
  full.disk_free = 10ull << 30;
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(full)});
  remote_fetch_report much;
  much.outcome = fetch_outcome::updated;
  much.started = wall();
  much.bytes = 100u << 20;
  finish("b", much);
  expect_why("c", "fetch.bandwidth");
}

BOOST_FIXTURE_TEST_CASE(each_reason_why_nothing_is_scheduled_has_its_words, fixture) {
  settings.max_concurrent = 10;
  start();
  const auto said = [&](const char* project, const char* words) {
    const auto one =
        must<project_schedule_ptr>(scheduler, schedule_request{{project}})->remotes.at(0);
    BOOST_TEST(one.why.find(words) != std::string::npos, one.why);
    return one.step;
  };
  auto unused = target("unused");
  unused.refs.clear();
  track("unused", {unused});
  BOOST_TEST(said("unused", "no branch has an upstream") == "not_scheduled");
  track("refused", {target("refused")});
  fail("refused", ec::auth_required, fetch_outcome::auth_required);
  BOOST_TEST(said("refused", "the login was refused") == "not_scheduled");
  track("failing", {target("failing")});
  fail("failing", ec::not_found);
  BOOST_TEST(said("failing", "the last attempt failed: as scripted") == "due_later");
  track("hinted", {target("hinted")});
  finish("hinted");
  BOOST_TEST(said("hinted", "the longer is the interval") == "due_later");
  tell(scheduler, remote_hint{"https://example.org/hinted"});
  BOOST_TEST(said("hinted", "somebody said that it has moved") == "due_later");
  settings.background = fetch_config::background_mode::off;
  tell(scheduler, fetch_limits_ptr{std::make_shared<const fetch_config>(settings)});
  BOOST_TEST(said("hinted", "switched off") == "not_scheduled");
}

BOOST_FIXTURE_TEST_CASE(the_schedule_says_what_is_due_within_a_minute, fixture) {
  settings.max_concurrent = 10;
  settings.bandwidth = 1u << 20;
  start();
  BOOST_TEST(!must<scheduler_state_ptr>(scheduler, schedule_atom::value)->next_due.has_value());
  remote_state later;
  later.remote = "origin";
  later.next_due = wall() + 2h;
  track("later", {target("later")}, {later});
  remote_state soon;
  soon.remote = "origin";
  soon.next_due = wall() + 30s;
  track("soon", {target("soon")}, {soon});
  const auto state = must<scheduler_state_ptr>(scheduler, schedule_atom::value);
  BOOST_TEST(state->due_within_a_minute == 1u);
  BOOST_TEST((state->next_due == soon.next_due));
  advance(31s);
  BOOST_TEST(must<scheduler_state_ptr>(scheduler, schedule_atom::value)->due_within_a_minute == 0u);
  remote_fetch_report much;
  much.outcome = fetch_outcome::updated;
  much.started = wall();
  much.bytes = 100u << 20;
  finish("soon", much);
  BOOST_TEST(must<scheduler_state_ptr>(scheduler, schedule_atom::value)->transfers.limited_by ==
             "fetch.bandwidth");
}

BOOST_FIXTURE_TEST_CASE(a_hundred_hosts_with_trouble_are_enough_to_show, probing) {
  settings.max_probes = 200;
  start();
  for (int i = 0; i < 101; ++i) {
    const auto name = "p" + std::to_string(i);
    track(name, {at_host(name, "https://" + name + ":443")});
    see_failure(name);
  }
  BOOST_TEST(whole()->hosts.size() == 100u);
}

BOOST_FIXTURE_TEST_CASE(a_look_that_others_wait_for_goes_on_when_one_cancels, probing) {
  start();
  track("other", {target("other")});
  for (const auto* name : {"a", "b"}) {
    auto one = target(name);
    one.remote.display_url = "https://example.org/shared";
    track(name, {one});
  }
  for (int i = 0; i < 2; ++i)
    see_unchanged(looks->running.back().job.targets[0].location.path.substr(5));
  see_unchanged("other");
  track("elsewhere", {target("elsewhere")});
  settings.max_probes = 1;
  tell(scheduler, fetch_limits_ptr{std::make_shared<const fetch_config>(settings)});
  const auto mine = ask_fetch("a")->id;
  const auto yours = ask_fetch("b")->id;
  see_unchanged("elsewhere");
  BOOST_REQUIRE(looking() == "a+b ");
  settings.max_probes = 10;
  tell(scheduler, fetch_limits_ptr{std::make_shared<const fetch_config>(settings)});
  track("late", {target("late")});
  const auto cancelled = must<fetch_report_ptr>(scheduler, cancel_fetch{mine});
  BOOST_TEST((cancelled->remotes.at(0).outcome == fetch_outcome::cancelled));
  BOOST_TEST(looks->cancelled.empty());
  see_unchanged("b");
  const auto served = must<fetch_report_ptr>(scheduler, await_fetch{yours, 0s});
  BOOST_TEST((served->remotes.at(0).outcome == fetch_outcome::unchanged));
  // The answer was welcome for both.
  BOOST_TEST((state("a").outcome == fetch_outcome::unchanged));
  // With nobody else at the address, the second of two looks is given up.
  const auto id = ask_fetch("b")->id;
  ask_later<fetch_report_ptr>(scheduler, cancel_fetch{id});
  run();
  BOOST_TEST(looks->cancelled.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(only_the_cancelled_fetch_of_two_is_stopped, fixture) {
  start();
  track("a", {target("a")});
  track("b", {target("b")});
  finish("b");
  const auto id = ask_fetch("b")->id;
  ask_later<fetch_report_ptr>(scheduler, cancel_fetch{id});
  run();
  for (const auto& one : script->running)
    BOOST_TEST(one.job.cancel->requested() == (one.job.target.location.path == "/src/b"));
}

BOOST_FIXTURE_TEST_CASE(a_view_changes_nothing_for_what_is_not_scheduled_or_in_trouble, fixture) {
  settings.max_concurrent = 10;
  start();
  tell(scheduler, project_viewed{{"unknown"}});
  const auto due = [&](const char* name) {
    return must<project_schedule_ptr>(scheduler, schedule_request{{name}})->remotes.at(0).next_due;
  };
  track("refused", {target("refused")});
  fail("refused", ec::auth_required, fetch_outcome::auth_required);
  remote_state unseen;
  unseen.remote = "origin";
  unseen.next_due = wall() + 2h;
  track("unseen", {target("unseen")}, {unseen});
  auto failing = unseen;
  failing.last_success = wall() - 1h;
  failing.failures = 1;
  track("failing", {target("failing")}, {failing});
  auto soon = unseen;
  soon.last_success = wall();
  soon.next_due = wall() + 30s;
  track("soon", {target("soon")}, {soon});
  for (const auto* name : {"refused", "unseen", "failing", "soon"}) {
    const auto before = due(name);
    tell(scheduler, project_viewed{{name}});
    BOOST_TEST((due(name) == before), name);
  }
}

BOOST_FIXTURE_TEST_CASE(a_refused_login_holds_back_nobody_with_another_one_or_none, probing) {
  start();
  const auto see_login = [&](const char* name, std::uint64_t credential, ec code) {
    see(name,
        {.found = code == ec::none ? finding::unchanged : finding::failed,
         .code = code,
         .outcome = code == ec::none ? fetch_outcome::unchanged : fetch_outcome::auth_required,
         .host = host_sign::well,
         .credential = credential});
    advance(20ms);
  };
  const std::string host = "https://example.org:443";
  for (const auto* name : {"a", "asked", "running", "other"}) {
    track(name, {at_host(name, host)});
    see_login(name, std::string_view{name} == "other" ? 8 : 7, ec::none);
  }
  track("elsewhere", {at_host("elsewhere", "https://elsewhere:443")});
  see_login("elsewhere", 7, ec::none);
  track("unknown", {at_host("unknown", host)});
  see_login("unknown", 0, ec::auth_required);
  // What is being looked at finds out by itself, and what a person asked for is tried.
  settings.max_probes = 2;
  tell(scheduler, fetch_limits_ptr{std::make_shared<const fetch_config>(settings)});
  ask_fetch("a");
  ask_fetch("running");
  ask_fetch("asked");
  see_login("a", 7, ec::auth_required);
  BOOST_TEST(looking() == "running asked ");
  see_login("asked", 7, ec::auth_required);
  see_login("running", 7, ec::auth_required);
  for (const auto* name : {"other", "elsewhere"})
    BOOST_TEST(state(name).next_due.has_value(), name);
  for (const auto* name : {"a", "asked", "running", "unknown"})
    BOOST_TEST(!state(name).next_due.has_value(), name);
  // One that never said with which login it was refused is tried by itself.
  settings.max_probes = 10;
  tell(scheduler, fetch_limits_ptr{std::make_shared<const fetch_config>(settings)});
  resource_sample sample;
  sample.login_files = 1;
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  BOOST_TEST(looks->running.size() == 1u);
  BOOST_TEST(state("unknown").next_due.has_value());
  // It is accepted, which is good news for those that share it, and for no others.
  see_login(looks->running.at(0).job.targets.at(0).location.path.substr(5).c_str(), 7, ec::none);
  for (const auto* name : {"a", "asked", "running"})
    BOOST_TEST(state(name).next_due.has_value(), name);
}

BOOST_FIXTURE_TEST_CASE(what_waits_is_held_back_with_a_login_that_is_refused, probing) {
  settings.max_probes = 1;
  start();
  const std::string host = "https://example.org:443";
  for (const auto* name : {"a", "b"}) {
    track(name, {at_host(name, host)});
    see(name, {.found = finding::unchanged, .host = host_sign::well, .credential = 7});
  }
  ask_fetch("a");
  // The schedule's turn comes while the person's look runs.
  advance(10min, 1s);
  BOOST_REQUIRE(schedule("b").step == "waits_for_probe");
  see("a", {.found = finding::failed,
            .code = ec::auth_required,
            .outcome = fetch_outcome::auth_required,
            .credential = 7});
  BOOST_TEST(looking().empty());
  BOOST_TEST((state("b").outcome == fetch_outcome::auth_required));
}

BOOST_FIXTURE_TEST_CASE(a_look_that_lasts_longer_than_two_intervals_is_left_to_end, probing) {
  start();
  track("a", {target("a")});
  advance(5min, 1s);
  BOOST_TEST(looking() == "a ");
  see_unchanged("a");
  BOOST_TEST((state("a").outcome == fetch_outcome::unchanged));
}

namespace {

/// Leaves the work to another, whose answer may come when this one has died.
class handing_worker : public actor_shell<fetch_worker_actor> {
 public:
  handing_worker(caf::actor_config& config, engine_context shared, fetch_worker_actor behind)
      : actor_shell(config, "handing-worker", std::move(shared)), behind_(std::move(behind)) {}

 protected:
  behavior_type make_behavior() override {
    return {[this](const fetch_job& job) { return delegate(behind_, job); }};
  }

 private:
  fetch_worker_actor behind_;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(an_answer_that_comes_after_its_worker_has_died_changes_nothing, fixture) {
  const fetch_worker_actor behind{spawn<test::scripted_fetch_worker>(script)};
  fetch_worker_actor last;
  scheduler = spawn<headway::fetch_scheduler>(
      settings, scheduler_environment{2, 1, ids, 5s, [this] { return wall(); }, claims}, [&] {
        last = spawn<handing_worker>(behind);
        return last;
      });
  run();
  track("a", {target("a")});
  kill(last);
  BOOST_TEST(state("a").error.find("ended unexpectedly") != std::string::npos);
  finish("a", fetch_outcome::updated);
  BOOST_TEST((state("a").outcome == fetch_outcome::failed));
  ask_fetch("a");
  kill(last);
  auto job = script->running.at(0);
  script->running.clear();
  tell(job.worker, test::script_step{[promise = job.promise]() mutable {
         promise.deliver(make_error(ec::io, "no descriptors are left"));
       }});
  BOOST_TEST(state("a").error.find("ended unexpectedly") != std::string::npos);
  BOOST_TEST(state("a").failures == 2u);
  ask_fetch("a");
  BOOST_TEST(running() == "a ");
  last = nullptr;
}

BOOST_FIXTURE_TEST_CASE(fetches_that_wait_for_a_host_hear_at_once_that_it_is_dead, fixture) {
  settings.max_concurrent = 1;
  start();
  for (int i = 0; i < 8; ++i)
    track("p" + std::to_string(i), {target("p" + std::to_string(i))});
  for (int i = 0; i < 5; ++i)
    fail(running().substr(0, 2), ec::network);
  BOOST_TEST(running().empty());
  BOOST_TEST(stats().queued == 0u);
  for (int i = 0; i < 8; ++i)
    BOOST_TEST((state("p" + std::to_string(i)).outcome == fetch_outcome::failed));
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_look_that_only_the_schedule_shares_is_given_up, probing) {
  settings.max_probes = 1;
  start();
  track("busy", {target("busy")});
  for (const auto* name : {"a", "b"}) {
    auto one = target(name);
    one.remote.display_url = "https://example.org/shared";
    track(name, {one});
  }
  const auto id = ask_fetch("a")->id;
  see_unchanged("busy");
  BOOST_REQUIRE(looking() == "a+b ");
  ask_later<fetch_report_ptr>(scheduler, cancel_fetch{id});
  run();
  BOOST_TEST(looks->cancelled.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_hint_brings_what_was_never_looked_at_at_once, probing) {
  start();
  remote_state later;
  later.remote = "origin";
  later.next_due = wall() + 2h;
  track("a", {target("a")}, {later});
  BOOST_TEST(looking().empty());
  tell(scheduler, remote_hint{"https://example.org/a"});
  BOOST_TEST(looking() == "a ");
}

BOOST_FIXTURE_TEST_CASE(a_hint_puts_nothing_off_that_is_due_before_the_floor, probing) {
  start();
  track("a", {target("a")});
  see_failure("a", ec::network, host_sign::none);
  const auto due = state("a").next_due.value();
  BOOST_REQUIRE((due <= wall() + 5s));
  tell(scheduler, remote_hint{"https://example.org/a"});
  BOOST_TEST((schedule("a").next_due == due));
}

BOOST_FIXTURE_TEST_CASE(a_look_that_runs_finds_out_about_its_login_by_itself, probing) {
  start();
  const auto see_login = [&](const char* name, ec code) {
    see(name,
        {.found = code == ec::none ? finding::unchanged : finding::failed,
         .code = code,
         .outcome = code == ec::none ? fetch_outcome::unchanged : fetch_outcome::auth_required,
         .host = host_sign::well,
         .credential = 7});
  };
  for (const auto* name : {"a", "b"}) {
    track(name, {at_host(name, "https://example.org:443")});
    see_login(name, ec::none);
  }
  for (const auto* name : {"a", "b"})
    ask_fetch(name);
  see_login("a", ec::auth_required);
  see_login("b", ec::auth_required);
  for (const auto* name : {"a", "b"})
    ask_fetch(name);
  // Neither news of the files nor the other's success starts another look at what is being looked
  // at.
  resource_sample sample;
  sample.login_files = 1;
  tell(scheduler, resource_sample_ptr{std::make_shared<const resource_sample>(sample)});
  BOOST_TEST(looks->running.size() == 2u);
  see_login("a", ec::none);
  BOOST_TEST(looking() == "b ");
  see_login("b", ec::none);
  BOOST_TEST((state("b").outcome == fetch_outcome::unchanged));
}

BOOST_AUTO_TEST_SUITE_END()

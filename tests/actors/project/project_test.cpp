#include <boost/test/unit_test.hpp>
#include <tests/actors/scripted_parts.hpp>
#include <tests/support/caf_fixture.hpp>
#include <tests/support/played_watch.hpp>

#include <actors/project/project.hpp>

BOOST_AUTO_TEST_SUITE(project)

using namespace headway;
using namespace std::chrono_literals;

namespace {

oid id(std::uint8_t number) {
  oid result;
  result.bytes[0] = number;
  return result;
}

struct fixture : test::caf_fixture {
  fixture() {
    pool->locate = [](const std::string& path) -> caf::expected<repository_location> {
      return repository_location{path, path + "/.git", path + "/.git", false};
    };
    pool->read = [this](const read_refs_request& request) -> caf::expected<read_refs_answer> {
      if (failure)
        return failure;
      read_refs_answer answer;
      answer.observed = wall();
      if (!request.known || !request.known->matches(refs.fingerprint))
        answer.snapshot = std::make_shared<const refs_snapshot>(refs);
      return answer;
    };
    graphs->count = [this](const count_request& request) -> caf::expected<count_answer> {
      if (count_failure)
        return count_failure;
      return count_answer{
          std::make_shared<const std::vector<pair_count>>(request.pairs->size(), count)};
    };
    refs.location = {"/src/linux", "/src/linux/.git", "/src/linux/.git", false};
    refs.fingerprint = {1, 1, false};
    refs.remotes = {{"origin", "https://h/linux", "https://h:443", {}}};
    refs.branches = {{"main", id(1), true,
                      upstream_ref{"origin", "refs/heads/main", "refs/remotes/origin/main",
                                   "origin/main", id(2)},
                      ""}};
    shared.others->set<repo_pool_actor>(pool_handle = spawn<test::scripted_pool>(pool));
    shared.others->set<graph_cache_actor>(spawn<test::scripted_graphs>(graphs));
    shared.others->set<fetch_scheduler_actor>(spawn<test::recording_scheduler>(scheduler));
    shared.others->set<ref_watcher_actor>(spawn<test::recording_watcher>(watcher));
    shared.others->set<project_registry_actor>(spawn<test::recording_registry>(told));
    shared.others->set<database_writer_actor>(spawn<test::scripted_store>(stored));
  }

  ~fixture() {
    pool_handle = nullptr;
    subject = nullptr;
    end();
  }

  void start(sync_status_ptr last_status = nullptr) {
    subject = spawn<headway::project>(
        project_start{{"linux"}, "/src/linux", std::move(last_status), {}, urgency::background},
        fetch_config::background_mode::on);
    run();
  }

  test::answer<status_answer> ask_status() {
    return ask<status_answer>(subject, status_request{{"linux"}});
  }
  sync_status_ptr status() { return value(ask_status()).status; }

  /// The refs on disk change.
  void move_refs(std::uint8_t tip) {
    refs.branches[0].tip = id(tip);
    ++refs.fingerprint.low;
  }

  /// Lets the reads go that the pool holds.
  void let_go() { tell(pool_handle, test::script_step{}); }

  void remotes(std::vector<fetch_stage> stages, fetch_outcome outcome = fetch_outcome::unchanged) {
    remotes_later(std::move(stages), outcome);
    run();
  }

  void remotes_later(std::vector<fetch_stage> stages,
                     fetch_outcome outcome = fetch_outcome::unchanged) {
    auto states = std::make_shared<std::vector<remote_state>>();
    for (const auto stage : stages) {
      remote_state state;
      state.remote = "remote" + std::to_string(states->size());
      state.stage = stage;
      state.outcome = outcome;
      state.tracked_refs = 1;
      state.last_success = wall();
      states->push_back(state);
    }
    caf::anon_send(subject, remotes_changed{{"linux"}, states});
  }

  refs_snapshot refs;
  pair_count count{ahead_behind{3, 4}, ""};
  caf::error failure;
  caf::error count_failure;
  test::pool_script_ptr pool = std::make_shared<test::pool_script>();
  test::graph_script_ptr graphs = std::make_shared<test::graph_script>();
  test::scheduler_record_ptr scheduler = std::make_shared<test::scheduler_record>();
  test::watcher_record_ptr watcher = std::make_shared<test::watcher_record>();
  test::registry_record_ptr told = std::make_shared<test::registry_record>();
  test::store_script_ptr stored = std::make_shared<test::store_script>();
  test::scripted_pool_actor pool_handle;
  project_actor subject;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_start_looks_publishes_stores_and_tracks, fixture) {
  start();
  BOOST_REQUIRE(told->published.size() == 1u);
  const auto& document = *told->published[0];
  BOOST_TEST(document.project.slug == "linux");
  BOOST_REQUIRE(document.branches.size() == 1u);
  BOOST_TEST(document.branches[0].ahead.value() == 3u);
  BOOST_TEST((document.branches[0].state == branch_state::diverged));
  BOOST_REQUIRE(stored->statuses.size() == 1u);
  BOOST_TEST(stored->statuses[0] == told->published[0]);
  BOOST_REQUIRE(scheduler->tracked.size() == 1u);
  BOOST_TEST(scheduler->tracked[0].targets[0].refs.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(every_request_sees_the_refs_as_they_are, fixture) {
  start();
  for (std::uint8_t tip = 10; tip < 20; ++tip) {
    move_refs(tip);
    BOOST_TEST((status()->branches[0].local_oid == id(tip)));
  }
  BOOST_TEST(told->published.size() == 11u);
}

BOOST_FIXTURE_TEST_CASE(refs_that_move_are_looked_at_though_nobody_asks, fixture) {
  start();
  BOOST_REQUIRE(watcher->watched.size() == 1u);
  BOOST_TEST(watcher->watched[0].project.slug == "linux");
  BOOST_TEST((watcher->watched[0].location == refs.location));
  BOOST_TEST(watcher->watched[0].known.low == refs.fingerprint.low);
  move_refs(10);
  tell(subject, refs_moved{{"linux"}});
  BOOST_REQUIRE(told->published.size() == 2u);
  BOOST_TEST((told->published[1]->branches[0].local_oid == id(10)));
  tell(subject, refs_moved{{"linux"}});
  BOOST_TEST(told->published.size() == 2u);
  BOOST_TEST(watcher->watched.size() == 1u);
  tell(subject, retrack_atom::value);
  BOOST_TEST(watcher->watched.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(nothing_new_is_not_counted_published_or_stored_again, fixture) {
  start();
  advance(1s);
  const auto again = status();
  BOOST_TEST(graphs->asked == 1u);
  BOOST_TEST(told->published.size() == 1u);
  BOOST_TEST(stored->statuses.size() == 1u);
  BOOST_TEST((again->as_of > told->published[0]->as_of));
}

BOOST_FIXTURE_TEST_CASE(a_thousand_requests_at_once_make_two_looks_at_most, fixture) {
  start();
  const auto before = pool->reads.size();
  const auto answers =
      ask_together<status_answer>(subject, std::vector<status_request>(1'000, {{"linux"}}));
  BOOST_TEST(pool->reads.size() - before <= 2u);
  for (const auto& answer : answers)
    BOOST_TEST((value(answer).status->branches.size() == 1u));
}

BOOST_FIXTURE_TEST_CASE(a_request_during_a_look_is_served_by_a_later_one, fixture) {
  start();
  pool->hold = true;
  const auto first = ask_status();
  const auto second = ask_status();
  BOOST_TEST(pool->reads.size() == 2u);
  let_go();
  BOOST_TEST((value(first).status->branches[0].local_oid == id(1)));
  BOOST_TEST(!second->has_value());
  // The second look has not begun to read: what changes now must be in its answer.
  move_refs(9);
  let_go();
  BOOST_TEST((value(second).status->branches[0].local_oid == id(9)));
  BOOST_TEST(pool->reads.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(a_look_of_the_background_hurries_when_somebody_comes_to_wait_for_it,
                        fixture) {
  start();
  pool->hold = true;
  move_refs(9);
  tell(subject, refs_moved{{"linux"}});
  BOOST_TEST((pool->reads.back().who == urgency::background));
  const auto first = ask_status();
  const auto second = ask_status();
  BOOST_REQUIRE(pool->hurried.size() == 1u);
  BOOST_TEST(pool->hurried[0].path == "/src/linux");
  BOOST_TEST(pool->hurried[0].common_dir == refs.location.common_dir);
  BOOST_TEST(graphs->hurried.size() == 1u);
  // What it has still to do is for a person from the beginning.
  let_go();
  BOOST_TEST((graphs->askers.back() == urgency::foreground));
  let_go();
  for (const auto& answer : {first, second})
    BOOST_TEST((value(answer).status->branches[0].local_oid == id(9)));
}

BOOST_FIXTURE_TEST_CASE(a_repository_that_is_gone_is_a_document_without_branches, fixture) {
  start();
  failure = make_error(ec::missing, "nothing is at /src/linux");
  const auto gone = status();
  BOOST_TEST((gone->state == project_state::missing));
  BOOST_TEST(gone->reason == "nothing is at /src/linux");
  BOOST_TEST(gone->branches.empty());
  failure = {};
  BOOST_TEST(status()->branches.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_broken_repository_is_looked_at_now_and_then, fixture) {
  failure = make_error(ec::corrupt, "packed-refs makes no sense");
  start();
  BOOST_TEST((told->published.back()->state == project_state::corrupt));
  failure = {};
  advance(5min, 1s);
  BOOST_TEST((told->published.back()->branches.size() == 1u));
  BOOST_TEST(scheduler->tracked.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_passing_failure_is_tried_again_soon_also_after_a_lasting_one, fixture) {
  failure = make_error(ec::corrupt, "packed-refs makes no sense");
  start();
  failure = {};
  status();
  failure = make_error(ec::overloaded, "too many wait");
  remotes({fetch_stage::done}, fetch_outcome::updated);
  failure = {};
  move_refs(10);
  advance(2s);
  BOOST_TEST((told->published.back()->branches.at(0).local_oid == id(10)));
  const auto settled = pool->reads.size();
  advance(6min, 1s);
  BOOST_TEST(pool->reads.size() == settled);
}

BOOST_FIXTURE_TEST_CASE(when_others_are_in_the_way_who_asks_hears_why_and_the_document_stays,
                        fixture) {
  start();
  failure = make_error(ec::overloaded, "too many wait");
  BOOST_TEST((code(ask_status()) == ec::overloaded));
  BOOST_TEST(told->published.size() == 1u);
  failure = {};
  BOOST_TEST(status()->branches.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_first_look_that_found_no_room_is_made_again, fixture) {
  failure = make_error(ec::overloaded, "too many wait");
  start();
  advance(10s);
  const auto tries = pool->reads.size();
  BOOST_TEST(tries > 1u);
  BOOST_TEST(tries < 8u);
  BOOST_TEST(told->published.empty());
  failure = {};
  advance(60s, 1s);
  BOOST_TEST(told->published.size() == 1u);
  BOOST_TEST(scheduler->tracked.size() == 1u);
  const auto settled = pool->reads.size();
  advance(10min, 1s);
  BOOST_TEST(pool->reads.size() == settled);
}

BOOST_FIXTURE_TEST_CASE(a_pool_or_a_graph_cache_that_is_being_restarted_is_passed_over, fixture) {
  start();
  shared.others->set(repo_pool_actor{});
  BOOST_TEST((code(ask_status()) == ec::shutting_down));
  shared.others->set<repo_pool_actor>(pool_handle);
  shared.others->set(graph_cache_actor{});
  move_refs(5);
  BOOST_TEST((code(ask_status()) == ec::shutting_down));
  shared.others->set<graph_cache_actor>(spawn<test::scripted_graphs>(graphs));
  BOOST_TEST((status()->branches[0].local_oid == id(5)));
}

BOOST_FIXTURE_TEST_CASE(a_history_rewritten_while_it_is_counted_is_read_again_a_few_times,
                        fixture) {
  start();
  move_refs(5);
  count_failure = make_error(ec::cancelled, "the history was rewritten");
  graphs->asked = 0;
  BOOST_TEST((code(ask_status()) == ec::cancelled));
  BOOST_TEST(graphs->asked == 4u);
  count_failure = {};
  BOOST_TEST((status()->branches[0].local_oid == id(5)));
}

BOOST_FIXTURE_TEST_CASE(what_could_not_be_counted_is_tried_again_though_no_ref_moves, fixture) {
  count = {std::nullopt, "an object is missing"};
  start();
  BOOST_TEST((told->published[0]->branches[0].state == branch_state::unknown));
  BOOST_TEST(told->published[0]->branches[0].reason == "an object is missing");
  count = {ahead_behind{0, 0}, ""};
  BOOST_TEST((status()->branches[0].state == branch_state::in_sync));
}

BOOST_FIXTURE_TEST_CASE(what_remotes_do_is_published, fixture) {
  start();
  remotes({fetch_stage::running});
  BOOST_TEST((told->published.back()->state == project_state::refreshing));
  remotes({fetch_stage::done});
  BOOST_TEST((told->published.back()->state == project_state::fresh));
  BOOST_TEST(told->published.back()->remotes.size() == 1u);
  BOOST_TEST((stored->statuses.back() == told->published.back()));
}

BOOST_FIXTURE_TEST_CASE(the_end_of_a_fetch_makes_a_look, fixture) {
  start();
  remotes({fetch_stage::running, fetch_stage::running});
  const auto before = pool->reads.size();
  move_refs(7);
  // One of two: the other may take half an hour.
  remotes({fetch_stage::done, fetch_stage::running}, fetch_outcome::updated);
  BOOST_TEST(pool->reads.size() == before + 1);
  BOOST_TEST((told->published.back()->branches[0].local_oid == id(7)));
  // One that failed may have moved some.
  remotes({fetch_stage::done, fetch_stage::done}, fetch_outcome::failed);
  BOOST_TEST(pool->reads.size() == before + 2);
  remotes({fetch_stage::queued, fetch_stage::done}, fetch_outcome::failed);
  BOOST_TEST(pool->reads.size() == before + 2);
}

BOOST_FIXTURE_TEST_CASE(a_short_attempt_that_found_nothing_costs_no_look, fixture) {
  start();
  remotes({fetch_stage::done});
  const auto before = pool->reads.size();
  advance(60s);
  remotes({fetch_stage::done});
  BOOST_TEST(pool->reads.size() == before);
  BOOST_TEST((told->published.back()->state == project_state::fresh));
}

BOOST_FIXTURE_TEST_CASE(what_no_event_tells_of_is_seen_within_minutes, fixture) {
  start();
  remotes({fetch_stage::done});
  move_refs(7);
  advance(6min);
  remotes({fetch_stage::done});
  BOOST_TEST((told->published.back()->branches[0].local_oid == id(7)));
}

BOOST_FIXTURE_TEST_CASE(what_could_not_be_counted_is_tried_again_after_each_attempt, fixture) {
  count = {std::nullopt, "no memory"};
  start();
  remotes({fetch_stage::done});
  advance(60s);
  count = {ahead_behind{3, 4}, ""};
  remotes({fetch_stage::done});
  BOOST_TEST(told->published.back()->branches[0].ahead.value() == 3u);
}

BOOST_FIXTURE_TEST_CASE(what_could_not_be_read_is_tried_again_after_each_attempt, fixture) {
  failure = make_error(ec::io, "the disk is away");
  start();
  remotes({fetch_stage::done}, fetch_outcome::failed);
  failure = {};
  // A short one, of which nothing was told while it ran.
  remotes({fetch_stage::done});
  BOOST_TEST(told->published.back()->branches.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(where_nobody_watches_each_attempt_makes_a_look, fixture) {
  start();
  shared.others->set<ref_watcher_actor>({});
  remotes({fetch_stage::done});
  move_refs(7);
  advance(60s);
  remotes({fetch_stage::done});
  BOOST_TEST((told->published.back()->branches[0].local_oid == id(7)));
}

BOOST_FIXTURE_TEST_CASE(a_fetch_that_ends_during_a_look_makes_another, fixture) {
  start();
  remotes({fetch_stage::running});
  pool->hold = true;
  const auto answer = ask_status();
  const auto before = pool->reads.size();
  remotes({fetch_stage::done}, fetch_outcome::updated);
  BOOST_TEST(pool->reads.size() == before);
  let_go();
  value(answer);
  BOOST_TEST(pool->reads.size() == before + 1);
}

BOOST_FIXTURE_TEST_CASE(what_only_the_remotes_changed_is_not_stored_with_the_status, fixture) {
  start();
  remotes({fetch_stage::done});
  const auto before = stored->statuses.size();
  const auto published = told->published.size();
  advance(60s);
  remotes({fetch_stage::done});
  BOOST_TEST(told->published.size() == published + 1);
  BOOST_TEST(stored->statuses.size() == before);
  stored->refusal = make_error(ec::io, "the disk is full");
  move_refs(7);
  status();
  stored->refusal = {};
  advance(60s);
  remotes({fetch_stage::done});
  BOOST_TEST((stored->statuses.back() == told->published.back()));
}

BOOST_FIXTURE_TEST_CASE(targets_are_told_when_they_change_and_to_a_new_scheduler, fixture) {
  start();
  status();
  BOOST_TEST(scheduler->tracked.size() == 1u);
  refs.remotes.push_back({"fork", "https://h/fork", "https://h:443", {}});
  move_refs(4);
  status();
  BOOST_REQUIRE(scheduler->tracked.size() == 2u);
  BOOST_TEST(scheduler->tracked[1].targets.size() == 2u);
  tell(subject, retrack_atom::value);
  BOOST_TEST(scheduler->tracked.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(a_new_scheduler_before_the_first_look_hears_of_it_after, fixture) {
  pool->hold = true;
  start();
  tell(subject, retrack_atom::value);
  BOOST_TEST(scheduler->tracked.empty());
  let_go();
  BOOST_TEST(scheduler->tracked.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(after_a_restart_the_last_status_is_told_at_once_with_its_age, fixture) {
  sync_status last;
  last.project = {"linux"};
  last.path = "/src/linux";
  last.as_of = wall() - 1h;
  last.state = project_state::fresh;
  last.branches.resize(1);
  pool->hold = true;
  start(std::make_shared<const sync_status>(last));
  BOOST_REQUIRE(told->published.size() == 1u);
  BOOST_TEST((told->published[0]->state == project_state::stale));
  BOOST_TEST((told->published[0]->as_of == last.as_of));
  BOOST_TEST(told->published[0]->branches.size() == 1u);
  BOOST_TEST(!told->published[0]->reason.empty());
  let_go();
  BOOST_TEST((told->published.back()->branches[0].state == branch_state::diverged));
}

BOOST_FIXTURE_TEST_CASE(who_waits_for_a_removed_project_is_told_that_it_was_removed, fixture) {
  start();
  pool->hold = true;
  const auto first = ask_status();
  const auto second = ask_status();
  caf::anon_send(caf::actor_cast<caf::actor>(subject),
                 caf::exit_msg{subject.address(), make_error(ec::not_found, "removed")});
  run();
  BOOST_TEST((code(first) == ec::not_found));
  BOOST_TEST((code(second) == ec::not_found));
}

BOOST_FIXTURE_TEST_CASE(who_waits_for_a_project_that_stops_is_told_that_it_stops, fixture) {
  start();
  pool->hold = true;
  const auto answer = ask_status();
  caf::anon_send_exit(subject, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST((code(answer) == ec::shutting_down));
}

BOOST_FIXTURE_TEST_CASE(a_document_that_comes_while_new_refs_are_counted_is_as_old_as_its_rows,
                        fixture) {
  start();
  const auto first_look = told->published.back()->as_of;
  advance(1s);
  move_refs(5);
  bool counting = false;
  graphs->count = [&](const count_request& request) -> caf::expected<count_answer> {
    // The schedule of a remote changes before the counts arrive.
    if (!std::exchange(counting, true))
      remotes_later({fetch_stage::running});
    return count_answer{
        std::make_shared<const std::vector<pair_count>>(request.pairs->size(), count)};
  };
  const auto answer = status();
  const auto& between = *told->published.at(told->published.size() - 2);
  BOOST_TEST((between.branches[0].local_oid == id(1)));
  BOOST_TEST((between.as_of == first_look));
  BOOST_TEST((answer->branches[0].local_oid == id(5)));
  BOOST_TEST((answer->as_of == first_look + 1s));
}

BOOST_FIXTURE_TEST_CASE(a_suspended_project_is_looked_at_and_left_alone_by_the_scheduler, fixture) {
  start();
  remotes({fetch_stage::running});
  const auto change = [this](project_activity wish) {
    return must<project_info>(subject, set_activity{{"linux"}, wish});
  };
  BOOST_TEST((change(project_activity::suspended).state == project_state::suspended));
  BOOST_TEST(scheduler->untracked.size() == 1u);
  const auto document = status();
  BOOST_TEST((document->state == project_state::suspended));
  BOOST_TEST(document->reason.find("resumes") != std::string::npos);
  BOOST_TEST(!document->remotes.at(0).next_due);
  BOOST_TEST(document->branches.at(0).ahead.value() == 3u);
  // Local refs go on moving, and a scheduler that starts anew hears nothing of it.
  move_refs(10);
  BOOST_TEST((status()->branches[0].local_oid == id(10)));
  tell(subject, retrack_atom::value);
  BOOST_TEST(scheduler->tracked.size() == 1u);
  BOOST_TEST((change(project_activity::suspended).state == project_state::suspended));
  BOOST_TEST(scheduler->untracked.size() == 1u);
  BOOST_TEST((change(project_activity::active).state == project_state::fresh));
  BOOST_REQUIRE(scheduler->tracked.size() == 2u);
  BOOST_TEST(scheduler->tracked[1].restored.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_project_is_suspended_and_resumed_also_when_its_last_look_failed,
                        fixture) {
  start();
  const auto change = [this](project_activity wish) {
    return must<project_info>(subject, set_activity{{"linux"}, wish}).state;
  };
  failure = make_error(ec::overloaded, "too many wait");
  code(ask_status());
  BOOST_TEST((change(project_activity::suspended) == project_state::suspended));
  BOOST_TEST((change(project_activity::active) == project_state::fresh));
  // What is wrong with the repository is told before that nobody wants it fetched.
  failure = make_error(ec::missing, "nothing is at /src/linux");
  BOOST_TEST((status()->state == project_state::missing));
  BOOST_TEST((change(project_activity::suspended) == project_state::missing));
  failure = {};
  BOOST_TEST((status()->state == project_state::suspended));
  failure = make_error(ec::overloaded, "too many wait");
  code(ask_status());
  failure = {};
  // Whoever resumes it wants to know.
  change(project_activity::active);
  run();
  BOOST_TEST((told->published.back()->state == project_state::fresh));
  BOOST_TEST(scheduler->tracked.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_document_is_shown_while_it_is_known_to_be_true, fixture) {
  test::played_watch watch;
  shared.marks->set("linux", watch.moves());
  start();
  const auto slot = shared.statuses->find({"linux"});
  BOOST_REQUIRE(slot);
  const auto shown = slot->shown();
  BOOST_REQUIRE(shown);
  BOOST_TEST(shown->status == told->published[0]);
  BOOST_TEST(slot->is_true(*shown, shown->until - 1ms));
  // Nothing tells of some files: they are looked at again.
  BOOST_TEST(!slot->is_true(*shown, shown->until));
  watch.happen();
  BOOST_TEST(!slot->is_true(*shown, shown->until - 1ms));
  move_refs(10);
  const auto seen = status();
  BOOST_TEST(slot->shown()->status == seen);
  BOOST_TEST(slot->is_true(*slot->shown(), slot->shown()->until - 1ms));
}

BOOST_FIXTURE_TEST_CASE(nothing_is_shown_that_could_not_be_read_or_counted, fixture) {
  test::played_watch watch;
  shared.marks->set("linux", watch.moves());
  start();
  const auto slot = shared.statuses->find({"linux"});
  failure = make_error(ec::missing, "nothing is at /src/linux");
  status();
  BOOST_TEST(!slot->shown());
  failure = {};
  status();
  BOOST_TEST(slot->shown());
  count = pair_count{std::nullopt, "objects are missing"};
  move_refs(11);
  status();
  BOOST_TEST(!slot->shown());
}

BOOST_FIXTURE_TEST_CASE(what_is_shown_is_doubted_until_news_of_remotes_have_arrived, fixture) {
  test::played_watch watch;
  shared.marks->set("linux", watch.moves());
  start();
  const auto slot = shared.statuses->find({"linux"});
  const auto is_true = [&] {
    const auto shown = slot->shown();
    return slot->is_true(*shown, shown->until - 1ms);
  };
  BOOST_TEST(is_true());
  const auto number = slot->announce();
  BOOST_TEST(!is_true());
  status();
  BOOST_TEST(!is_true());
  tell(subject, remotes_changed{{"linux"}, std::make_shared<std::vector<remote_state>>(), number});
  BOOST_TEST(is_true());
}

BOOST_FIXTURE_TEST_CASE(a_project_that_ends_shows_nothing, fixture) {
  start();
  const auto slot = shared.statuses->find({"linux"});
  BOOST_TEST(slot->shown());
  kill(subject);
  BOOST_TEST(!slot->shown());
  BOOST_TEST(!slot->is_closed());
  shared.statuses->close({"linux"});
  slot->show({});
  BOOST_TEST(!slot->shown());
  BOOST_TEST(slot->is_closed());
  BOOST_TEST(!shared.statuses->find({"linux"}));
}

BOOST_AUTO_TEST_SUITE_END()

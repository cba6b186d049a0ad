#include <algorithm>

#include <tests/storage/db/fixture.hpp>

using namespace headway;
using namespace headway::db;
using namespace headway::db::test;

namespace {

std::vector<project_id> ids(const stored_state& state) {
  std::vector<project_id> found;
  for (const auto& x : state.projects)
    found.push_back(x.id);
  return found;
}

using retired_projects = std::vector<std::pair<project_id, std::string>>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(store, store_fixture)

BOOST_AUTO_TEST_CASE(a_new_store_is_empty) {
  const auto state = must(open()->load());
  BOOST_TEST(state.projects.empty());
  BOOST_TEST(state.retired.empty());
  BOOST_TEST(state.last_fetch.value == 0u);
}

BOOST_AUTO_TEST_CASE(a_document_comes_back_as_it_was) {
  auto status = std::make_shared<sync_status>();
  *status = {.project = {"a"},
             .path = "/srv/a",
             .state = project_state::error,
             .reason = "the remote is down",
             .as_of = at(1'700'000'000'987),
             .detached_head = std::string(40, 'c'),
             .shallow = true,
             .branches = {branch("a/b", 1, 2), branch("main", 0, 0), branch("\xff", 3, 0)}};
  status->branches[1].head = true;
  must(open()->apply({project("a"), put_status{status}}));
  const auto state = must(open()->load());
  BOOST_REQUIRE(state.projects.size() == 1u);
  const auto& found = state.projects[0];
  BOOST_TEST(found.path == "/srv/a");
  BOOST_REQUIRE(found.last_status != nullptr);
  BOOST_TEST(same_content(*found.last_status, *status));
  BOOST_TEST((found.last_status->as_of == status->as_of));
}

BOOST_AUTO_TEST_CASE(every_project_state_comes_back) {
  auto writer = open();
  for (int i = 0; i <= static_cast<int>(project_state::corrupt); ++i) {
    auto status = std::make_shared<sync_status>();
    status->project.slug = "p" + std::to_string(i);
    status->state = static_cast<project_state>(i);
    must(writer->apply({project(status->project.slug), put_status{status}}));
  }
  const auto state = must(writer->load());
  for (int i = 0; i <= static_cast<int>(project_state::corrupt); ++i)
    BOOST_TEST((state.projects.at(static_cast<std::size_t>(i)).last_status->state ==
                static_cast<project_state>(i)));
}

BOOST_AUTO_TEST_CASE(a_suspended_project_stays_so_until_it_is_resumed_or_removed) {
  const auto activity = [&] { return must(open()->load()).projects.at(0).activity; };
  must(open()->apply({project("a"), set_activity{{"a"}, project_activity::suspended}}));
  BOOST_TEST((activity() == project_activity::suspended));
  must(open()->apply({set_activity{{"a"}, project_activity::active}}));
  BOOST_TEST((activity() == project_activity::active));
  must(open()->apply({set_activity{{"a"}, project_activity::suspended}}));
  must(open()->apply({delete_project{{"a"}}}));
  must(open()->apply({project("a")}));
  BOOST_TEST((activity() == project_activity::active));
  must(open()->apply({set_activity{{"nobody"}, project_activity::suspended}}));
}

BOOST_AUTO_TEST_CASE(a_project_without_a_document_has_none) {
  auto writer = open();
  must(writer->apply({project("a")}));
  BOOST_TEST((must(writer->load()).projects.at(0).last_status == nullptr));
}

BOOST_AUTO_TEST_CASE(remotes_come_back_but_for_their_stage) {
  const remote_state full{.remote = "origin",
                          .url = "https://example.org/a.git",
                          .last_success = at(1),
                          .last_change = at(-5),
                          .outcome = fetch_outcome::timed_out,
                          .code = ec::deadline_exceeded,
                          .error = "no answer in 60 s",
                          .next_due = at(1'800'000'000'001),
                          .failures = 4'000'000'000,
                          .usual = std::chrono::minutes{7},
                          .stage = fetch_stage::running};
  const remote_state fresh{.remote = "backup", .url = "/mnt/backup.git"};
  auto writer = open();
  must(writer->apply({project("a"), put_remote{{"a"}, full}, put_remote{{"a"}, fresh}}));
  auto expected = full;
  expected.stage = fetch_stage::done;
  BOOST_TEST((must(writer->load()).projects.at(0).remotes == std::vector{fresh, expected}));
}

BOOST_AUTO_TEST_CASE(times_are_kept_to_the_millisecond_before_and_after_the_epoch) {
  using namespace std::chrono_literals;
  auto writer = open();
  const remote_state remote{
      .remote = "origin", .last_success = at(7) + 999us, .next_due = at(-7) + 999us};
  must(writer->apply({project("a"), put_remote{{"a"}, remote}}));
  const auto found = must(writer->load()).projects.at(0).remotes.at(0);
  BOOST_TEST((found.last_success == at(7)));
  BOOST_TEST((found.next_due == at(-7)));
}

BOOST_AUTO_TEST_CASE(a_fetch_report_comes_back_as_it_was) {
  auto report = std::make_shared<fetch_report>(*fetch(7, "a").report);
  report->reason = fetch_reason::project_opened;
  report->remotes[0].updates = {{"refs/remotes/origin/main", id_of(1), id_of(2)},
                                {"refs/remotes/origin/new", std::nullopt, id_of(3)}};
  report->remotes[0].outcome = fetch_outcome::updated;
  report->remotes[0].timing = {
      .queued = std::chrono::milliseconds{1},
      .probe = std::chrono::milliseconds{2},
      .transfer = std::chrono::milliseconds{3},
      .steps = {.tls = std::chrono::microseconds{1'700}, .refs = std::chrono::microseconds{1}}};
  report->remotes[0].bytes = 1'234;
  report->remotes[0].objects = 5;
  report->remotes[0].backend = fetch_backend::native;
  report->remotes.push_back({.remote = "backup",
                             .outcome = fetch_outcome::failed,
                             .code = ec::network,
                             .error = "no route to host",
                             .started = at(5),
                             .finished = at(6)});
  auto writer = open();
  must(writer->apply({put_fetch{report}}));
  const auto found = must(writer->find_fetch({7}));
  BOOST_TEST((found.id == report->id && found.project == report->project));
  BOOST_TEST((found.reason == report->reason && found.stage == fetch_stage::done));
  BOOST_TEST((found.requested == report->requested && found.finished == report->finished));
  BOOST_TEST((found.remotes == report->remotes));
}

BOOST_AUTO_TEST_CASE(the_fetches_of_a_project_are_found_the_latest_first) {
  auto writer = open();
  must(writer->apply({fetch(1, "a"), fetch(2, "b"), fetch(3, "a"), fetch(5, "a")}));
  const auto ids = [&](const headway::find_fetches& query) {
    std::vector<std::uint64_t> found;
    for (const auto& report : must(writer->find_fetches(query)))
      found.push_back(report.id.value);
    return found;
  };
  BOOST_TEST((ids({{"a"}}) == std::vector<std::uint64_t>{5, 3, 1}));
  BOOST_TEST((ids({{"a"}, std::nullopt, 2}) == std::vector<std::uint64_t>{5, 3}));
  BOOST_TEST((ids({{"a"}, fetch_id{3}, 2}) == std::vector<std::uint64_t>{1}));
  BOOST_TEST(ids({{"c"}}).empty());
  const auto reader = must(db::reader::open(writer->file()));
  const auto same = must(reader->find_fetches({{"a"}, std::nullopt, 1}));
  BOOST_TEST((same.front().remotes == fetch(5, "a").report->remotes));
}

BOOST_AUTO_TEST_CASE(a_later_report_replaces_an_earlier_one_of_the_same_fetch) {
  auto writer = open();
  must(writer->apply({fetch(7, "a")}));
  auto again = std::make_shared<fetch_report>(*fetch(7, "a").report);
  again->remotes.clear();
  must(writer->apply({put_fetch{again}}));
  BOOST_TEST(must(writer->find_fetch({7})).remotes.empty());
}

BOOST_AUTO_TEST_CASE(a_fetch_that_is_not_in_the_history_is_not_found) {
  const auto answer = words(open()->find_fetch({12}));
  BOOST_TEST(contains(answer, "not_found"));
  BOOST_TEST(contains(answer, "12"));
}

BOOST_AUTO_TEST_CASE(one_project_keeps_its_last_document_of_a_batch) {
  auto writer = open();
  must(writer->apply({project("a")}));
  must(writer->apply({status_of("a", {branch("old", 1, 0)}), status_of("a", {branch("mid", 1, 0)}),
                      status_of("a", {branch("new", 1, 0)})}));
  const auto status = must(writer->load()).projects.at(0).last_status;
  BOOST_REQUIRE(status->branches.size() == 1u);
  BOOST_TEST(status->branches[0].name == "new");
  const auto stats = writer->stats();
  BOOST_TEST(stats.commits == 2u);
  BOOST_TEST(stats.writes == 4u);
  BOOST_TEST(stats.coalesced == 2u);
  BOOST_TEST(stats.failures == 0u);
}

BOOST_AUTO_TEST_CASE(a_name_has_one_path) {
  auto writer = open();
  must(writer->apply({project("a"), status_of("a", {branch("main", 0, 0)})}));
  const auto refused = words(writer->apply({put_project{{"a"}, "/new/place"}}));
  BOOST_TEST(contains(refused, "already_exists"));
  BOOST_TEST(contains(refused, "/new/place"));
  const auto found = must(writer->load()).projects.at(0);
  BOOST_TEST(found.path == "/srv/a");
  BOOST_TEST(found.last_status->branches.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_removed_project_leaves_its_name_and_path_only) {
  auto writer = open();
  must(writer->apply({project("a"), project("b"), status_of("a", {branch("main", 0, 1)}),
                      put_remote{{"a"}, {.remote = "origin"}}, fetch(3, "a"), fetch(4, "b")}));
  must(writer->apply({delete_project{{"a"}}}));
  const auto state = must(writer->load());
  BOOST_TEST((ids(state) == std::vector<project_id>{{"b"}}));
  BOOST_TEST((state.retired == retired_projects{{{"a"}, "/srv/a"}}));
  BOOST_TEST(contains(words(writer->find_fetch({3})), "not_found"));
  BOOST_TEST(words(writer->find_fetch({4})) == "");
  BOOST_TEST(state.last_fetch.value == 4u);
}

BOOST_AUTO_TEST_CASE(a_retired_name_comes_back_empty_and_only_at_its_path) {
  auto writer = open();
  must(
      writer->apply({project("a"), status_of("a", {branch("main", 0, 1)}), delete_project{{"a"}}}));
  const auto refused = words(writer->apply({put_project{{"a"}, "/srv/other"}}));
  BOOST_TEST(contains(refused, "already_exists"));
  BOOST_TEST((must(writer->load()).retired == retired_projects{{{"a"}, "/srv/a"}}));
  must(writer->apply({project("a")}));
  const auto state = must(writer->load());
  BOOST_TEST((ids(state) == std::vector<project_id>{{"a"}}));
  BOOST_TEST((state.projects[0].last_status == nullptr));
  BOOST_TEST(state.retired.empty());
}

BOOST_AUTO_TEST_CASE(a_name_that_lived_for_one_batch_is_retired_too) {
  auto writer = open();
  must(writer->apply({project("a"), delete_project{{"a"}}}));
  BOOST_TEST((must(writer->load()).retired == retired_projects{{{"a"}, "/srv/a"}}));
}

BOOST_AUTO_TEST_CASE(a_path_has_one_live_name) {
  auto writer = open();
  must(writer->apply({project("a")}));
  const auto refused = words(writer->apply({put_project{{"b"}, "/srv/a"}}));
  BOOST_TEST(contains(refused, "already_exists"));
  BOOST_TEST(contains(refused, "/srv/a"));
  must(writer->apply({delete_project{{"a"}}, put_project{{"b"}, "/srv/a"}}));
  BOOST_TEST((ids(must(writer->load())) == std::vector<project_id>{{"b"}}));
}

BOOST_AUTO_TEST_CASE(late_writes_about_a_removed_project_are_ignored) {
  auto writer = open();
  must(writer->apply({project("a"), delete_project{{"a"}}, status_of("a", {branch("main", 0, 1)}),
                      put_remote{{"a"}, {.remote = "origin"}}}));
  must(writer->apply({status_of("a", {branch("main", 0, 1)}), put_remote{{"a"}, {}},
                      delete_project{{"a"}}, status_of("never", {})}));
  BOOST_TEST(must(writer->load()).projects.empty());
  must(writer->apply({project("a")}));
  const auto revived = must(writer->load()).projects.at(0);
  BOOST_TEST((revived.last_status == nullptr));
  BOOST_TEST(revived.remotes.empty());
}

BOOST_AUTO_TEST_CASE(nothing_of_a_refused_batch_is_kept_and_the_store_goes_on) {
  auto writer = open();
  must(writer->apply({project("a")}));
  for (const auto& wrong :
       {db::write{put_project{{"c"}, "/srv/a"}}, db::write{put_project{{""}, "/x"}},
        db::write{put_project{{"x"}, ""}}, db::write{put_status{}}})
    BOOST_TEST(words(writer->apply({project("b"), fetch(1, "a"), wrong})) != "");
  const auto state = must(writer->load());
  BOOST_TEST((ids(state) == std::vector<project_id>{{"a"}}));
  BOOST_TEST(state.last_fetch.value == 0u);
  BOOST_TEST(writer->stats().failures == 3u);
  must(writer->apply({project("b")}));
  BOOST_TEST((ids(must(writer->load())) == std::vector<project_id>{{"a"}, {"b"}}));
}

BOOST_AUTO_TEST_CASE(an_empty_batch_is_no_commit) {
  auto writer = open();
  must(writer->apply({}));
  BOOST_TEST(writer->stats().commits == 0u);
}

BOOST_AUTO_TEST_CASE(fetch_ids_are_not_given_again_after_their_history_is_gone) {
  {
    auto writer = open();
    must(writer->apply({fetch(41, "a"), fetch(40, "a")}));
    must(writer->keep_up(at(1'900'000'000'000)));
  }
  BOOST_TEST(must(open()->load()).last_fetch.value == 41u);
}

BOOST_AUTO_TEST_CASE(a_store_in_memory_needs_no_disk) {
  auto writer = must(db::store::open({}));
  BOOST_TEST(writer->file() == "");
  must(writer->apply({project("a"), status_of("a", {branch("main", 2, 0)}), fetch(1, "a")}));
  BOOST_TEST(must(writer->load()).projects.at(0).last_status->branches.size() == 1u);
  BOOST_TEST(must(writer->find_fetch({1})).remotes.size() == 1u);
  writer->checkpoint_if_worthwhile();
  BOOST_TEST(writer->stats().failures == 0u);
  auto other = must(db::store::open({}));
  BOOST_TEST(must(other->load()).projects.empty());
}

BOOST_AUTO_TEST_CASE(ten_thousand_branches_of_one_project_come_back_in_order) {
  std::vector<branch_status> branches;
  for (int i = 10'000; i < 20'000; ++i)
    branches.push_back(branch("b" + std::to_string(i), 0, 1));
  auto writer = open();
  auto shuffled = branches;
  std::reverse(shuffled.begin(), shuffled.end());
  must(writer->apply({project("a"), status_of("a", shuffled)}));
  BOOST_TEST((must(writer->load()).projects.at(0).last_status->branches == branches));
}

BOOST_AUTO_TEST_CASE(the_version_of_sqlite_is_known) {
  BOOST_TEST(contains(sqlite_version(), "3."));
  if (sqlite_version() == "3.40.1")
    BOOST_TEST(sqlite_has_wal_reset_bug());
}

BOOST_AUTO_TEST_CASE(a_data_directory_may_be_named_with_a_slash_at_its_end) {
  const auto writer = must(db::store::open({.directory = directory + "/"}));
  BOOST_TEST(writer->file() == file);
}

BOOST_AUTO_TEST_CASE(a_relative_data_directory_is_refused_where_there_is_no_present_one) {
  const auto before = std::filesystem::current_path();
  std::filesystem::create_directory(box / "gone");
  std::filesystem::current_path(box / "gone");
  std::filesystem::remove(box / "gone");
  const auto told = words(db::store::open({.directory = "data"}));
  std::filesystem::current_path(before);
  BOOST_TEST(contains(told, "data"), told);
}

BOOST_AUTO_TEST_SUITE_END()

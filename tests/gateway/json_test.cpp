#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <actors/gateway/json.hpp>

BOOST_AUTO_TEST_SUITE(json)

using namespace headway;
using std::chrono::milliseconds;

namespace {

wall_time at(std::int64_t ms) {
  return wall_time{milliseconds{ms}};
}

sync_status small_status() {
  sync_status status;
  status.project = {"linux"};
  status.path = "/src/linux";
  status.state = project_state::error;
  status.reason = "could not reach \"origin\"";
  status.as_of = at(1'795'503'600'007);
  status.remotes.push_back({.name = "origin",
                            .url = "https://example.org/linux.git",
                            .last_fetch = at(1'795'503'540'000),
                            .outcome = fetch_outcome::failed,
                            .error = "no route",
                            .next_due = at(1'795'503'660'500)});
  status.branches.push_back({.name = "main",
                             .head = true,
                             .upstream = "origin/main",
                             .remote = "origin",
                             .local_oid = oid::from_hex(std::string(40, 'a')),
                             .remote_oid = oid::from_hex(std::string(40, 'b')),
                             .ahead = 2,
                             .behind = 0,
                             .state = branch_state::ahead});
  return status;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_status_has_exactly_the_promised_members_in_order) {
  const std::string a(40, 'a');
  const std::string b(40, 'b');
  BOOST_TEST(sync_status_json(small_status()) ==
             R"({"project":"linux","path":"/src/linux","state":"error",)"
             R"("reason":"could not reach \"origin\"","as_of":"2026-11-24T07:00:00.007Z",)"
             R"("remotes":[{"name":"origin","url":"https://example.org/linux.git",)"
             R"("last_fetch":"2026-11-24T06:59:00.000Z","outcome":"failed","error":"no route",)"
             R"("next_due":"2026-11-24T07:01:00.500Z"}],)"
             R"("branches":[{"name":"main","head":true,"upstream":"origin/main","local_oid":")" +
                 a + R"(","remote_oid":")" + b + R"(","ahead":2,"behind":0,"state":"ahead"}]})");
}

BOOST_AUTO_TEST_CASE(where_there_is_nothing_stands_null) {
  sync_status status;
  status.project = {"a"};
  status.path = "/a";
  status.remotes.push_back({.name = "origin", .url = "/b"});
  status.branches.push_back({.name = "main", .state = branch_state::unborn});
  BOOST_TEST(sync_status_json(status) ==
             R"({"project":"a","path":"/a","state":"stale","reason":null,)"
             R"("as_of":"1970-01-01T00:00:00.000Z","remotes":[{"name":"origin","url":"/b",)"
             R"("last_fetch":null,"outcome":"never","error":null,"next_due":null}],)"
             R"("branches":[{"name":"main","head":false,"upstream":null,"local_oid":null,)"
             R"("remote_oid":null,"ahead":null,"behind":null,"state":"unborn"}]})");
}

BOOST_AUTO_TEST_CASE(an_empty_project_has_empty_lists) {
  const auto text = sync_status_json({});
  BOOST_TEST(text.ends_with(R"("remotes":[],"branches":[]})"));
}

BOOST_AUTO_TEST_CASE(members_that_seldom_apply_are_absent_otherwise) {
  auto status = small_status();
  status.shallow = true;
  status.detached_head = std::string(40, 'c');
  status.branches[0].state = branch_state::unknown;
  status.branches[0].reason = "object missing";
  const auto document = boost::json::parse(sync_status_json(status));
  BOOST_TEST(document.at("shallow").as_bool());
  BOOST_TEST(document.at("detached_head").as_string() == std::string(40, 'c'));
  BOOST_TEST(document.at("branches").at(0).at("reason").as_string() == "object missing");
}

BOOST_AUTO_TEST_CASE(names_that_are_no_utf8_still_make_valid_json) {
  auto status = small_status();
  status.branches[0].name = "caf\xE9\"\\\n";
  status.path = "/src/\xFF";
  const auto document = boost::json::parse(sync_status_json(status));
  BOOST_TEST(document.at("branches").at(0).at("name").as_string() == "caf\xEF\xBF\xBD\"\\\n");
  BOOST_TEST(document.at("path").as_string() == "/src/\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(ten_thousand_branches_are_written) {
  sync_status status;
  status.branches.resize(10'000, small_status().branches[0]);
  const auto document = boost::json::parse(sync_status_json(status));
  BOOST_TEST(document.at("branches").as_array().size() == 10'000u);
}

BOOST_AUTO_TEST_CASE(a_page_names_its_projects_and_the_next_cursor) {
  project_page page;
  page.projects.push_back({{"a"}, "/a", project_state::missing, "gone"});
  BOOST_TEST(
      project_page_json(page, "AWE") ==
      R"({"projects":[{"id":"a","path":"/a","state":"missing","reason":"gone","summary":null}],)"
      R"("next_cursor":"AWE"})");
  BOOST_TEST(project_page_json({}, std::nullopt) == R"({"projects":[],"next_cursor":null})");
}

BOOST_AUTO_TEST_CASE(a_project_is_its_line_of_the_list) {
  BOOST_TEST(project_info_json({{"a"}, "/a", project_state::fresh, ""}) ==
             R"({"id":"a","path":"/a","state":"fresh","reason":null,"summary":null})");
}

BOOST_AUTO_TEST_CASE(a_line_says_how_the_branch_that_is_checked_out_stands) {
  project_summary summary;
  summary.as_of = at(1'000);
  summary.head = "main";
  summary.upstream = "origin/main";
  summary.head_state = branch_state::behind;
  summary.ahead = 0;
  summary.behind = 3;
  summary.branches[static_cast<std::size_t>(branch_state::behind)] = 2;
  summary.branches[static_cast<std::size_t>(branch_state::in_sync)] = 1;
  summary.last_fetch = at(500);
  BOOST_TEST(project_info_json({{"a"}, "/a", project_state::fresh, "", summary}) ==
             R"({"id":"a","path":"/a","state":"fresh","reason":null,"summary":{)"
             R"("as_of":"1970-01-01T00:00:01.000Z","head":"main","upstream":"origin/main",)"
             R"("head_state":"behind","ahead":0,"behind":3,"branches":{"in_sync":1,"behind":2},)"
             R"("last_fetch":"1970-01-01T00:00:00.500Z","next_due":null}})");
}

BOOST_AUTO_TEST_CASE(a_line_without_a_branch_has_no_counts) {
  const auto line = boost::json::parse(
      project_info_json({{"a"}, "/a", project_state::fresh, "", project_summary{}}));
  const auto& summary = line.at("summary");
  for (const char* member : {"head", "upstream", "head_state", "ahead", "behind", "last_fetch"})
    BOOST_TEST(summary.at(member).is_null(), member);
  BOOST_TEST(summary.at("branches").as_object().empty());
}

BOOST_AUTO_TEST_CASE(what_remotes_do_is_told_by_name) {
  const std::vector remotes{remote_state{.remote = "origin",
                                         .last_success = at(500),
                                         .outcome = fetch_outcome::failed,
                                         .error = "no route to host",
                                         .next_due = at(2'000),
                                         .stage = fetch_stage::running}};
  BOOST_TEST(remotes_json({"a"}, remotes) ==
             R"({"project":"a","remotes":[{"name":"origin","stage":"running","outcome":"failed",)"
             R"("error":"no route to host","last_fetch":"1970-01-01T00:00:00.500Z",)"
             R"("next_due":"1970-01-01T00:00:02.000Z"}]})");
}

BOOST_AUTO_TEST_CASE(a_fetch_tells_what_moved_and_where_the_time_went) {
  fetch_report report;
  report.id = {17};
  report.project = {"a"};
  report.reason = fetch_reason::user_asked;
  report.stage = fetch_stage::done;
  report.finished = at(1'500);
  remote_fetch_report remote;
  remote.remote = "origin";
  remote.outcome = fetch_outcome::updated;
  remote.finished = at(1'500);
  remote.timing = {.queued = milliseconds{1},
                   .probe = milliseconds{20},
                   .transfer = milliseconds{300},
                   .steps = {.dns = std::chrono::microseconds{1},
                             .negotiation = milliseconds{50},
                             .pack = milliseconds{200},
                             .refs = std::chrono::microseconds{4'001}}};
  remote.bytes = 4'096;
  remote.objects = 12;
  remote.backend = fetch_backend::native;
  remote.updates.push_back(
      {"refs/remotes/origin/main", std::nullopt, oid::from_hex(std::string(40, 'd'))});
  report.remotes.push_back(remote);
  BOOST_TEST(fetch_report_json(report) ==
             R"({"id":17,"project":"a","reason":"user_asked","stage":"done",)"
             R"("requested":"1970-01-01T00:00:00.000Z","finished":"1970-01-01T00:00:01.500Z",)"
             R"("remotes":[{"name":"origin","outcome":"updated","code":null,"error":null,)"
             R"("started":"1970-01-01T00:00:00.000Z","finished":"1970-01-01T00:00:01.500Z",)"
             R"("timing_ms":{"queued":1,"probe":20,"transfer":300},)"
             R"("steps_ms":{"login":0,"dns":1,"connect":0,"tls":0,"negotiation":50,"pack":200,)"
             R"("indexing":0,"checking":0,"refs":5},)"
             R"("backend":"native","bytes":4096,"objects":12,)"
             R"("updates":[{"ref":"refs/remotes/origin/main","before":null,"after":")" +
                 std::string(40, 'd') + R"("}]}]})");
}

BOOST_AUTO_TEST_CASE(a_failed_fetch_has_a_code_and_a_sentence) {
  fetch_report report;
  report.remotes.push_back({.remote = "origin",
                            .outcome = fetch_outcome::failed,
                            .code = ec::network,
                            .error = "no route to host"});
  const auto document = boost::json::parse(fetch_report_json(report));
  BOOST_TEST(document.at("finished").is_null());
  BOOST_TEST(document.at("remotes").at(0).at("code").as_string() == "network");
  BOOST_TEST(document.at("remotes").at(0).at("error").as_string() == "no route to host");
}

BOOST_AUTO_TEST_CASE(times_are_cut_to_milliseconds) {
  BOOST_TEST(rfc3339(wall_time{std::chrono::microseconds{999'999}}) == "1970-01-01T00:00:00.999Z");
  BOOST_TEST(rfc3339(at(-1)) == "1969-12-31T23:59:59.999Z");
  BOOST_TEST(rfc3339(at(951'782'400'000)) == "2000-02-29T00:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(a_schedule_says_why_and_when) {
  project_schedule schedule{{"linux"}, {}};
  schedule.remotes.push_back({.remote = "origin",
                              .host = "https://example.org:443",
                              .step = "waits_for_probe",
                              .why = "the host failed 5 times in a row",
                              .reason = fetch_reason::user_asked,
                              .position = 3,
                              .failures = 5,
                              .host_blocked_until = at(0)});
  BOOST_TEST(project_schedule_json(schedule) ==
             R"({"project":"linux","remotes":[{"name":"origin","host":"https://example.org:443",)"
             R"("step":"waits_for_probe","why":"the host failed 5 times in a row",)"
             R"("reason":"user_asked","position":3,"next_due":null,"last_success":null,)"
             R"("failures":5,"host_blocked_until":"1970-01-01T00:00:00.000Z"}]})");
}

BOOST_AUTO_TEST_CASE(the_scheduler_says_what_limits_it) {
  scheduler_state state;
  state.remotes = 2;
  state.due_within_a_minute = 1;
  state.next_due = at(0);
  state.probes = {1, 2, 3, 4, "fetch.max_probes"};
  state.transfers = {0, 1, 1, 4, "disk pressure"};
  state.hosts.push_back(
      {.host = "ssh://h:22", .probing = 1, .limit = 8, .failures = 1, .why = "x"});
  state.rules = {{"https", "ssh"}, {"/srv/git"}};
  BOOST_TEST(scheduler_state_json(state) ==
             R"({"remotes":2,"due_within_a_minute":1,"next_due":"1970-01-01T00:00:00.000Z",)"
             R"("probes":{"waiting":1,"running":2,"limit":3,"limit_per_host":4,)"
             R"("limited_by":"fetch.max_probes","stopped_by":null},)"
             R"("transfers":{"waiting":0,"running":1,"limit":1,)"
             R"("limit_per_host":4,"limited_by":"disk pressure","stopped_by":null},)"
             R"("hosts":[{"host":"ssh://h:22",)"
             R"("probing":1,"limit":8,"failures":1,"blocked_until":null,"why":"x"}],)"
             R"("allowed_schemes":["https","ssh"],"trusted_repositories":["/srv/git"]})");
}

BOOST_AUTO_TEST_SUITE_END()

#include <boost/test/unit_test.hpp>

#include <actors/gateway/json.hpp>
#include <messages/error.hpp>
#include <tools/client/documents.hpp>

namespace headway::test {

using namespace tools;

namespace {

using namespace std::chrono_literals;

sync_status sample() {
  sync_status status;
  status.project.slug = "linux";
  status.path = "/src/linux \"x\"";
  status.state = project_state::error;
  status.reason = "origin: no route";
  status.as_of = wall_time{1'700'000'000'123ms};
  status.shallow = true;
  status.detached_head = std::string(40, 'a');
  status.remotes.push_back({"origin", "https://example.com/x", wall_time{1'600'000'000s},
                            fetch_outcome::failed, "no route", wall_time{1'700'000'060s}});
  status.branches.push_back({.name = "größe",
                             .head = true,
                             .upstream = "origin/main",
                             .local_oid = oid::from_hex(std::string(40, '1')),
                             .remote_oid = oid::from_hex(std::string(40, '2')),
                             .ahead = 1,
                             .behind = 18'446'744'073'709'551'615u,
                             .state = branch_state::diverged});
  status.branches.push_back(
      {.name = "odd", .state = branch_state::unknown, .reason = "an object is missing"});
  return status;
}

void refuses(const caf::error& error) {
  BOOST_CHECK(code_of(error) == ec::remote);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(documents)

BOOST_AUTO_TEST_CASE(a_sync_status_comes_back_as_it_was_written) {
  const auto read = parse_sync_status(sync_status_json(sample()));
  BOOST_REQUIRE(read);
  BOOST_CHECK(same_content(**read, sample()));
  BOOST_CHECK((*read)->as_of == sample().as_of);
}

BOOST_AUTO_TEST_CASE(a_project_and_a_page_come_back) {
  const project_info project{{"linux"}, "/src/linux", project_state::stale, "why"};
  BOOST_CHECK(*parse_project(project_info_json(project)) == project);
  const auto page = parse_project_page(project_page_json({{project}, true}, "cursor"));
  BOOST_REQUIRE(page);
  BOOST_CHECK(page->projects == std::vector{project});
  BOOST_TEST(*page->next_cursor == "cursor");
  BOOST_CHECK(!parse_project_page(project_page_json({}, std::nullopt))->next_cursor);
}

BOOST_AUTO_TEST_CASE(a_fetch_report_comes_back_in_what_is_shown) {
  fetch_report report{.id = {7}, .project = {"linux"}, .stage = fetch_stage::done};
  report.remotes.push_back({.remote = "origin",
                            .outcome = fetch_outcome::timed_out,
                            .code = ec::deadline_exceeded,
                            .error = "too slow",
                            .updates = {{"refs/remotes/origin/main", {}, {}}}});
  report.remotes[0].timing.probe = std::chrono::milliseconds{5};
  report.remotes[0].timing.steps.pack = std::chrono::milliseconds{9};
  report.remotes[0].bytes = 17;
  report.remotes[0].backend = fetch_backend::git;
  const auto read = parse_fetch_report(fetch_report_json(report));
  BOOST_REQUIRE(read);
  BOOST_CHECK(read->remotes.at(0).timing == report.remotes[0].timing);
  BOOST_TEST(read->remotes[0].bytes == 17u);
  BOOST_CHECK(read->remotes[0].backend == fetch_backend::git);
  BOOST_TEST(read->id.value == 7u);
  BOOST_CHECK(read->stage == fetch_stage::done);
  BOOST_REQUIRE(read->remotes.size() == 1u);
  BOOST_CHECK(read->remotes[0].code == ec::deadline_exceeded);
  BOOST_TEST(read->remotes[0].updates.size() == 1u);
}

BOOST_AUTO_TEST_CASE(whatever_is_no_such_document_is_refused) {
  for (const std::string text :
       {"", "null", "[]", "{}", "{\"project\":1}", "<html>", "{\"project\":"}) {
    refuses(parse_sync_status(text).error());
    refuses(parse_project(text).error());
    refuses(parse_project_page(text).error());
    refuses(parse_fetch_report(text).error());
  }
  auto text = sync_status_json(sample());
  text.replace(text.find("\"diverged\""), 10, "\"sideways\"");
  refuses(parse_sync_status(text).error());
}

BOOST_AUTO_TEST_CASE(bad_times_are_refused) {
  for (const auto* time : {"2026-13-01T00:00:00.000Z", "2026-02-30T00:00:00.000Z", "yesterday",
                           "2026-01-01T00:00:00.00xZ", ""}) {
    auto text = sync_status_json(sample());
    text.replace(text.find("2023-11-14T22:13:20.123Z"), 24, time);
    refuses(parse_sync_status(text).error());
  }
}

BOOST_AUTO_TEST_CASE(a_problem_keeps_code_title_and_detail) {
  const auto error = problem_in(
      {404,
       R"({"type":"urn:headway:problem:not_found","title":"Nothing","status":404,"detail":"no x"})",
       {}});
  BOOST_CHECK(code_of(error) == ec::not_found);
  BOOST_TEST(detail_of(error) == "Nothing: no x");
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_problem_is_told_by_its_status) {
  const auto error = problem_in({502, "<html>Bad gateway</html>", {}});
  BOOST_CHECK(code_of(error) == ec::remote);
  BOOST_TEST(detail_of(error).find("502") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_problem_names_the_project_that_is_there_already) {
  BOOST_TEST(*project_in_problem(R"({"project":"linux"})") == "linux");
  BOOST_CHECK(!project_in_problem("{}"));
  BOOST_CHECK(!project_in_problem("nonsense"));
}

BOOST_AUTO_TEST_CASE(a_path_is_written_as_json) {
  BOOST_TEST(add_request_json("/a \"b\"\n") == R"({"path":"/a \"b\"\n"})");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

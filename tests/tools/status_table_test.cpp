#include <boost/test/unit_test.hpp>

#include <tools/report/status_table.hpp>

namespace headway::test {

using namespace tools;

namespace {

using namespace std::chrono_literals;
const wall_time now{std::chrono::hours{24 * 20'000}};

sync_status sample() {
  sync_status status;
  status.project.slug = "linux";
  status.remotes.push_back(
      {.name = "origin", .last_fetch = now - 3min, .outcome = fetch_outcome::unchanged});
  status.branches.push_back({.name = "alone", .state = branch_state::no_upstream});
  status.branches.push_back({.name = "main",
                             .head = true,
                             .upstream = "origin/main",
                             .remote = "origin",
                             .ahead = 2,
                             .behind = 31,
                             .state = branch_state::diverged});
  return status;
}

std::string shown(const sync_status& status, table_options options = {}) {
  options.now = now;
  return tools::status_table({std::make_shared<const sync_status>(status)}, options);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(status_table)

BOOST_AUTO_TEST_CASE(a_line_a_branch_and_the_sums) {
  BOOST_TEST(shown(sample()) ==
             "PROJECT    BRANCH  UPSTREAM     AHEAD  BEHIND  STATE     FETCHED\n"
             "linux    * main    origin/main      2      31  diverged  3 min ago\n"
             "1 project, 2 branches: 1 diverged, 1 no_upstream (1 without upstream not shown: "
             "--all-branches)\n");
}

BOOST_AUTO_TEST_CASE(all_branches_on_request) {
  BOOST_TEST(shown(sample(), {.branches = branch_choice::all}) ==
             "PROJECT    BRANCH  UPSTREAM     AHEAD  BEHIND  STATE        FETCHED\n"
             "linux      alone   -                -       -  no_upstream  -\n"
             "linux    * main    origin/main      2      31  diverged     3 min ago\n"
             "1 project, 2 branches: 1 diverged, 1 no_upstream\n");
}

BOOST_AUTO_TEST_CASE(a_branch_that_is_checked_out_is_shown_without_upstream) {
  auto status = sample();
  status.branches = {{.name = "alone", .head = true, .state = branch_state::no_upstream}};
  BOOST_TEST(shown(status).find("* alone") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_document_that_names_no_remote_is_understood_by_its_upstream) {
  auto status = sample();
  status.branches.back().remote.clear();
  BOOST_TEST(shown(status).find("3 min ago") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_failing_fetch_is_told_with_the_age_of_what_is_known) {
  auto status = sample();
  status.remotes.front().outcome = fetch_outcome::timed_out;
  BOOST_TEST(shown(status).find("3 min ago, failing") != std::string::npos);
  status.remotes.front().outcome = fetch_outcome::auth_required;
  status.remotes.front().last_fetch.reset();
  BOOST_TEST(shown(status).find("never, no access") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_memory_nothing_is_said_about_earlier_fetches) {
  auto status = sample();
  status.remotes.front().last_fetch.reset();
  status.remotes.front().outcome = fetch_outcome::never;
  BOOST_TEST(shown(status).find("never") != std::string::npos);
  BOOST_TEST(shown(status, {.memory = fetch_memory::none}).find("never") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_detached_head_has_a_line) {
  auto status = sample();
  status.detached_head = "0123456789abcdef0123456789abcdef01234567";
  BOOST_TEST(shown(status).find("* (detached at 0123456789)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_project_without_branches_shows_its_own_state) {
  auto status = sample();
  status.branches.clear();
  status.state = project_state::missing;
  BOOST_TEST(shown(status).find("missing") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_line_fits) {
  auto status = sample();
  status.branches.front().state = branch_state::in_sync;
  status.branches.front().name = std::string(255, 'x');
  for (const std::size_t columns : {40u, 60u, 80u, 120u}) {
    const auto text = shown(status, {.columns = columns});
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != text.npos; at = end + 1)
      BOOST_TEST(end - at <= columns + 2);  // "…" has three bytes.
  }
}

BOOST_AUTO_TEST_CASE(no_projects_no_table) {
  BOOST_TEST(tools::status_table({}, {}) == "");
}

BOOST_AUTO_TEST_CASE(projects_have_a_table_too) {
  BOOST_TEST(project_table({{{"linux"}, "/src/linux", project_state::error, "no route"}},
                           terminal::unlimited_columns, terminal::color_use::plain) ==
             "PROJECT  PATH        STATE  REASON\nlinux    /src/linux  error  no route\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

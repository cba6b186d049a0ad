#include <boost/test/unit_test.hpp>

#include <messages/project.hpp>

BOOST_AUTO_TEST_SUITE(project)

using namespace headway;

namespace {

wall_time at(int seconds) {
  return wall_time{std::chrono::seconds{seconds}};
}

sync_status document() {
  sync_status status;
  status.project = {"linux"};
  status.path = "/src/linux";
  status.state = project_state::fresh;
  status.as_of = at(100);
  status.remotes = {{.name = "backup", .last_fetch = at(10), .next_due = at(300)},
                    {.name = "origin", .last_fetch = at(50), .next_due = at(200)}};
  status.branches = {{.name = "main",
                      .head = true,
                      .upstream = "origin/main",
                      .remote = "origin",
                      .ahead = 1,
                      .behind = 2,
                      .state = branch_state::diverged},
                     {.name = "old", .state = branch_state::behind},
                     {.name = "topic", .state = branch_state::behind}};
  return status;
}

std::uint32_t count(const project_summary& summary, branch_state state) {
  return summary.branches[static_cast<std::size_t>(state)];
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_line_tells_of_the_branch_that_is_checked_out) {
  const auto line = line_of(document());
  BOOST_TEST(line.id.slug == "linux");
  BOOST_TEST(line.path == "/src/linux");
  const auto& summary = line.summary.value();
  BOOST_TEST(summary.head == "main");
  BOOST_TEST(summary.upstream == "origin/main");
  BOOST_TEST(summary.ahead.value() == 1u);
  BOOST_TEST(summary.behind.value() == 2u);
  BOOST_TEST((summary.head_state == branch_state::diverged));
  BOOST_TEST((summary.as_of == at(100)));
}

BOOST_AUTO_TEST_CASE(a_line_counts_all_branches_by_their_state) {
  const auto summary = summary_of(document());
  BOOST_TEST(count(summary, branch_state::diverged) == 1u);
  BOOST_TEST(count(summary, branch_state::behind) == 2u);
  BOOST_TEST(count(summary, branch_state::in_sync) == 0u);
}

BOOST_AUTO_TEST_CASE(the_fetch_that_counts_is_that_of_the_remote_behind_the_branch) {
  auto status = document();
  BOOST_TEST((summary_of(status).last_fetch == at(50)));
  BOOST_TEST((summary_of(status).next_due == at(200)));
  // Without such a remote, the one that is longest ago promises least.
  status.branches.front().remote = "";
  BOOST_TEST((summary_of(status).last_fetch == at(10)));
  status.remotes.clear();
  BOOST_TEST(!summary_of(status).last_fetch);
  BOOST_TEST(!summary_of(status).next_due);
}

BOOST_AUTO_TEST_CASE(a_detached_head_is_no_branch) {
  auto status = document();
  status.branches.front().head = false;
  const auto summary = summary_of(status);
  BOOST_TEST(summary.head == "");
  BOOST_TEST(!summary.head_state);
  BOOST_TEST(!summary.ahead);
}

BOOST_AUTO_TEST_SUITE_END()

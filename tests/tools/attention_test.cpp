#include <boost/test/unit_test.hpp>

#include <tools/report/attention.hpp>

namespace headway::test {

using namespace tools;

namespace {

sync_status_ptr project_with(branch_state branch, project_state state = project_state::fresh) {
  auto status = std::make_shared<sync_status>();
  status->project.slug = "p";
  status->state = state;
  status->branches.push_back({.name = "main", .state = branch});
  return status;
}

int told(const sync_status_ptr& status) {
  return exit_status({status}, {}, exit_rule::tell_attention);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attention)

BOOST_AUTO_TEST_CASE(branches_that_want_nothing) {
  for (const auto state : {branch_state::in_sync, branch_state::no_upstream, branch_state::unborn})
    BOOST_TEST(told(project_with(state)) == exit_in_sync);
}

BOOST_AUTO_TEST_CASE(branches_that_want_something) {
  for (const auto state : {branch_state::ahead, branch_state::behind, branch_state::diverged,
                           branch_state::upstream_gone, branch_state::unknown})
    BOOST_TEST(told(project_with(state)) == exit_attention);
}

BOOST_AUTO_TEST_CASE(errors_of_a_project_want_something) {
  for (const auto state : {project_state::error, project_state::auth_required,
                           project_state::missing, project_state::corrupt})
    BOOST_TEST(told(project_with(branch_state::in_sync, state)) == exit_attention);
  for (const auto state : {project_state::fresh, project_state::stale, project_state::refreshing,
                           project_state::suspended})
    BOOST_TEST(told(project_with(branch_state::in_sync, state)) == exit_in_sync);
}

BOOST_AUTO_TEST_CASE(nothing_is_told_unless_asked_for) {
  BOOST_TEST(exit_status({project_with(branch_state::diverged, project_state::corrupt)},
                         {{"x", "broken"}}, exit_rule::errors_only) == exit_in_sync);
}

BOOST_AUTO_TEST_CASE(a_repository_that_cannot_be_used_wants_something) {
  BOOST_TEST(exit_status({}, {{"x", "broken"}}, exit_rule::tell_attention) == exit_attention);
  BOOST_TEST(exit_status({}, {}, exit_rule::tell_attention) == exit_in_sync);
}

BOOST_AUTO_TEST_CASE(troubles_name_project_and_branch) {
  auto status = std::make_shared<sync_status>();
  status->project.slug = "p";
  status->state = project_state::error;
  status->reason = "origin: no route";
  status->branches.push_back(
      {.name = "main", .state = branch_state::unknown, .reason = "an object is missing"});
  const std::vector<trouble> expected{{"p", "origin: no route"},
                                      {"p: main", "an object is missing"}};
  BOOST_CHECK(troubles_of({status}) == expected);
  BOOST_TEST(listed("headway", {{"a\nb", "c\x1b"}}) == "headway: a\\x0ab: c\\x1b\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

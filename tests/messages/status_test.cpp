#include <boost/test/unit_test.hpp>

#include <messages/error.hpp>
#include <messages/status.hpp>

BOOST_AUTO_TEST_SUITE(status)

using namespace headway;

BOOST_AUTO_TEST_CASE(every_state_has_a_name_of_its_own_and_comes_back_from_it) {
  for (int i = 0; i <= static_cast<int>(branch_state::unknown); ++i)
    BOOST_TEST((branch_state_from(to_string(static_cast<branch_state>(i))) ==
                static_cast<branch_state>(i)));
  for (int i = 0; i <= static_cast<int>(project_state::corrupt); ++i)
    BOOST_TEST((project_state_from(to_string(static_cast<project_state>(i))) ==
                static_cast<project_state>(i)));
  for (int i = 0; i <= static_cast<int>(fetch_outcome::cancelled); ++i)
    BOOST_TEST((fetch_outcome_from(to_string(static_cast<fetch_outcome>(i))) ==
                static_cast<fetch_outcome>(i)));
  BOOST_TEST(!branch_state_from("").has_value());
  BOOST_TEST(!project_state_from("Fresh").has_value());
}

BOOST_AUTO_TEST_CASE(the_time_of_observation_is_no_content) {
  sync_status a;
  a.branches.push_back({.name = "main"});
  auto b = a;
  b.as_of += std::chrono::seconds{5};
  BOOST_TEST(same_content(a, b));
  b.branches[0].ahead = 1;
  BOOST_TEST(!same_content(a, b));
}

BOOST_AUTO_TEST_CASE(errors_carry_their_code_and_their_sentence) {
  const auto error = make_error(ec::foreign_owner, "/srv/x belongs to another user");
  BOOST_TEST((code_of(error) == ec::foreign_owner));
  BOOST_TEST(describe(error) == "foreign_owner: /srv/x belongs to another user");
  BOOST_TEST((code_of(caf::error{}) == ec::none));
  BOOST_TEST(describe(caf::error{}) == "none");
}

BOOST_AUTO_TEST_SUITE_END()

#include <boost/test/unit_test.hpp>

#include <actors/project/status_builder.hpp>

BOOST_AUTO_TEST_SUITE(status_builder)

using namespace headway;
using namespace std::chrono_literals;

namespace {

const wall_time now{std::chrono::seconds{1'700'000'000}};
constexpr auto on = fetch_config::background_mode::on;
constexpr auto off = fetch_config::background_mode::off;

oid id(std::uint8_t number) {
  oid result;
  result.bytes[0] = number;
  return result;
}

upstream_ref origin(std::optional<oid> tip) {
  return {"origin", "refs/heads/main", "refs/remotes/origin/main", "origin/main", tip};
}

local_branch branch(std::optional<oid> tip, std::optional<upstream_ref> upstream) {
  return {"main", tip, true, std::move(upstream), ""};
}

/// The row of one branch whose pair, if it has one, counts as `count`.
branch_status row(const local_branch& branch, const pair_count& count = {}) {
  refs_snapshot refs;
  refs.branches = {branch};
  const auto pairs = pairs_of(refs);
  const auto rows = branches_of(refs, *pairs, std::vector<pair_count>(pairs->size(), count));
  BOOST_REQUIRE(rows.size() == 1u);
  return rows[0];
}

pair_count counted(std::uint64_t ahead, std::uint64_t behind) {
  return {ahead_behind{ahead, behind}, ""};
}

remote_state fetched(const std::string& name) {
  remote_state state;
  state.remote = name;
  state.outcome = fetch_outcome::unchanged;
  state.last_success = now - 1min;
  state.next_due = now + 1min;
  state.tracked_refs = 1;
  return state;
}

remote_state failed(const std::string& name) {
  auto state = fetched(name);
  state.outcome = fetch_outcome::failed;
  state.code = ec::network;
  state.error = "no route to host";
  return state;
}

remote_state refused(const std::string& name) {
  auto state = failed(name);
  state.outcome = fetch_outcome::auth_required;
  state.code = ec::auth_required;
  state.error = "wants a password";
  return state;
}

remote_state never(const std::string& name) {
  auto state = fetched(name);
  state.outcome = fetch_outcome::never;
  state.last_success.reset();
  return state;
}

remote_state being_fetched(remote_state state) {
  state.stage = fetch_stage::running;
  return state;
}

}  // namespace

BOOST_AUTO_TEST_CASE(counts_decide_between_the_four_states_of_a_tracked_branch) {
  const auto tracked = branch(id(1), origin(id(2)));
  BOOST_TEST((row(tracked, counted(0, 0)).state == branch_state::in_sync));
  BOOST_TEST((row(tracked, counted(2, 0)).state == branch_state::ahead));
  BOOST_TEST((row(tracked, counted(0, 3)).state == branch_state::behind));
  const auto diverged = row(tracked, counted(2, 3));
  BOOST_TEST((diverged.state == branch_state::diverged));
  BOOST_TEST(diverged.ahead.value() == 2u);
  BOOST_TEST(diverged.behind.value() == 3u);
  BOOST_TEST(diverged.upstream == "origin/main");
  BOOST_TEST(diverged.remote == "origin");
  BOOST_TEST((diverged.local_oid == id(1)));
  BOOST_TEST((diverged.remote_oid == id(2)));
  BOOST_TEST(diverged.head);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_counted_is_unknown_with_the_reason_and_no_numbers) {
  const auto unknown = row(branch(id(1), origin(id(2))), {std::nullopt, "an object is missing"});
  BOOST_TEST((unknown.state == branch_state::unknown));
  BOOST_TEST(unknown.reason == "an object is missing");
  BOOST_TEST(!unknown.ahead.has_value());
  BOOST_TEST(!unknown.behind.has_value());
}

BOOST_AUTO_TEST_CASE(a_branch_without_two_tips_has_a_state_of_its_own) {
  BOOST_TEST((row(branch(id(1), std::nullopt)).state == branch_state::no_upstream));
  BOOST_TEST((row(branch(id(1), origin(std::nullopt))).state == branch_state::upstream_gone));
  BOOST_TEST((row(branch(std::nullopt, origin(id(2)))).state == branch_state::unborn));
  BOOST_TEST((row(branch(std::nullopt, std::nullopt)).state == branch_state::unborn));
  auto broken = branch(id(1), origin(id(2)));
  broken.problem = "the ref is broken";
  BOOST_TEST((row(broken).state == branch_state::unknown));
  BOOST_TEST(row(broken).reason == "the ref is broken");
}

BOOST_AUTO_TEST_CASE(branches_of_equal_tips_share_one_pair) {
  refs_snapshot refs;
  refs.branches = {branch(id(1), origin(id(2))), branch(id(1), origin(id(2))),
                   branch(id(3), origin(id(2))), branch(id(3), std::nullopt)};
  const auto pairs = pairs_of(refs);
  BOOST_REQUIRE(pairs->size() == 2u);
  const auto rows = branches_of(refs, *pairs, {counted(1, 0), counted(2, 0)});
  BOOST_TEST(rows[0].ahead.value() == 1u);
  BOOST_TEST(rows[1].ahead.value() == 1u);
  BOOST_TEST(rows[2].ahead.value() == 2u);
}

BOOST_AUTO_TEST_CASE(every_remote_is_a_target_with_the_refs_that_branches_need) {
  refs_snapshot refs;
  refs.remotes = {{"origin", "https://h/x", "https://h:443", {}},
                  {"fork", "https://h/y", "https://h:443", {}}};
  refs.branches = {branch(id(1), origin(id(2)))};
  const auto targets = targets_of(refs);
  BOOST_REQUIRE(targets.size() == 2u);
  BOOST_REQUIRE(targets[0].refs.size() == 1u);
  BOOST_TEST(targets[0].refs[0].remote_ref == "refs/heads/main");
  BOOST_TEST(targets[1].refs.empty());
}

BOOST_AUTO_TEST_CASE(a_project_without_remotes_is_fresh) {
  BOOST_TEST((judge({}, on, now).state == project_state::fresh));
  BOOST_TEST(judge({}, on, now).reason.empty());
}

BOOST_AUTO_TEST_CASE(each_remote_condition_has_its_state_and_names_the_remote) {
  BOOST_TEST((judge({fetched("o")}, on, now).state == project_state::fresh));
  BOOST_TEST((judge({never("o")}, on, now).state == project_state::stale));
  BOOST_TEST(judge({never("o")}, on, now).reason == "o has not been fetched yet");
  BOOST_TEST((judge({failed("o")}, on, now).state == project_state::error));
  BOOST_TEST(judge({failed("o")}, on, now).reason == "o: no route to host");
  BOOST_TEST((judge({refused("o")}, on, now).state == project_state::auth_required));
  BOOST_TEST((judge({being_fetched(failed("o"))}, on, now).state == project_state::refreshing));
}

BOOST_AUTO_TEST_CASE(the_worst_remote_decides_in_any_order) {
  const std::vector<remote_state> from_best{fetched("a"), never("b"), failed("c"), refused("d"),
                                            being_fetched(fetched("e"))};
  const project_state expected[] = {project_state::fresh, project_state::stale,
                                    project_state::error, project_state::auth_required,
                                    project_state::refreshing};
  for (std::size_t count = 1; count <= from_best.size(); ++count) {
    std::vector<remote_state> remotes(from_best.begin(),
                                      from_best.begin() + static_cast<std::ptrdiff_t>(count));
    BOOST_TEST((judge(remotes, on, now).state == expected[count - 1]));
    std::reverse(remotes.begin(), remotes.end());
    BOOST_TEST((judge(remotes, on, now).state == expected[count - 1]));
  }
}

BOOST_AUTO_TEST_CASE(an_overdue_fetch_makes_stale_only_when_there_is_a_schedule) {
  auto overdue = fetched("origin");
  overdue.next_due = now - 10min;
  BOOST_TEST((judge({overdue}, on, now).state == project_state::stale));
  BOOST_TEST((judge({overdue}, off, now).state != project_state::stale));
  overdue.next_due = now - 1min;
  BOOST_TEST((judge({overdue}, on, now).state == project_state::fresh));
}

BOOST_AUTO_TEST_CASE(a_remote_that_no_branch_needs_decides_nothing) {
  auto unused = failed("backup");
  unused.tracked_refs = 0;
  BOOST_TEST((judge({unused, fetched("origin")}, on, now).state == project_state::fresh));
}

BOOST_AUTO_TEST_CASE(a_repository_that_cannot_be_read_is_missing_corrupt_or_in_error) {
  BOOST_TEST((state_of(ec::missing) == project_state::missing));
  BOOST_TEST((state_of(ec::not_a_repository) == project_state::missing));
  BOOST_TEST((state_of(ec::corrupt) == project_state::corrupt));
  for (const auto code : {ec::permission_denied, ec::foreign_owner, ec::io, ec::internal})
    BOOST_TEST((state_of(code) == project_state::error));
}

BOOST_AUTO_TEST_SUITE_END()

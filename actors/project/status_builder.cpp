#include <algorithm>
#include <unordered_map>

#include <actors/project/status_builder.hpp>

namespace headway {

namespace {

// A due time that has passed by this much means that the schedule does not keep up.
constexpr auto overdue_after = std::chrono::minutes{5};

branch_state state_of(const ahead_behind& counts) noexcept {
  if (counts.ahead == 0 && counts.behind == 0)
    return branch_state::in_sync;
  if (counts.behind == 0)
    return branch_state::ahead;
  return counts.ahead == 0 ? branch_state::behind : branch_state::diverged;
}

branch_status row_of(const local_branch& branch,
                     const std::unordered_map<tip_pair, const pair_count*>& counts) {
  branch_status row;
  row.name = branch.name;
  row.head = branch.head;
  row.local_oid = branch.tip;
  if (branch.upstream) {
    row.upstream = branch.upstream->short_name;
    row.remote = branch.upstream->remote;
    row.remote_oid = branch.upstream->tip;
  }
  if (!branch.problem.empty()) {
    row.state = branch_state::unknown;
    row.reason = branch.problem;
  } else if (!branch.tip) {
    row.state = branch_state::unborn;
  } else if (!branch.upstream) {
    row.state = branch_state::no_upstream;
  } else if (!branch.upstream->tip) {
    row.state = branch_state::upstream_gone;
  } else if (const auto it = counts.find({*branch.tip, *branch.upstream->tip});
             it == counts.end()) {
    row.reason = "not counted";
  } else if (const auto& count = *it->second; count.counts) {
    row.ahead = count.counts->ahead;
    row.behind = count.counts->behind;
    row.state = state_of(*count.counts);
  } else {
    row.reason = count.reason;
  }
  return row;
}

}  // namespace

std::shared_ptr<const std::vector<tip_pair>> pairs_of(const refs_snapshot& refs) {
  auto pairs = std::make_shared<std::vector<tip_pair>>();
  for (const auto& branch : refs.branches)
    if (branch.problem.empty() && branch.tip && branch.upstream && branch.upstream->tip)
      pairs->push_back({*branch.tip, *branch.upstream->tip});
  std::ranges::sort(*pairs);
  pairs->erase(std::ranges::unique(*pairs).begin(), pairs->end());
  return pairs;
}

std::vector<branch_status> branches_of(const refs_snapshot& refs,
                                       const std::vector<tip_pair>& pairs,
                                       const std::vector<pair_count>& counts) {
  std::unordered_map<tip_pair, const pair_count*> by_pair;
  for (std::size_t i = 0; i < pairs.size() && i < counts.size(); ++i)
    by_pair.emplace(pairs[i], &counts[i]);
  std::vector<branch_status> rows;
  rows.reserve(refs.branches.size());
  for (const auto& branch : refs.branches)
    rows.push_back(row_of(branch, by_pair));
  return rows;
}

std::vector<fetch_target> targets_of(const refs_snapshot& refs) {
  std::vector<fetch_target> targets;
  for (const auto& remote : refs.remotes)
    targets.push_back({refs.location, remote, refs.tracked(remote.name), refs.patterns});
  return targets;
}

judgement judge(const std::vector<remote_state>& remotes, fetch_config::background_mode background,
                wall_time now) {
  judgement result;
  // The worst remote decides; a running fetch is told before anything that it may mend.
  const auto worsen = [&](project_state state, const std::string& reason) {
    static constexpr project_state order[] = {project_state::fresh, project_state::stale,
                                              project_state::error, project_state::auth_required,
                                              project_state::refreshing};
    const auto rank = [](project_state x) {
      return std::ranges::find(order, x) - std::begin(order);
    };
    if (rank(state) > rank(result.state))
      result = {state, reason};
  };
  for (const auto& remote : remotes) {
    if (remote.tracked_refs == 0)
      continue;
    const auto& name = remote.remote;
    if (remote.stage == fetch_stage::running)
      worsen(project_state::refreshing, name + " is being fetched");
    else if (remote.outcome == fetch_outcome::auth_required)
      worsen(project_state::auth_required, name + ": " + remote.error);
    else if (!remote.error.empty())
      worsen(project_state::error, name + ": " + remote.error);
    else if (!remote.last_success)
      worsen(project_state::stale, name + " has not been fetched yet");
    else if (background == fetch_config::background_mode::on && remote.next_due &&
             *remote.next_due + overdue_after < now)
      worsen(project_state::stale, "the fetch of " + name + " is overdue");
  }
  return result;
}

project_state state_of(ec code) noexcept {
  switch (code) {
    case ec::missing:
    case ec::not_a_repository:
      return project_state::missing;
    case ec::corrupt:
      return project_state::corrupt;
    default:
      return project_state::error;
  }
}

remote_status published(const remote_state& state) {
  return {state.remote, state.url, state.last_success, state.outcome, state.error, state.next_due};
}

}  // namespace headway

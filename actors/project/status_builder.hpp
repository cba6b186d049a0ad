/// From refs, counts and schedules to the published document. Plain functions.
#pragma once

#include <memory>
#include <vector>

#include <config/engine_config.hpp>
#include <messages/fetch.hpp>
#include <messages/graph.hpp>
#include <messages/repo.hpp>
#include <messages/status.hpp>

namespace headway {

/// The pairs that the branches of `refs` need counted, without duplicates, in a stable order.
std::shared_ptr<const std::vector<tip_pair>> pairs_of(const refs_snapshot& refs);

/// Branch rows from refs and counts; `counts` stand in the order of `pairs`.
std::vector<branch_status> branches_of(const refs_snapshot& refs,
                                       const std::vector<tip_pair>& pairs,
                                       const std::vector<pair_count>& counts);

/// What is to be kept fresh of a clone: each remote with the refs that its branches depend on.
std::vector<fetch_target> targets_of(const refs_snapshot& refs);

/// What the remotes' schedules make of a project that could be read: `refreshing` while one is
/// being fetched, `auth_required`, `error`, `stale` or `fresh`, with the reason in words. `now`
/// decides what is overdue.
struct judgement {
  project_state state = project_state::fresh;
  std::string reason;
};
judgement judge(const std::vector<remote_state>& remotes, fetch_config::background_mode background,
                wall_time now);

/// The state of a project whose repository could not be read, from the error's code.
project_state state_of(ec code) noexcept;

remote_status published(const remote_state& state);

}  // namespace headway

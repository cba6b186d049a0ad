// What the scheduler says of itself: why a remote is fetched when it is, and what limits it.
#include <algorithm>

#include <actors/fetch/fetch_scheduler.hpp>

namespace headway {

scheduler_state_ptr fetch_scheduler::state() const {
  auto result = std::make_shared<scheduler_state>();
  result->remotes = remotes_.size();
  if (!due_.empty())
    result->next_due = due_.begin()->first;
  const auto soon = now() + std::chrono::minutes{1};
  for (auto it = due_.begin(); it != due_.end() && it->first <= soon; ++it)
    ++result->due_within_a_minute;
  result->probes = {.waiting = probes_.waiting(),
                    .running = probes_.running(),
                    .limit = probing_.limit(),
                    .limit_per_host = settings_.max_probes_per_host,
                    .limited_by = probing_.limited_by(),
                    .stopped_by = admission_.stopped_by()};
  result->transfers = {
      .waiting = queue_.waiting(),
      .running = queue_.running(),
      .limit = admission_.limit(),
      .limit_per_host = settings_.max_per_host,
      .limited_by = bandwidth_.open(now()) ? admission_.limited_by() : "fetch.bandwidth",
      .stopped_by = admission_.stopped_by()};
  result->hosts = host_states();
  result->rules = {settings_.allowed_schemes, settings_.trusted_repositories};
  return result;
}

std::vector<host_state> fetch_scheduler::host_states() const {
  constexpr std::size_t most = 100;
  std::vector<host_state> result;
  for (const auto& host : hosts_.ailing()) {
    if (result.size() == most)
      break;
    result.push_back({.host = host,
                      .probing = probes_.running_at(host),
                      .limit = hosts_.limit(host, now(), fetch_reason::due),
                      .failures = hosts_.failures(host),
                      .blocked_until = hosts_.closed_until(host, now()),
                      .why = hosts_.trouble(host, now())});
  }
  return result;
}

caf::result<project_schedule_ptr> fetch_scheduler::schedule_of(
    const schedule_request& request) const {
  auto result = std::make_shared<project_schedule>();
  result->project = request.project;
  if (const auto it = by_project_.find(request.project.slug); it != by_project_.end())
    for (const auto& key : it->second)
      result->remotes.push_back(schedule_of(key, remotes_.at(key)));
  return caf::result<project_schedule_ptr>{std::move(result)};
}

remote_schedule fetch_scheduler::schedule_of(const fetch_key& key, const entry& remote) const {
  const auto& host = remote.target.remote.host;
  remote_schedule result{.remote = key.remote,
                         .host = host,
                         .next_due = remote.state.next_due,
                         .last_success = remote.state.last_success,
                         .failures = remote.state.failures,
                         .host_blocked_until = hosts_.closed_until(host, now())};
  const auto trouble = hosts_.trouble(host, now());
  if (probes_.contains(key)) {
    result.step = "waits_for_probe";
    result.reason = probes_.reason(key);
    result.position = probes_.position(key);
    result.why = !trouble.empty()
                     ? trouble
                     : "its host, or all hosts, are asked for as much as may be at once";
  } else if (queue_.contains(key)) {
    result.step = "waits_for_transfer";
    result.reason = queue_.reason(key);
    result.position = queue_.position(key);
    result.why = queue_.store_busy(key.common_dir)
                     ? "another remote of the same repository is being fetched"
                 : !admission_.stopped_by().empty() ? admission_.stopped_by()
                 : !bandwidth_.open(now()) || !bandwidth_.open(host, now())
                     ? "the last transfers brought more than fetch.bandwidth allows"
                     : "fetches at once are limited by " + admission_.limited_by();
  } else if (remote.state.stage == fetch_stage::running) {
    const bool is_fetching = std::ranges::any_of(
        runs_, [&key](const auto& numbered) { return numbered.second.key == key; });
    result.step = is_fetching ? "transferring" : "probing";
  } else if (!remote.target.tracks_anything()) {
    result.step = "not_scheduled";
    result.why = "no branch has an upstream on this remote";
  } else if (!remote.state.next_due) {
    result.step = "not_scheduled";
    result.why = remote.state.outcome == fetch_outcome::auth_required
                     ? "the login was refused; it is tried again when it changes or a person asks"
                     : "background fetches are switched off";
  } else {
    result.step = "due_later";
    result.why = !trouble.empty() ? trouble
                 : remote.hinted  ? "somebody said that it has moved"
                 : remote.state.failures > 0
                     ? "the last attempt failed: " + remote.state.error
                     : "the longer a remote has not changed, the longer is the interval";
  }
  return result;
}

}  // namespace headway

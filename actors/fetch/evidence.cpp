// What the scheduler hears, and what it makes of it: hints, who looks at what, the machine, logins
// that were refused or have changed, and what has waited for long.
#include <algorithm>

#include <actors/fetch/fetch_scheduler.hpp>
#include <messages/url.hpp>

namespace headway {

namespace {

// Between two attempts at a remote that is said to move all the time.
constexpr milliseconds hint_floor{5'000};
constexpr milliseconds viewed_interval{60'000};

}  // namespace

// Waits for the floor, so that a remote that is said to move all the time is not asked all the
// time. REQUIRES: it is scheduled.
void fetch_scheduler::bring_forward(const fetch_key& key, entry& remote) {
  const auto soonest = remote.begun ? std::max(now(), *remote.begun + hint_floor) : now();
  remote.hinted = true;
  if (soonest < *remote.state.next_due)
    schedule(key, remote, soonest);
}

void fetch_scheduler::hint(const remote_hint& news) {
  const auto there = by_address_.find(repository_key(news.url));
  if (there == by_address_.end())
    return;
  for (const auto& key : there->second) {
    auto& remote = remotes_.at(key);
    const auto& where = remote.target.remote;
    if (remote.state.stage == fetch_stage::running)
      remote.again = true;
    else if (probes_.contains(key))
      probes_.push(key, {where.host, where.display_url}, fetch_reason::hinted);
    else if (queue_.contains(key))
      queue_.push(key, where.host, fetch_reason::hinted);
    else if (remote.state.next_due)
      bring_forward(key, remote);
  }
  start_due();
}

void fetch_scheduler::view(const std::string& project) {
  const auto it = by_project_.find(project);
  if (it == by_project_.end())
    return;
  for (const auto& key : it->second) {
    auto& remote = remotes_.at(key);
    remote.viewed = now();
    settle_spending(remote);
    const auto& state = remote.state;
    if (!state.next_due || !state.last_success || state.failures > 0)
      continue;
    const auto wait = std::max(viewed_interval, settings_.min_interval);
    if (const auto due = std::max(now(), *state.last_success + wait); due < *state.next_due)
      schedule(key, remote, due);
  }
  start_due();
}

void fetch_scheduler::observe(const resource_sample& sample) {
  unanswered_samples_ = 0;
  const auto was_stopped = admission_.stopped_by();
  admission_.observe(sample, queue_.running());
  probing_.observe(sample, probes_.running());
  if (const auto why = admission_.stopped_by(); why != was_stopped) {
    if (why.empty())
      log().info("fetches go on: there is space on the disk again");
    else
      log().warn("nothing is fetched: {}", why);
  }
  if (sample.login_files != 0 &&
      sample.login_files != std::exchange(login_files_, sample.login_files))
    try_refused_logins();
  start_due();
}

// Whoever uses the same login is refused as well, and repeating that locks accounts: one notice,
// and all wait until the login changes or a person asks.
void fetch_scheduler::suspend_login(const fetch_key& key, entry& remote) {
  const auto& host = remote.target.remote.host;
  if (remote.credential == 0 || !refused_logins_.emplace(host, remote.credential).second)
    return;
  log().warn("{} refuses a login; its remotes wait until the login changes or somebody asks", host);
  std::vector<fetch_key> same;
  for (const auto& [other, candidate] : remotes_)
    if (other != key && candidate.credential == remote.credential &&
        candidate.target.remote.host == host && candidate.state.stage != fetch_stage::running)
      same.push_back(other);
  for (const auto& other : same)
    hold_back(other, remotes_.at(other));
}

void fetch_scheduler::hold_back(const fetch_key& key, entry& remote) {
  if (wanted_by_people(remote.tickets, {}))
    return;
  remote_fetch_report report;
  report.remote = key.remote;
  report.outcome = fetch_outcome::auth_required;
  report.code = ec::auth_required;
  report.error = "the host refused this login when another remote used it";
  report.started = report.finished = now();
  if (probes_.remove(key) | queue_.remove(key))
    return ended(key, std::move(report));
  learn(remote, report);
  schedule(key, remote, std::nullopt);
  announce(remote);
  store(remote);
}

// It was accepted: all that waited for it are due, spread.
void fetch_scheduler::resume_login(const std::string& host, std::uint64_t credential) {
  if (credential == 0 || refused_logins_.erase({host, credential}) == 0)
    return;
  log().info("{} accepts the login again", host);
  for (auto& [key, remote] : remotes_)
    if (remote.credential == credential && remote.target.remote.host == host &&
        remote.state.code == ec::auth_required && remote.state.stage == fetch_stage::done)
      put_off(key, remote, now());
}

// One remote finds out for all that share its login.
void fetch_scheduler::try_refused_logins() {
  std::set<std::pair<std::string, std::uint64_t>> tried;
  for (auto& [key, remote] : remotes_) {
    if (remote.state.code != ec::auth_required || remote.state.stage != fetch_stage::done)
      continue;
    const bool is_known = remote.credential != 0;
    if (is_known && !tried.emplace(remote.target.remote.host, remote.credential).second)
      continue;
    if (is_known)
      schedule(key, remote, now());
    else
      put_off(key, remote, now());
  }
}

// What has waited for two intervals goes first, whatever its reason.
void fetch_scheduler::promote_aged() {
  while (!aging_.empty() && aging_.begin()->first <= now()) {
    const auto key = aging_.begin()->second;
    auto& remote = remotes_.at(key);
    stop_aging(key, remote);
    const auto& where = remote.target.remote;
    if (probes_.contains(key))
      probes_.push(key, {where.host, where.display_url}, fetch_reason::user_asked);
    else if (queue_.contains(key))
      queue_.push(key, where.host, fetch_reason::user_asked);
  }
}

void fetch_scheduler::stop_aging(const fetch_key& key, entry& remote) {
  if (remote.promoted_at)
    aging_.erase({*remote.promoted_at, key});
  remote.promoted_at = std::nullopt;
}

void fetch_scheduler::settle_spending(entry& remote) {
  const auto now_spent = spending(remote.habits, attention_of(remote.viewed, now()).weight);
  all_spending_ += now_spent - std::exchange(remote.spending, now_spent);
}

}  // namespace headway

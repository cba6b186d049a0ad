#include <algorithm>

#include <actors/fetch/fetch_scheduler.hpp>
#include <messages/url.hpp>

namespace headway {

namespace {

constexpr auto tick_interval = std::chrono::milliseconds{250};

// What ends within it is told of together. Each message that wakes a thread costs as much as a look
// at a remote on this machine.
constexpr auto quiet_interval = std::chrono::milliseconds{20};

// Ended fetches that are answered from memory; older ones from the store.
constexpr std::size_t recent_limit = 2'048;

constexpr auto longest_patience = std::chrono::hours{24};

// Sessions of one ssh connection, so that with four fetches there are less than ten.
constexpr std::size_t most_ssh_probes = 5;
// A git-daemon has 32 children at most, those that are about to end among them, and sleeps for a
// second before it takes the next one.
constexpr std::size_t most_daemon_probes = 8;

// Pressure leaves a quarter of the probes, which is dozens: they wait for the network, and fewer at
// once would make a sweep longer but not cheaper. A calm machine is back at all within half a
// minute.
constexpr std::size_t probe_steps = 4;

// No pause after a failure is as long.
constexpr std::chrono::hours beyond_any_pause{8};

// What a clock may be set back by (NTP steps of a second, say) without anybody noticing.
constexpr auto clock_slack = std::chrono::seconds{10};

// What the end of a fetch says about the host.
host_sign sign_of(ec code) noexcept {
  switch (code) {
    case ec::none:
    case ec::auth_required:
    case ec::not_found:
    case ec::remote:
      return host_sign::well;
    case ec::network:
    case ec::deadline_exceeded:
      return host_sign::ill;
    default:
      return host_sign::none;
  }
}

std::size_t most_probes_by_transport(const std::string& host) noexcept {
  if (host.starts_with("ssh:"))
    return most_ssh_probes;
  return host.starts_with("git:") ? most_daemon_probes : std::string::npos;
}

bool succeeded(fetch_outcome outcome) noexcept {
  return outcome == fetch_outcome::unchanged || outcome == fetch_outcome::updated;
}

constexpr auto too_many_wait = "too many fetches wait; try again in a minute";

// No room to look again for whoever asked while a fetch ran: what that one found may be older than
// what they want to see.
remote_fetch_report refused(const fetch_key& key, wall_time now) {
  remote_fetch_report report;
  report.remote = key.remote;
  report.outcome = fetch_outcome::failed;
  report.code = ec::overloaded;
  report.error = too_many_wait;
  report.started = report.finished = now;
  return report;
}

}  // namespace

fetch_scheduler::fetch_scheduler(caf::actor_config& config, engine_context shared,
                                 fetch_config settings, scheduler_environment environment,
                                 fetch_worker_factory make_worker)
    : actor_shell(config, "fetch-scheduler", std::move(shared)),
      settings_(std::move(settings)),
      environment_(std::move(environment)),
      random_(environment_.seed),
      make_worker_(std::move(make_worker)),
      admission_(transfer_bounds(), settings_.foreground_target),
      probing_(probe_bounds(), settings_.foreground_target),
      bandwidth_(settings_.bandwidth, settings_.bandwidth_per_host),
      hosts_(settings_.max_probes_per_host),
      queue_(settings_.max_per_host) {
  set_down_handler([this](caf::down_msg& down) { replace_worker(down.source); });
}

fetch_scheduler::behavior_type fetch_scheduler::make_behavior() {
  delayed_send(this, tick_interval, tick_atom::value);
  return {
      [this](const track_project& tracked) { track(tracked); },
      [this](const untrack_project& gone) { untrack(gone.project.slug); },
      [this](const remote_hint& news) { hint(news); },
      [this](const project_viewed& seen) { view(seen.project.slug); },
      [this](const fetch_request& request) { return fetch(request); },
      [this](const await_fetch& request) { return await(request); },
      [this](const cancel_fetch& request) { return cancel(request); },
      [this](stats_atom) -> caf::result<scheduler_stats> { return stats(); },
      [this](const resource_sample_ptr& sample) { observe(*sample); },
      [this](const fetch_limits_ptr& settings) { configure(*settings); },
      [this](schedule_atom) -> caf::result<scheduler_state_ptr> { return state(); },
      [this](const schedule_request& request) { return schedule_of(request); },
      [this](tick_atom) { tick(); },
      [this](quiet_atom) { tell_of_quiet_ends(); },
  };
}

void fetch_scheduler::track(const track_project& tracked) {
  const auto& project = tracked.project.slug;
  auto& keys = by_project_[project];
  const auto before = std::exchange(keys, {});
  for (const auto& target : tracked.targets) {
    const fetch_key key{target.location.common_dir, target.remote.name};
    keys.insert(key);
    const auto [it, added] = remotes_.try_emplace(key);
    auto& remote = it->second;
    if (added) {
      const auto known =
          std::ranges::find(tracked.restored, target.remote.name, &remote_state::remote);
      if (known != tracked.restored.end())
        remote.state = *known;
      remote.state.stage = fetch_stage::done;
      remote.state.remote = target.remote.name;
      if (remote.state.usual > milliseconds{})
        remote.habits.learn_fetch(remote.state.usual);
      if (remote.state.outcome == fetch_outcome::timed_out)
        remote.timeouts = remote.state.failures;
    }
    const bool has_moved = is_new_address(remote, project, target.remote.display_url);
    remote.projects[project] = target;
    remote.target = target;
    merge_targets(remote);
    if (has_moved)
      forget_former_address(key, remote);
    const bool tracks_anything = remote.target.tracks_anything();
    remote.state.url = target.remote.display_url;
    place(key, remote, repository_key(target.remote.display_url));
    if (!tracks_anything)
      schedule(key, remote, std::nullopt);
    else if (added && remote.state.next_due)
      schedule(key, remote, due_after_restart(settings_, *remote.state.next_due, now(), random()));
    else if (!remote.state.next_due && remote.state.outcome != fetch_outcome::auth_required &&
             remote.state.stage == fetch_stage::done)
      schedule(key, remote, now());
    // Its login was refused. The files with logins may have changed before the restart, and their
    // first look is over.
    else if (added && login_files_ != 0)
      put_off(key, remote, now());
  }
  largest_project_ = std::max(largest_project_, keys.size());
  for (const auto& key : before)
    if (!keys.contains(key))
      leave(key, project);
  std::set<std::string> concerned{project};
  for (const auto& key : keys)
    for (const auto& [name, target] : remotes_.at(key).projects)
      concerned.insert(name);
  if (keys.empty())
    by_project_.erase(project);
  for (const auto& name : concerned)
    announce_to(name);
  start_due();
}

// Work trees may have settings of their own: that one says another address than the others, as it
// did before, is no news.
bool fetch_scheduler::is_new_address(const entry& remote, const std::string& project,
                                     const std::string& url) {
  if (remote.state.url.empty() || remote.state.url == url)
    return false;
  const auto known = remote.projects.find(project);
  return known == remote.projects.end() ? remote.projects.empty()
                                        : known->second.remote.display_url != url;
}

// That it failed, and until when it waits for that, was the former address's. So is what is found
// there by whoever is at it now. The host keeps its own record.
void fetch_scheduler::forget_former_address(const fetch_key& key, entry& remote) {
  auto& state = remote.state;
  if (!succeeded(state.outcome)) {
    state.outcome = fetch_outcome::never;
    state.code = ec::none;
    state.error.clear();
  }
  state.failures = 0;
  remote.timeouts = 0;
  remote.credential = 0;
  if (state.stage == fetch_stage::done) {
    schedule(key, remote, std::nullopt);
    return;
  }
  auto reason = probes_.reason(key);
  if (!reason)
    reason = queue_.reason(key);
  remote.is_asked_elsewhere = !reason;
  if (!reason)
    return;
  probes_.remove(key);
  queue_.remove(key);
  line_up(key, remote, *reason);
}

// Worktrees of one store track different branches: what any of them needs is fetched.
void fetch_scheduler::merge_targets(entry& remote) {
  auto& refs = remote.target.refs;
  for (const auto& [project, target] : remote.projects)
    refs.insert(refs.end(), target.refs.begin(), target.refs.end());
  std::ranges::stable_sort(refs, {}, &tracked_ref::remote_ref);
  refs.erase(std::ranges::unique(refs, {}, &tracked_ref::remote_ref).begin(), refs.end());
  remote.state.tracked_refs =
      static_cast<std::uint32_t>(refs.size() + remote.target.patterns.of_remote.size());
}

void fetch_scheduler::leave(const fetch_key& key, const std::string& project) {
  auto& remote = remotes_.at(key);
  remote.projects.erase(project);
  if (!remote.projects.empty()) {
    // The worktree that went may be the one through which the store was reached.
    remote.target = remote.projects.begin()->second;
    merge_targets(remote);
    if (!remote.target.tracks_anything())
      schedule(key, remote, std::nullopt);
  }
  drop_if_unused(key);
}

void fetch_scheduler::untrack(const std::string& project) {
  const auto node = by_project_.extract(project);
  if (!node)
    return;
  for (const auto& key : node.mapped())
    leave(key, project);
}

void fetch_scheduler::drop_if_unused(const fetch_key& key) {
  const auto it = remotes_.find(key);
  if (!it->second.projects.empty())
    return;
  // One that somebody is at is dropped when that has ended.
  const bool waits = probes_.remove(key) | queue_.remove(key);
  if (it->second.state.stage == fetch_stage::running && !waits)
    return;
  schedule(key, it->second, std::nullopt);
  const auto report = cancelled(key, "the project was removed or suspended");
  for (const auto* tickets : {&it->second.tickets, &it->second.next_tickets})
    for (const auto id : *tickets)
      settle_ticket(id, key, report);
  stop_aging(key, it->second);
  all_spending_ -= it->second.spending;
  place(key, it->second, {});
  remotes_.erase(it);
}

// Under the address that hints name; without one, nowhere.
void fetch_scheduler::place(const fetch_key& key, entry& remote, std::string address) {
  if (address == remote.address)
    return;
  if (const auto there = by_address_.find(remote.address); there != by_address_.end())
    if (there->second.erase(key); there->second.empty())
      by_address_.erase(there);
  if (!address.empty())
    by_address_[address].insert(key);
  remote.address = std::move(address);
}

void fetch_scheduler::schedule(const fetch_key& key, entry& remote, std::optional<wall_time> due) {
  if (remote.state.next_due)
    due_.erase({*remote.state.next_due, key});
  if (settings_.background == fetch_config::background_mode::off)
    due = std::nullopt;
  remote.state.next_due = due;
  if (due)
    due_.insert({*due, key});
}

caf::result<fetch_report_ptr> fetch_scheduler::fetch(const fetch_request& request) {
  const auto it = by_project_.find(request.project.slug);
  std::set<fetch_key> keys;
  if (it != by_project_.end())
    for (const auto& key : it->second)
      if (remotes_.at(key).target.tracks_anything())
        keys.insert(key);
  if (keys.empty())
    return make_error(
        ec::invalid_argument,
        "project '" + request.project.slug +
            "' has no branch with an upstream on a remote, so there is nothing to fetch");
  if (const auto why = admission_.stopped_by(); !why.empty())
    return make_error(ec::disk_full, "nothing is fetched: " + why);
  const auto joins = [this](const fetch_key& key) {
    return remotes_.at(key).state.stage != fetch_stage::done;
  };
  const auto places = keys.size() - std::size_t(std::ranges::count_if(keys, joins));
  if (probes_.waiting() + queue_.waiting() + places > queue_limit())
    return make_error(ec::overloaded, too_many_wait);
  const auto id = open_ticket(request.project, request.reason, keys);
  for (const auto& key : keys)
    enqueue(key, remotes_.at(key), id, request.reason);
  auto answer = std::make_shared<const fetch_report>(tickets_.at(id).report);
  start_admitted();
  return caf::result<fetch_report_ptr>{std::move(answer)};
}

fetch_id fetch_scheduler::open_ticket(const project_id& project, fetch_reason reason,
                                      std::set<fetch_key> keys) {
  const fetch_id id{++*environment_.ids};
  ticket opened;
  opened.report = {.id = id, .project = project, .reason = reason, .requested = now()};
  opened.open = std::move(keys);
  tickets_.emplace(id, std::move(opened));
  return id;
}

// A project with more remotes than may wait could otherwise never be fetched.
std::size_t fetch_scheduler::queue_limit() const {
  return std::max(settings_.queue_limit, largest_project_);
}

bool fetch_scheduler::enqueue(const fetch_key& key, entry& remote, fetch_id id,
                              fetch_reason reason) {
  if (remote.state.stage == fetch_stage::running) {
    remote.next_tickets.push_back(id);
    return true;
  }
  const auto& where = remote.target.remote;
  const bool waits = remote.state.stage == fetch_stage::queued;
  if (!waits && probes_.waiting() + queue_.waiting() >= queue_limit())
    return false;
  remote.tickets.push_back(id);
  if (waits) {
    if (probes_.contains(key))
      probes_.push(key, {where.host, where.display_url}, reason);
    else
      queue_.push(key, where.host, reason);
    return true;
  }
  line_up(key, remote, reason);
  remote.state.stage = fetch_stage::queued;
  remote.queued_at = now();
  remote.queued = remote.probed = {};
  remote.promoted_at = now() + 2 * std::max(remote.interval, settings_.min_interval);
  aging_.insert({*remote.promoted_at, key});
  schedule(key, remote, std::nullopt);
  return true;
}

void fetch_scheduler::line_up(const fetch_key& key, entry& remote, fetch_reason reason) {
  const auto& where = remote.target.remote;
  remote.seen = nullptr;
  // Without a prober git asks before it fetches.
  if (other<prober_actor>())
    probes_.push(key, {where.host, where.display_url}, reason);
  else
    queue_.push(key, where.host, reason);
}

void fetch_scheduler::start_due() {
  const auto time = now();
  if (!admission_.stopped_by().empty())
    return;
  while (!due_.empty() && due_.begin()->first <= time) {
    const auto key = due_.begin()->second;
    auto& remote = remotes_.at(key);
    if (const auto until = hosts_.closed_until(remote.target.remote.host, time)) {
      put_off(key, remote, *until);
      continue;
    }
    const auto reason = std::exchange(remote.hinted, false) ? fetch_reason::hinted
                        : remote.state.last_success         ? fetch_reason::due
                                                            : fetch_reason::project_opened;
    const auto id = open_ticket({remote.projects.begin()->first}, reason, {key});
    if (!enqueue(key, remote, id, reason)) {
      tickets_.erase(id);
      schedule(key, remote, time + settings_.min_interval);
      announce(remote);
    }
  }
  start_admitted();
}

// Spread, so that a host that is well again is not met by all at once.
void fetch_scheduler::put_off(const fetch_key& key, entry& remote, wall_time until) {
  const auto spread = random().value * double(settings_.min_interval.count());
  schedule(key, remote, until + milliseconds{std::int64_t(spread)});
  announce(remote);
}

void fetch_scheduler::start_admitted() {
  start_probes();
  start_fetches();
}

void fetch_scheduler::start_probes() {
  const auto prober = other<prober_actor>();
  const auto limit = [this](const std::string& host, fetch_reason reason) {
    const auto healthy = hosts_.limit(host, now(), reason);
    return std::min(healthy, most_probes_by_transport(host));
  };
  while (prober && probes_.running() < probing_.limit()) {
    auto batch = probes_.pop(limit);
    if (batch.empty())
      return;
    probe(prober, std::move(batch));
  }
}

void fetch_scheduler::probe(const prober_actor& prober, probe_batch batch) {
  const auto number = ++last_run_;
  probe_job job;
  job.number = number;
  job.allowed_schemes = settings_.allowed_schemes;
  job.trusted_repositories = settings_.trusted_repositories;
  job.addresses = settings_.deny_private_addresses == fetch_config::denial::on
                      ? address_rule::public_only
                      : address_rule::any;
  for (const auto& [key, reason] : batch.remotes) {
    auto& remote = remotes_.at(key);
    begin_step(remote);
    job.targets.push_back(remote.target);
    job.deadline = std::max(job.deadline, deadline_of(remote));
  }
  hosts_.asked(batch.host);
  probe_runs_.emplace(number, probe_run{std::move(batch), now(), clock().now()});
  request(prober, caf::infinite, std::move(job))
      .then([this, number](const probe_answer& answer) { probed(number, answer); },
            [this, number](caf::error& error) {
              log().warn("fetch-scheduler: the prober did not answer: {}", describe(error));
              not_probed(number);
            });
}

void fetch_scheduler::probed(std::uint64_t number, const probe_answer& answer) {
  const auto node = probe_runs_.extract(number);
  const auto& look = node.mapped();
  const auto& batch = look.batch;
  probes_.finished(batch.host);
  for (std::size_t i = 0; i < batch.remotes.size(); ++i)
    follow_up(batch.remotes[i].first, batch.remotes[i].second, look, answer.reports.at(i));
  // Remotes that shared a question share its fate: to the host it was one.
  const auto heard = std::ranges::find_if(
      answer.reports, [](const auto& report) { return report.host != host_sign::none; });
  const auto& report = heard == answer.reports.end() ? answer.reports.front() : *heard;
  learn_of_host(batch.host, report.host, report.retry_after);
  start_admitted();
}

// Git can ask by itself.
void fetch_scheduler::not_probed(std::uint64_t number) {
  const auto& batch = probe_runs_.at(number).batch;
  const probe_report left{.found = probe_report::finding::left_to_git};
  probed(number, {std::vector<probe_report>(batch.remotes.size(), left)});
}

void fetch_scheduler::follow_up(const fetch_key& key, fetch_reason reason, const probe_run& look,
                                const probe_report& report) {
  using finding = probe_report::finding;
  auto& remote = remotes_.at(key);
  remote.probed = report.took;
  remote.took = since(look.began);
  // What was found is another address's. Who waits wants to know what is at this one.
  if (remote.is_asked_elsewhere && !remote.projects.empty() &&
      report.outcome != fetch_outcome::cancelled) {
    remote.is_asked_elsewhere = false;
    remote.queued_at = now();
    line_up(key, remote, reason);
    return;
  }
  if (report.credential != 0)
    remote.credential = report.credential;
  const bool has_news = report.found != finding::unchanged && report.found != finding::failed;
  // Suspended or removed while the prober was at it: what is there is not fetched any more.
  if (has_news && remote.projects.empty()) {
    ended(key, cancelled(key, "the project was removed or suspended"));
    return;
  }
  if (has_news) {
    remote.seen = report.seen;
    remote.queued_at = now();
    tell_that_it_runs(remote);
    queue_.push(key, remote.target.remote.host, reason);
    return;
  }
  const bool unchanged = report.found == finding::unchanged;
  ended(key, {.remote = key.remote,
              .outcome = unchanged ? fetch_outcome::unchanged : report.outcome,
              .code = report.code,
              .error = report.error,
              .started = look.started,
              .finished = now(),
              .timing = {.queued = remote.queued, .probe = report.took}});
}

void fetch_scheduler::start_fetches() {
  if (!admission_.stopped_by().empty())
    return;
  const auto may_run = [this](const fetch_key& key, const std::string& host) {
    return bandwidth_.open(host, now()) && !environment_.claims->claimed(key.common_dir);
  };
  while (queue_.waiting() > 0 && queue_.running() < admission_.limit() && bandwidth_.open(now())) {
    if (idle_.empty()) {
      // Never: each fetch that runs has one. A mistake here is to show as a standstill, not as
      // more and more threads.
      if (workers_.size() >= admission_.ceiling())  // GCOVR_EXCL_BR_LINE
        return;
      workers_.push_back(make_worker_());
      monitor(workers_.back());
      idle_.push_back(workers_.back());
    }
    const auto key = queue_.pop(may_run);
    if (!key)
      return;
    start(*key, remotes_.at(*key));
  }
}

void fetch_scheduler::begin_step(entry& remote) {
  remote.queued += std::chrono::duration_cast<milliseconds>(now() - remote.queued_at);
  if (remote.state.stage == fetch_stage::running)
    return;
  remote.begun = now();
  remote.state.stage = fetch_stage::running;
  for (const auto id : remote.tickets)
    tickets_.at(id).report.stage = fetch_stage::running;
}

void fetch_scheduler::tell_that_it_runs(entry& remote) {
  if (!std::exchange(remote.told_that_it_runs, true))
    announce(remote);
}

// Most looks end within a tick, and two documents for each would be the larger part of its cost.
void fetch_scheduler::tell_of_long_probes() {
  for (const auto& [number, look] : probe_runs_)
    if (since(look.began) >= tick_interval)
      for (const auto& [key, reason] : look.batch.remotes)
        tell_that_it_runs(remotes_.at(key));
}

void fetch_scheduler::start(const fetch_key& key, entry& remote) {
  auto worker = std::move(idle_.back());
  idle_.pop_back();
  begin_step(remote);
  tell_that_it_runs(remote);
  hosts_.asked(remote.target.remote.host);
  const auto number = ++last_run_;
  const auto cancel = std::make_shared<git::cancellation>();
  environment_.claims->claim(key.common_dir, cancel);
  runs_.emplace(number, run{key, worker, now(), clock().now(), cancel, remote.target.remote.host});
  request(worker, caf::infinite,
          fetch_job{remote.target, remote.seen, deadline_of(remote), settings_.kill_grace,
                    settings_.allowed_schemes, settings_.trusted_repositories,
                    settings_.deny_private_addresses == fetch_config::denial::on
                        ? address_rule::public_only
                        : address_rule::any,
                    cancel,
                    wanted_by_people(remote.tickets, {}) ? fetch_haste::somebody_waits
                                                         : fetch_haste::nobody_waits})
      .then([this, number](remote_fetch_report& report) { end_run(number, std::move(report)); },
            [this, number](caf::error& error) {
              // A worker that has died: the down message ends all that it was at.
              if (code_of(error) != ec::shutting_down)
                fail_run(number, error);
            });
}

// A run that its worker's death has ended is unknown here when a late answer comes.
void fetch_scheduler::end_run(std::uint64_t number, remote_fetch_report report) {
  const auto node = runs_.extract(number);
  if (!node)
    return;
  const auto& [key, worker, started, began, cancel, host] = node.mapped();
  if (std::ranges::find(workers_, worker) != workers_.end())
    idle_.push_back(worker);
  environment_.claims->release(key.common_dir);
  queue_.finished(key);
  auto& remote = remotes_.at(key);
  remote.took = since(began);
  const auto sign = report.host == host_sign::none ? sign_of(report.code) : report.host;
  const auto retry_after = report.retry_after;
  report.timing.queued = remote.queued;
  report.timing.probe += remote.probed;
  bandwidth_.charge(host, report.bytes, now());
  ended(key, std::move(report));
  learn_of_host(host, sign, retry_after);
  start_admitted();
}

void fetch_scheduler::fail_run(std::uint64_t number, const caf::error& error) {
  const auto it = runs_.find(number);
  if (it == runs_.end())
    return;
  remote_fetch_report report;
  report.remote = it->second.key.remote;
  report.outcome = fetch_outcome::failed;
  report.code = code_of(error);
  report.error = detail_of(error);
  report.started = it->second.started;
  report.finished = now();
  end_run(number, std::move(report));
}

void fetch_scheduler::ended(const fetch_key& key, remote_fetch_report report) {
  figures().fetch_ended(report);
  auto& remote = remotes_.at(key);
  ++completed_;
  const bool is_of_former_address = std::exchange(remote.is_asked_elsewhere, false);
  if (is_of_former_address)
    move_tips(remote, report.updates);
  else
    learn(remote, report);
  stop_aging(key, remote);
  remote.state.stage = fetch_stage::done;
  const bool was_told_of = std::exchange(remote.told_that_it_runs, false);
  if (is_of_former_address) {
    log().info("fetch of {} in {} ended after its address had changed: the new one is next",
               key.remote, key.common_dir);
    schedule(key, remote, now());
  } else if (succeeded(report.outcome)) {
    resume_login(remote.target.remote.host, remote.credential);
    remote.interval = interval_after_success(
        settings_, report.finished, *remote.state.last_change, remote.habits, all_spending_,
        attention_of(remote.viewed, report.finished), random());
    schedule(key, remote, report.finished + remote.interval);
  } else {
    failed_ += report.outcome == fetch_outcome::cancelled ? 0 : 1;
    log().info("fetch of {} in {}: {}", key.remote, key.common_dir, report.error);
    const auto delay = retry_delay(settings_, report.code, remote.state.failures, random());
    schedule(key, remote, delay ? std::optional{report.finished + *delay} : std::nullopt);
  }
  if (report.code == ec::disk_full && !report.held_back)
    admission_.found_disk_full();
  if (std::exchange(remote.again, false) && remote.state.next_due)
    bring_forward(key, remote);
  // The projects hear of it before those who asked for it do: whoever asks for the status once the
  // fetch has ended must not be told that it is still running.
  const bool quietly = report.outcome == fetch_outcome::unchanged && !was_told_of &&
                       !wanted_by_people(remote.tickets, {});
  if (quietly)
    tell_soon(key);
  else
    tell(remote);
  for (const auto id : std::exchange(remote.tickets, {}))
    settle_ticket(id, key, report);
  for (const auto id : std::exchange(remote.next_tickets, {}))
    if (!enqueue(key, remote, id, fetch_reason::user_asked))
      settle_ticket(id, key, refused(key, now()));
  if (report.code == ec::auth_required)
    suspend_login(key, remote);
  drop_if_unused(key);
}

admission_bounds fetch_scheduler::transfer_bounds() const {
  return {.configured = settings_.max_concurrent,
          .cores = environment_.cores,
          .bandwidth = settings_.bandwidth,
          .least = settings_.min_concurrent};
}

admission_bounds fetch_scheduler::probe_bounds() const {
  // A single slot would be held by one host that does not answer.
  const auto step = std::max<std::size_t>(1, settings_.max_probes / probe_steps);
  return {.configured = settings_.max_probes, .step = step, .least = step};
}

void fetch_scheduler::learn_of_host(const std::string& host, host_sign sign,
                                    std::optional<milliseconds> retry_after) {
  const auto news = hosts_.learn(host, sign, retry_after, now(), random());
  if (news == host_health::news::opened)
    log().info("{} answers again", host);
  if (news == host_health::news::closed) {
    log().warn("{}: {}; it is asked again after a while", host, hosts_.trouble(host, now()));
    give_up_on(host);
  }
}

// Whoever waits for a host that does not answer hears of it now, and not after a failure of its
// own.
void fetch_scheduler::give_up_on(const std::string& host) {
  auto keys = probes_.drain(host);
  for (auto& key : queue_.drain(host))
    keys.push_back(std::move(key));
  remote_fetch_report report;
  report.outcome = fetch_outcome::failed;
  report.code = ec::network;
  report.error = hosts_.trouble(host, now());
  report.started = report.finished = now();
  for (const auto& key : keys) {
    report.remote = key.remote;
    ended(key, report);
  }
}

void fetch_scheduler::learn(entry& remote, const remote_fetch_report& report) {
  auto& state = remote.state;
  state.outcome = report.outcome;
  state.code = report.code;
  state.error = report.error;
  remote.timeouts = report.outcome == fetch_outcome::timed_out ? remote.timeouts + 1 : 0;
  if (!succeeded(report.outcome)) {
    // Somebody's wish says nothing about the remote.
    if (report.outcome != fetch_outcome::cancelled)
      ++state.failures;
    return;
  }
  state.failures = 0;
  const auto since_last =
      state.last_success
          ? std::chrono::duration_cast<milliseconds>(report.finished - *state.last_success)
          : milliseconds{0};
  remote.habits.learn(remote.took, since_last, report.outcome == fetch_outcome::updated);
  if (report.outcome == fetch_outcome::updated) {
    remote.habits.learn_fetch(remote.took);
    state.usual = remote.habits.usual();
  }
  settle_spending(remote);
  // A success with something to say (refs that were not deleted, say) is still a success.
  state.last_success = report.finished;
  if (report.outcome == fetch_outcome::updated || !state.last_change)
    state.last_change = report.finished;
  move_tips(remote, report.updates);
}

void fetch_scheduler::move_tips(entry& remote, const std::vector<ref_update>& updates) {
  for (const auto& update : updates) {
    const auto move_tip = [&](fetch_target& target) {
      const auto it =
          std::ranges::find(target.refs, update.tracking_ref, &tracked_ref::tracking_ref);
      if (it != target.refs.end())
        it->tip = update.after;
    };
    move_tip(remote.target);
    for (auto& [project, target] : remote.projects)
      move_tip(target);
  }
}

void fetch_scheduler::settle_ticket(fetch_id id, const fetch_key& key,
                                    const remote_fetch_report& report) {
  auto& served = tickets_.at(id);
  served.open.erase(key);
  served.report.remotes.push_back(report);
  if (served.open.empty()) {
    close(served);
    tickets_.erase(id);
  }
}

void fetch_scheduler::close(ticket& ended_one) {
  auto& finished = ended_one.report;
  finished.stage = fetch_stage::done;
  finished.finished = now();
  const auto report = std::make_shared<const fetch_report>(std::move(finished));
  std::erase_if(waiters_, [&](waiter& who) {
    if (who.id != report->id)
      return false;
    who.promise.deliver(report);
    return true;
  });
  keep_report(report);
  // A background fetch that found nothing is no history: a thousand of them a minute would be.
  const bool notable = report->reason == fetch_reason::user_asked ||
                       std::ranges::any_of(report->remotes, [](const auto& remote) {
                         return remote.outcome != fetch_outcome::unchanged;
                       });
  const auto database = other<database_writer_actor>();
  if (!notable || !database)
    return;
  request(database, caf::infinite, put_fetch{report})
      .then([](caf::ok_atom) {},
            [this](caf::error& error) {
              log().warn("fetch-scheduler: history could not be stored: {}", describe(error));
            });
}

void fetch_scheduler::keep_report(fetch_report_ptr report) {
  recent_[report->id] = std::move(report);
  if (recent_.size() > recent_limit)
    recent_.erase(recent_.begin());
}

caf::result<fetch_report_ptr> fetch_scheduler::await(const await_fetch& request) {
  if (const auto it = recent_.find(request.id); it != recent_.end())
    return it->second;
  if (const auto it = tickets_.find(request.id); it != tickets_.end()) {
    if (request.patience <= milliseconds{0})
      return caf::result<fetch_report_ptr>{std::make_shared<const fetch_report>(it->second.report)};
    auto promise = make_response_promise<fetch_report_ptr>();
    waiters_.push_back(
        {request.id, promise,
         clock().now() + std::min<milliseconds>(request.patience, longest_patience)});
    return promise;
  }
  if (const auto reader = other<database_reader_actor>())
    return delegate(reader, find_fetch{request.id});
  if (const auto writer = other<database_writer_actor>())
    return delegate(writer, find_fetch{request.id});
  return make_error(ec::not_found, "no fetch " + std::to_string(request.id.value));
}

void fetch_scheduler::tell(const entry& remote) {
  announce(remote);
  store(remote);
}

void fetch_scheduler::tell_soon(const fetch_key& key) {
  if (ended_quietly_.empty())
    delayed_send(this, quiet_interval, quiet_atom::value);
  ended_quietly_.insert(key);
}

void fetch_scheduler::tell_of_quiet_ends() {
  for (const auto& key : std::exchange(ended_quietly_, {}))
    if (const auto it = remotes_.find(key); it != remotes_.end())
      tell(it->second);
}

void fetch_scheduler::announce(const entry& remote) {
  for (const auto& [project, target] : remote.projects)
    announce_to(project);
}

void fetch_scheduler::announce_to(const std::string& project) {
  auto states = std::make_shared<std::vector<remote_state>>();
  if (const auto it = by_project_.find(project); it != by_project_.end())
    for (const auto& key : it->second)
      states->push_back(remotes_.at(key).state);
  const auto slot = shared().statuses->find({project});
  send(other<project_registry_actor>(),
       remotes_changed{{project}, std::move(states), slot ? slot->announce() : 0});
}

void fetch_scheduler::store(const entry& remote) {
  const auto database = other<database_writer_actor>();
  if (!database)
    return;
  for (const auto& [project, target] : remote.projects)
    request(database, caf::infinite, put_remote{{project}, remote.state})
        .then([](caf::ok_atom) {},
              [this](caf::error& error) {
                log().warn("fetch-scheduler: the schedule could not be stored: {}",
                           describe(error));
              });
}

// Due times are wall times. When the clock is set back by a day, nothing would be due for a day.
void fetch_scheduler::watch_clock() {
  const auto wall = now();
  const auto steady = clock().now();
  const auto before = std::exchange(clocks_, std::pair{wall, steady});
  if (!before)
    return;
  const auto expected = before->first + (steady - before->second);
  if (wall + clock_slack >= expected)
    return;
  const auto back = std::chrono::duration_cast<milliseconds>(expected - wall);
  log().warn("fetch-scheduler: the clock was set back by {} s; all due times follow",
             back.count() / 1000);
  hosts_.set_back(back);
  bandwidth_.set_back(back);
  // What is nearer to the new time than to the old was scheduled since then and is right already.
  const auto longest = std::max<milliseconds>(2 * settings_.max_interval, beyond_any_pause);
  for (auto& [key, remote] : remotes_) {
    // Or a hint would wait until it is a while after an attempt that is a day ahead.
    for (auto* past : {&remote.begun, &remote.viewed})
      if (*past && **past > wall)
        **past -= back;
    const auto due = remote.state.next_due;
    if (due && *due - back >= wall - back / 2)
      schedule(key, remote, *due - back);
    // Overdue for so long by the old time that it looks as if it were of the new.
    else if (due && *due > wall + longest)
      schedule(key, remote, wall);
  }
}

void fetch_scheduler::tick() {
  const auto time = clock().now();
  watch_clock();
  std::erase_if(waiters_, [&](waiter& who) {
    if (who.until > time)
      return false;
    const auto& report = tickets_.at(who.id).report;
    who.promise.deliver(fetch_report_ptr{std::make_shared<const fetch_report>(report)});
    return true;
  });
  if (const auto monitor = other<resource_monitor_actor>(); monitor && time >= next_sample_) {
    next_sample_ = time + environment_.sample_interval;
    if (unanswered_samples_++ > 0) {
      admission_.observe_nothing();
      probing_.observe_nothing();
    }
    send(monitor, tick_atom::value);
  }
  promote_aged();
  start_due();
  start_admitted();
  tell_of_long_probes();
  figures().scheduler(stats());
  delayed_send(this, tick_interval, tick_atom::value);
}

void fetch_scheduler::replace_worker(const caf::actor_addr& dead) {
  const auto is_dead = [&](const fetch_worker_actor& worker) { return worker.address() == dead; };
  log().error("fetch-scheduler: a worker ended; another is started when it is needed");
  std::erase_if(workers_, is_dead);
  std::erase_if(idle_, is_dead);
  std::vector<std::uint64_t> lost;
  for (const auto& [number, one] : runs_)
    if (is_dead(one.worker))
      lost.push_back(number);
  for (const auto number : lost)
    fail_run(number, make_error(ec::io, "the thread that ran this fetch ended unexpectedly"));
  start_admitted();
}

void fetch_scheduler::configure(const fetch_config& settings) {
  settings_ = settings;
  queue_.configure(settings.max_per_host);
  hosts_.configure(settings.max_probes_per_host);
  admission_.configure(transfer_bounds(), settings.foreground_target);
  probing_.configure(probe_bounds(), settings.foreground_target);
  bandwidth_.configure(settings.bandwidth, settings.bandwidth_per_host);
  for (auto& [key, remote] : remotes_)
    reschedule(key, remote);
}

// A remote is due by the new intervals as if they had held since it was last fetched.
void fetch_scheduler::reschedule(const fetch_key& key, entry& remote) {
  const auto& state = remote.state;
  if (settings_.background == fetch_config::background_mode::off) {
    schedule(key, remote, std::nullopt);
  } else if (state.next_due && state.last_success && state.failures == 0) {
    const auto fetched = *state.last_success;
    const auto interval = interval_after_success(
        settings_, fetched, state.last_change.value_or(fetched), remote.habits, all_spending_,
        attention_of(remote.viewed, now()), random());
    schedule(key, remote, std::max(now(), fetched + interval));
  } else if (!state.next_due && state.stage == fetch_stage::done &&
             remote.target.tracks_anything() && state.outcome != fetch_outcome::auth_required) {
    // Background fetches were off until now: spread, because they all begin at this moment.
    const auto wait = random().value * double(settings_.min_interval.count());
    schedule(key, remote, now() + milliseconds{std::int64_t(wait)});
  }
}

scheduler_stats fetch_scheduler::stats() const {
  return {.targets = remotes_.size(),
          .queued = probes_.waiting() + queue_.waiting(),
          .probing = probes_.running(),
          .running = queue_.running(),
          .limit = admission_.limit(),
          .limited_by = admission_.limited_by(),
          .completed = completed_,
          .failed = failed_};
}

void fetch_scheduler::on_exit() {
  for (const auto& key : ended_quietly_)
    if (const auto it = remotes_.find(key); it != remotes_.end())
      store(it->second);
  ended_quietly_.clear();
  for (auto& who : waiters_)
    who.promise.deliver(make_error(ec::shutting_down, "the fetch scheduler stops"));
  waiters_.clear();
  for (const auto& worker : workers_)
    caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
  workers_.clear();
  idle_.clear();
  // The workers are detached: without this they would go on until their fetches end.
  for (const auto& [number, one] : runs_)
    one.cancel->request();
  runs_.clear();
  make_worker_ = nullptr;
}

}  // namespace headway

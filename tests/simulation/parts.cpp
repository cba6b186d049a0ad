#include <algorithm>

#include <tests/simulation/parts.hpp>

#include <actors/repo/repo_lease.hpp>
#include <storage/git/child_process.hpp>
#include <storage/graph/ahead_behind.hpp>
#include <storage/graph/commit_graph.hpp>

namespace headway::simulation {

namespace {

using namespace std::chrono_literals;
using finding = probe_report::finding;

/// How long a host takes to answer.
milliseconds answers_after(dice& chance, sickness how, milliseconds deadline) {
  switch (how) {
    case sickness::hangs:
      return deadline;
    case sickness::trickles:
      return std::min(deadline - 1ms, chance.between(5s, 25s));
    case sickness::resets:
      return chance.between(5ms, 100ms);
    default:
      return chance.between(20ms, 300ms);
  }
}

probe_report failure(fetch_outcome outcome, ec code, host_sign sign, const char* why) {
  return {.found = finding::failed, .code = code, .outcome = outcome, .error = why, .host = sign};
}

}  // namespace

played_prober::behavior_type played_prober::make_behavior() {
  return {
      [this](const probe_job& job) -> caf::result<probe_answer> {
        const auto number = ++on_.last_number;
        const auto asker = caf::actor_cast<caf::actor_addr>(current_sender()).id();
        on_.eyes.probe_began(asker, number, job);
        auto& host = of().host_of(job.targets.front().remote.host);
        const auto how = host.by_git ? sickness::redirects : host.now;
        const auto takes = answers_after(chance(), how, job.deadline);
        const auto looked = of().now() + chance().between(0ms, takes);
        const auto cancelled = std::make_shared<bool>();
        auto promise = work<probe_answer>(
            takes,
            [this, job, how, looked, number, &host, takes,
             cancelled]() -> caf::expected<probe_answer> {
              asked_.erase(job.number);
              probe_answer answer;
              for (const auto& target : job.targets) {
                answer.reports.push_back(*cancelled
                                             ? failure(fetch_outcome::cancelled, ec::cancelled,
                                                       host_sign::none, "cancelled")
                                             : report(target, how, looked));
                answer.reports.back().took = takes;
              }
              if (how == sickness::throttles && !*cancelled) {
                const auto pause = chance().between(1s, 90s);
                for (auto& one : answer.reports)
                  one.retry_after = pause;
                host.rest_until = std::max(host.rest_until, of().now() + pause);
                host.rest_asked = of().now();
              }
              on_.eyes.probe_ended(number, looked, answer.reports);
              return answer;
            },
            [this, number] { on_.eyes.probe_lost(number); });
        asked_[job.number] = {last_job(), cancelled};
        return promise;
      },
      [this](const cancel_probe& wish) {
        const auto it = asked_.find(wish.number);
        if (it == asked_.end())
          return;
        *it->second.cancelled = true;
        finish(it->second.job);
      },
      [](const later_step& step) { run(step); },
  };
}

probe_report played_prober::report(const fetch_target& target, sickness how, moment looked) {
  if (of().host_of(target.remote.host).by_git)
    return {.found = finding::left_to_git, .error = "ssh is spoken by git"};
  switch (how) {
    case sickness::hangs:
      return failure(fetch_outcome::timed_out, ec::deadline_exceeded, host_sign::ill, "no answer");
    case sickness::resets:
      return failure(fetch_outcome::failed, ec::network, host_sign::ill, "connection reset");
    case sickness::wants_login:
      return failure(fetch_outcome::auth_required, ec::auth_required, host_sign::well,
                     "a login is wanted");
    case sickness::knows_nothing:
      return failure(fetch_outcome::failed, ec::remote, host_sign::well, "there is no such thing");
    case sickness::throttles:
      return failure(fetch_outcome::failed, ec::network, host_sign::throttled, "too many requests");
    case sickness::fails:
      return failure(fetch_outcome::failed, ec::remote, host_sign::ill, "internal server error");
    case sickness::redirects:
      return {.found = finding::left_to_git, .error = "another host"};
    case sickness::well:
    case sickness::trickles:
      break;
  }
  const auto& store = *of().store_at(target.location.common_dir);
  auto seen = std::make_shared<advertised_refs>();
  probe_report result{.found = finding::unchanged, .host = host_sign::well};
  const auto& remote = of().remote_of(target.location.common_dir, target.remote.name);
  for (const auto& ref : target.refs) {
    const auto there = remote.refs.at(ref.remote_ref, looked);
    const auto here = store.refs.now(ref.tracking_ref);
    if (there)
      seen->emplace(ref.remote_ref, *there);
    if (there == here || result.found == finding::missing)
      continue;
    result.found = there ? finding::moved : finding::missing;
  }
  if (result.found == finding::moved) {
    result.seen = std::move(seen);
    on_.looks[result.seen] = looked;
  }
  return result;
}

played_fetch_worker::behavior_type played_fetch_worker::make_behavior() {
  return {
      [this](const fetch_job& job) -> caf::result<remote_fetch_report> {
        const auto number = ++on_.last_number;
        const auto asker = caf::actor_cast<caf::actor_addr>(current_sender()).id();
        on_.eyes.fetch_began(asker, number, job);
        const auto how = of().host_of(job.target.remote.host).now;
        auto takes = answers_after(chance(), how, job.deadline) + chance().between(50ms, 2s);
        if (how == sickness::hangs)
          takes = job.deadline;
        if (how == sickness::hangs && of().has(fault::stubborn_children))
          takes += job.kill_grace;
        if (on_.stopping)
          takes = 100ms;
        const auto began = of().wall();
        const auto looked =
            job.seen ? on_.looks.at(job.seen) : of().now() + chance().between(0ms, takes);
        auto promise = work<remote_fetch_report>(
            takes,
            [this, job, how, looked, number, began]() -> caf::expected<remote_fetch_report> {
              auto report = end(job, how, looked);
              report.started = began;
              report.finished = of().wall();
              on_.eyes.fetch_ended(number, looked, report);
              return report;
            },
            [this, number, job, looked] {
              // What it was doing may have been done already.
              remote_fetch_report unheard;
              if (chance().one_in(2) && !on_.stopping)
                move_refs(job, looked, unheard);
              on_.eyes.fetch_lost(number);
            });
        watch(last_job(), job);
        return promise;
      },
      [](const later_step& step) { run(step); },
  };
}

// A child is told to end within a moment of the wish.
void played_fetch_worker::watch(std::uint64_t number, const fetch_job& job) {
  if (!is_open(number))
    return;
  if (job.cancel && job.cancel->requested())
    return finish(number);
  later(250ms, [this, number, job] { watch(number, job); });
}

remote_fetch_report played_fetch_worker::end(const fetch_job& job, sickness how, moment looked) {
  remote_fetch_report report;
  report.remote = job.target.remote.name;
  const auto fail = [&](ec code, const char* why, fetch_outcome outcome = fetch_outcome::failed) {
    report.outcome = outcome;
    report.code = code;
    report.error = why;
    return report;
  };
  if (job.cancel && job.cancel->requested())
    return fail(ec::cancelled, "cancelled", fetch_outcome::cancelled);
  if (of().has(fault::failing_fetches) && chance().one_in(4))
    switch (chance().below(5)) {
      case 0:
        return fail(ec::disk_full, "no space left on device");
      case 1:
        return fail(ec::io, "too many open files");
      case 2:
        return fail(ec::io, "fork: resource temporarily unavailable");
      case 3:
        return fail(ec::corrupt, "a pack is broken");
      default:
        return fail(ec::remote, "the remote hung up unexpectedly");
    }
  switch (how) {
    case sickness::hangs:
      return fail(ec::deadline_exceeded, "timed out", fetch_outcome::timed_out);
    case sickness::resets:
      return fail(ec::network, "connection reset");
    case sickness::wants_login:
      return fail(ec::auth_required, "a login is wanted", fetch_outcome::auth_required);
    case sickness::knows_nothing:
      return fail(ec::remote, "repository not found");
    case sickness::throttles:
    case sickness::fails:
      return fail(ec::network, "the server fails");
    default:
      break;
  }
  move_refs(job, looked, report);
  report.outcome = report.updates.empty() ? fetch_outcome::unchanged : fetch_outcome::updated;
  return report;
}

void played_fetch_worker::move_refs(const fetch_job& job, moment looked,
                                    remote_fetch_report& report) {
  auto& store = *of().store_at(job.target.location.common_dir);
  const auto& name = job.target.remote.name;
  for (const auto& [ref, tip] : of().advertised(store.common_dir, name, job.target.refs, looked)) {
    const auto before = store.refs.now(ref);
    if (before == tip)
      continue;
    store.refs.set(ref, tip, of().now());
    report.updates.push_back({ref, before, tip});
  }
}

played_repo_worker::behavior_type played_repo_worker::make_behavior() {
  return {
      [this](const read_refs_job& job) -> caf::result<read_refs_answer> {
        const auto began = of().now();
        const auto observed = on_.eyes.look_began();
        return work<read_refs_answer>(
            duration(), [this, job, began, observed]() -> caf::expected<read_refs_answer> {
              const auto& path = job.lease->location().path;
              if (auto error = trouble(path))
                return error;
              auto snapshot = of().snapshot(of().at_path(path), began, of().now());
              read_refs_answer answer{.observed = observed};
              if (!job.known || !job.known->matches(snapshot.fingerprint))
                answer.snapshot = std::make_shared<const refs_snapshot>(std::move(snapshot));
              on_.trace("reader", path + (answer.snapshot ? " was read" : " is as it was"));
              return answer;
            });
      },
      [this](const locate_request& request) -> caf::result<repository_location> {
        return work<repository_location>(
            duration(), [this, path = request.path]() -> caf::expected<repository_location> {
              if (auto error = trouble(path))
                return error;
              return of().location(of().at_path(path));
            });
      },
      [this](const open_lease_job& job) -> caf::result<repo_lease_ptr> {
        return work<repo_lease_ptr>(duration(), [this, job]() -> caf::expected<repo_lease_ptr> {
          if (auto error = trouble(job.lease->location().path))
            return error;
          return job.lease;
        });
      },
      [](close_job& job) { job.handle.reset(); },
      [](const later_step& step) { run(step); },
  };
}

caf::error played_repo_worker::trouble(const std::string& path) {
  if (of().at_path(path).lost) {
    on_.eyes.look_failed(path);
    return make_error(ec::missing, path + " does not exist");
  }
  if (!of().has(fault::failing_reads) || !chance().one_in(6))
    return {};
  on_.eyes.look_failed(path);
  switch (chance().below(4)) {
    case 0:
      return make_error(ec::io, "too many open files");
    case 1:
      return make_error(ec::corrupt, "a ref is broken");
    case 2:
      return make_error(ec::permission_denied, "not yours");
    default:
      return make_error(ec::deadline_exceeded, "the disk does not answer");
  }
}

milliseconds played_repo_worker::duration() {
  if (of().has(fault::slow_reads) && chance().one_in(3))
    return chance().between(1s, 8s);
  if (of().has(fault::refs_move_while_read))
    return chance().between(0ms, 2s);
  // Some take long enough for a fetch to end meanwhile.
  return chance().one_in(4) ? chance().between(0ms, 600ms) : chance().between(0ms, 20ms);
}

played_graph_worker::behavior_type played_graph_worker::make_behavior() {
  const auto duration = [this] {
    if (of().has(fault::slow_reads) && chance().one_in(4))
      return chance().between(1s, 10s);
    // So long that the ancestry changes meanwhile.
    if (of().has(fault::grafts) && chance().one_in(2))
      return chance().between(0s, 6s);
    return chance().between(0ms, 50ms);
  };
  return {
      [this, duration](const load_graph_job& job) -> caf::result<loaded_graph> {
        return work<loaded_graph>(duration(),
                                  [this, job, began = of().now()] { return load(job, began); });
      },
      [this, duration](const count_job& job) -> caf::result<count_answer> {
        return work<count_answer>(duration(), [this, job] { return count(job); });
      },
      [this, duration](const write_commit_graph_job&) -> caf::result<caf::ok_atom> {
        return work<caf::ok_atom>(
            duration(), []() -> caf::expected<caf::ok_atom> { return caf::ok_atom::value; });
      },
      [](const keep_graph_job&) {},
      [](const later_step& step) { run(step); },
  };
}

caf::expected<loaded_graph> played_graph_worker::load(const load_graph_job& job, moment began) {
  if (of().has(fault::failing_graphs) && chance().one_in(5))
    return make_error(ec::io, "too many open files");
  const auto& store = *of().store_at(job.lease->location().common_dir);
  const auto graft = of().graft_at(store, chance().between(began, of().now()));
  loaded_graph result;
  result.ancestry_signature = world::signature(graft);
  if (result.ancestry_signature != job.ancestry_signature) {
    result.graph = job.known;
    return result;
  }
  const auto base = job.known
                        ? job.known
                        : graph::commit_graph::load({.ancestry_signature = job.ancestry_signature});
  auto extended = graph::commit_graph::extend(
      base, *job.tips, [&](const oid& commit) -> caf::expected<std::vector<oid>> {
        const auto* parents = of().commits.parents(commit, graft);
        if (parents == nullptr || (of().has(fault::missing_objects) && chance().one_in(60)))
          return make_error(ec::missing_object, "commit " + commit.hex() + " is not here");
        return *parents;
      });
  result.graph = extended.graph;
  if (result.graph->wants_index(job.main_tips) && chance().one_in(2))
    result.graph = graph::commit_graph::index(result.graph, job.main_tips);
  for (auto& [tip, error] : extended.unreachable)
    result.unreachable.emplace_back(tip, describe(error));
  return result;
}

caf::expected<count_answer> played_graph_worker::count(const count_job& job) {
  if (of().has(fault::failing_graphs) && chance().one_in(8))
    return make_error(ec::internal, "out of memory");
  count_answer answer;
  auto counts = graph::count(*job.graph, *job.pairs);
  if (of().has(fault::failing_graphs) && chance().one_in(8))
    chance().pick(counts) = {std::nullopt, "the walk is over its budget"};
  answer.counts = std::make_shared<const std::vector<pair_count>>(std::move(counts));
  return answer;
}

played_monitor::behavior_type played_monitor::make_behavior() {
  return {
      [this](sample_atom) -> caf::result<resource_sample_ptr> {
        return caf::result<resource_sample_ptr>{sample()};
      },
      [this](tick_atom) {
        const auto now = sample();
        if (const auto scheduler = other<fetch_scheduler_actor>()) {
          on_.eyes.sampled(now->cpu_pressure.value_or(0) > 0);
          send(scheduler, now);
        }
        if (const auto pool = other<repo_pool_actor>())
          send(pool, now);
      },
  };
}

resource_sample_ptr played_monitor::sample() {
  resource_sample result;
  auto& chance = on_.of.chance;
  pressed_for_ -= std::min<std::uint64_t>(pressed_for_, 1);
  if (on_.of.has(fault::pressure)) {
    if (pressed_for_ == 0 && chance.one_in(6))
      pressed_for_ = 1 + chance.below(15);
    result.cpu_pressure = pressed_for_ > 0 ? 0.9 : 0.0;
    result.io_pressure = chance.one_in(8) ? 0.5 : 0.0;
    result.memory_pressure = chance.one_in(12) ? 0.2 : 0.0;
  }
  return std::make_shared<const resource_sample>(result);
}

}  // namespace headway::simulation

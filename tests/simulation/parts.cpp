#include <algorithm>

#include <tests/simulation/parts.hpp>

#include <actors/repo/repo_lease.hpp>
#include <storage/git/branch_patterns.hpp>
#include <storage/git/child_process.hpp>
#include <storage/graph/ahead_behind.hpp>
#include <storage/graph/commit_graph.hpp>
#include <storage/remote/http_answer.hpp>

namespace headway::simulation {

namespace {

using namespace std::chrono_literals;
using finding = probe_report::finding;

probe_report failure(ec code, const std::string& why, host_sign sign) {
  auto known = git::make_failure(code, why);
  return {.found = finding::failed,
          .code = known.code,
          .outcome = known.outcome,
          .error = std::move(known.sentence),
          .host = sign};
}

// As the prober does it, with the code that understands real answers.
probe_report refusal(const host& at, const std::string& url) {
  using step = remote::verdict::step;
  const auto verdict = remote::judge_info_answer(
      {.status = at.status, .wants = remote::http_answer::challenge::password}, url,
      remote::moved::no);
  if (verdict.next == step::left_to_git)
    return {.found = finding::left_to_git, .error = verdict.error};
  return failure(verdict.code, verdict.error, verdict.host);
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
                answer.reports.push_back(
                    *cancelled ? failure(ec::cancelled, "was cancelled", host_sign::none)
                               : report(target, how, looked));
                answer.reports.back().took = takes;
              }
              const auto& first = answer.reports.front();
              if (first.host == host_sign::throttled && host.names_pause) {
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
  const auto& host = of().host_of(target.remote.host);
  if (host.by_git)
    return {.found = finding::left_to_git, .error = "ssh is spoken by git"};
  switch (how) {
    case sickness::hangs:
      return failure(ec::deadline_exceeded, "no answer", host_sign::ill);
    case sickness::resets:
      return failure(ec::network, "connection reset", host_sign::ill);
    case sickness::refuses:
      return refusal(host, target.remote.display_url);
    case sickness::prompts:
      return {.found = finding::left_to_git,
              .error = "asks for a login that is more than a password",
              .host = host_sign::well};
    case sickness::redirects:
      return {.found = finding::left_to_git, .error = "another host"};
    case sickness::well:
    case sickness::trickles:
      break;
  }
  const auto& store = *of().store_at(target.location.common_dir);
  auto seen = std::make_shared<advertised_refs>();
  const auto asked = git::names_to_ask(target);
  for (const auto& [ref, tip] :
       world::advertised(of().remote_of(store.common_dir, target.remote.name), looked))
    if (std::ranges::any_of(asked, [&](const auto& prefix) { return ref.starts_with(prefix); }))
      seen->emplace(ref, tip);
  probe_report result{.found = finding::unchanged, .host = host_sign::well};
  for (const auto& ref : git::tracked_in(target, *seen)) {
    const auto there = seen->find(ref.remote_ref);
    if (there == seen->end() && store.refs.now(ref.tracking_ref))
      return {.found = finding::missing, .host = host_sign::well};
    if (there != seen->end() && store.refs.now(ref.tracking_ref) != there->second)
      result.found = finding::moved;
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
        auto script = script_child(of(), job);
        const auto takes = on_.stopping ? 100ms : script.takes;
        const auto outlives = script.outlives;
        const auto clung_to = on_.stopping ? 0ms : script.clung_to;
        const auto began = of().wall();
        const auto looked =
            job.seen ? on_.looks.at(job.seen) : of().now() + chance().between(0ms, takes);
        // Of a child that ended before its pipes did, from then on.
        auto ended = std::make_shared<std::optional<remote_fetch_report>>();
        auto promise = work<remote_fetch_report>(
            takes + clung_to,
            [this, job, script, looked, number, began,
             ended]() -> caf::expected<remote_fetch_report> {
              auto report = *ended ? std::move(**ended) : end(job, script, looked);
              report.started = began;
              report.finished = of().wall();
              on_.eyes.fetch_ended(number, looked, report);
              return report;
            },
            [this, number, job, looked, ended] {
              // What it was doing may have been done already.
              remote_fetch_report unheard;
              if (!*ended && chance().one_in(2) && !on_.stopping)
                move_refs(job, looked, unheard);
              on_.eyes.fetch_lost(number);
            });
        if (clung_to > 0ms)
          later(takes, [this, own = last_job(), job, script, looked, ended] {
            if (is_open(own))
              *ended = end(job, script, looked);
          });
        watch(last_job(), job, outlives);
        return promise;
      },
      [](const later_step& step) { run(step); },
  };
}

// A child is told to end within a moment of the wish.
void played_fetch_worker::watch(std::uint64_t number, const fetch_job& job, milliseconds outlives) {
  if (!is_open(number))
    return;
  if (job.cancel && job.cancel->requested())
    return later(outlives, [this, number] { finish(number); });
  later(250ms, [this, number, job, outlives] { watch(number, job, outlives); });
}

remote_fetch_report played_fetch_worker::end(const fetch_job& job, const child_script& script,
                                             moment looked) {
  remote_fetch_report report;
  report.remote = job.target.remote.name;
  auto failure = script.failure;
  if (job.cancel && job.cancel->requested())
    failure = cancelled_child();
  if (failure) {
    report.outcome = failure->outcome;
    report.code = failure->code;
    report.error = failure->sentence;
    report.host = failure->host;
    report.held_back = script.held_back;
    return report;
  }
  move_refs(job, looked, report);
  report.outcome = report.updates.empty() ? fetch_outcome::unchanged : fetch_outcome::updated;
  return report;
}

void played_fetch_worker::move_refs(const fetch_job& job, moment looked,
                                    remote_fetch_report& report) {
  auto& store = *of().store_at(job.target.location.common_dir);
  const auto there =
      world::advertised(of().remote_of(store.common_dir, job.target.remote.name), looked);
  for (const auto& ref : git::tracked_in(job.target, there)) {
    const auto before = store.refs.now(ref.tracking_ref);
    const auto found = there.find(ref.remote_ref);
    const auto after = found == there.end() ? std::nullopt : std::optional{found->second};
    if (before == after)
      continue;
    store.refs.set(ref.tracking_ref, after, of().now());
    report.updates.push_back({ref.tracking_ref, before, after});
  }
}

played_repo_worker::behavior_type played_repo_worker::make_behavior() {
  return {
      [this](const read_refs_job& job) -> caf::result<read_refs_answer> {
        const auto began = of().now();
        const auto observed = on_.eyes.look_began();
        const auto& read = job.lease->location().path;
        const auto takes = duration(read);
        if (of().has(fault::refs_move_while_read) && chance().one_in(4))
          later(chance().between(0ms, takes), [this, read] {
            on_.trace("world", of().commit_in(of().store_of(of().at_path(read))));
          });
        return work<read_refs_answer>(
            takes, [this, job, began, observed]() -> caf::expected<read_refs_answer> {
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
            duration(request.path),
            [this, path = request.path]() -> caf::expected<repository_location> {
              if (auto error = trouble(path))
                return error;
              return of().location(of().at_path(path));
            });
      },
      [this](const sweep_request& request) -> caf::result<caf::ok_atom> {
        return work<caf::ok_atom>(duration(request.path),
                                  [this, path = request.path]() -> caf::expected<caf::ok_atom> {
                                    if (of().at_path(path).lost)
                                      return make_error(ec::missing, path + " does not exist");
                                    return caf::ok_atom::value;
                                  });
      },
      [this](const open_lease_job& job) -> caf::result<repo_lease_ptr> {
        return work<repo_lease_ptr>(duration(job.lease->location().path),
                                    [this, job]() -> caf::expected<repo_lease_ptr> {
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

milliseconds played_repo_worker::duration(const std::string& path) {
  if (of().has(fault::slow_disk) && of().at_path(path).slow && chance().one_in(2))
    return chance().between(2s, 20s);
  if (of().has(fault::slow_reads) && chance().one_in(3))
    return chance().between(1s, 8s);
  if (of().has(fault::refs_move_while_read))
    return chance().between(0ms, chance().one_in(2) ? 80ms : 2'000ms);
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

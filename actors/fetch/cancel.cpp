// How fetches end early.
#include <algorithm>

#include <actors/fetch/fetch_scheduler.hpp>

namespace headway {

caf::result<fetch_report_ptr> fetch_scheduler::cancel(const cancel_fetch& request) {
  // Longer than any worker takes to let go.
  constexpr milliseconds patience{5'000};
  if (const auto it = tickets_.find(request.id); it != tickets_.end())
    for (const auto& key : std::set<fetch_key>{it->second.open})
      withdraw(request.id, key);
  start_admitted();
  return await({request.id, patience});
}

void fetch_scheduler::withdraw(fetch_id id, const fetch_key& key) {
  auto& remote = remotes_.at(key);
  const auto served = std::ranges::find(remote.tickets, id);
  if (served != remote.tickets.end() && !wanted_by_people(remote.tickets, id))
    return stop_work(key, remote);
  std::erase(remote.tickets, id);
  std::erase(remote.next_tickets, id);
  settle_ticket(id, key, cancelled(key, "a person cancelled it"));
}

// What the schedule alone wants can wait until the remote is due again.
bool fetch_scheduler::wanted_by_people(const std::vector<fetch_id>& tickets, fetch_id but) const {
  return std::ranges::any_of(tickets, [&](fetch_id id) {
    return id != but && tickets_.at(id).report.reason == fetch_reason::user_asked;
  });
}

// What runs answers with `cancelled` by itself, a moment later.
void fetch_scheduler::stop_work(const fetch_key& key, entry& remote) {
  const bool waits = probes_.remove(key) | queue_.remove(key);
  if (waits)
    return ended(key, cancelled(key, "a person cancelled it"));
  for (const auto& [number, one] : runs_)
    if (one.key == key)
      return one.cancel->request();
  // Neither in a queue nor with a worker: the prober is at it.
  const auto is_this = [&](const auto& at) { return at.first == key; };
  const auto asks = [&](const auto& look) {
    return std::ranges::any_of(look.second.batch.remotes, is_this);
  };
  const auto found = std::ranges::find_if(probe_runs_, asks);
  // Never. A mistake here is to leave something running, not to read what is not there.
  if (found == probe_runs_.end())  // GCOVR_EXCL_BR_LINE
    return;                        // GCOVR_EXCL_LINE
  const auto& [number, look] = *found;
  const bool shared = std::ranges::any_of(look.batch.remotes, [&](const auto& at) {
    return !is_this(at) && wanted_by_people(remotes_.at(at.first).tickets, {});
  });
  if (!shared)
    return send(other<prober_actor>(), cancel_probe{number});
  // The question goes on for the others, and its answer is welcome.
  for (const auto id : std::exchange(remote.tickets, {}))
    settle_ticket(id, key, cancelled(key, "a person cancelled it"));
}

remote_fetch_report fetch_scheduler::cancelled(const fetch_key& key, std::string why) const {
  return {.remote = key.remote,
          .outcome = fetch_outcome::cancelled,
          .code = ec::cancelled,
          .error = std::move(why),
          .started = now(),
          .finished = now()};
}

}  // namespace headway

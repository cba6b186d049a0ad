#include <algorithm>

#include <tests/simulation/witness.hpp>

#include <actors/fetch/fetch_policy.hpp>
#include <storage/git/branch_patterns.hpp>

namespace headway::simulation {

namespace {

constexpr unsigned breaker_after = 5;
constexpr auto first_pause = milliseconds{60'000};
/// So many samples of a machine under pressure in a row leave one fetch at a time.
constexpr unsigned pressure_to_the_least = 5;
constexpr auto hint_floor = milliseconds{5'000};
constexpr auto before_restart = "as it was before the restart";

bool succeeded(fetch_outcome outcome) {
  return outcome == fetch_outcome::unchanged || outcome == fetch_outcome::updated;
}

std::string seconds(milliseconds time) {
  return std::to_string(time.count() / 1000) + "." +
         std::to_string(1000 + time.count() % 1000).substr(1) + " s";
}

}  // namespace

std::string in_words(const fetch_key& key) {
  return key.remote + " of " + key.common_dir;
}

void witness::complain(const std::string& what) {
  trace_("COMPLAINT", what);
  if (complaint_.empty())
    complaint_ = "at " + seconds(world_.now()) + ": " + what;
}

wall_time witness::look_began() {
  // Each look has a wall time of its own, so that a document names the look that it comes from.
  auto when = world_.wall();
  while (looks_.contains(when))
    when += std::chrono::microseconds{1};
  looks_.emplace(when, world_.now());
  return when;
}

// What could not be read is looked at again later.
void witness::look_failed(const std::string& path) {
  const auto& common_dir = world_.store_of(world_.at_path(path)).common_dir;
  std::erase_if(brought_, [&](const auto& item) { return item.first.first == common_dir; });
}

void witness::sampled(bool under_pressure) {
  pressed_in_a_row_ = under_pressure ? pressed_in_a_row_ + 1 : 0;
}

bool witness::is_unasked(const fetch_key& key, const std::string& host) {
  auto& record = remotes_[key];
  record.due.reset();
  if (record.asks > 0) {
    ++hosts_[host].passes;
    return false;
  }
  if (record.passes > 0) {
    --record.passes;
    return false;
  }
  check_pace(record, key);
  return true;
}

// To the host it is one contact, and a person's if one of them is.
void witness::begins(const std::vector<fetch_key>& with, const std::string& host) {
  bool unasked = true;
  for (const auto& key : with)
    unasked = is_unasked(key, host) && unasked;
  auto& at = hosts_[host];
  if (!unasked || at.failures < breaker_after || world_.ever(fault::slow_machine))
    return;
  // One that was on its way when the host was closed is no fault of the breaker's.
  const auto closed_for = world_.now() - at.closed;
  if (closed_for < milliseconds{500})
    return;
  if (++at.contacts > 1 + unsigned(closed_for / first_pause) && jumped_ < at.closed)
    complain(host + " failed " + std::to_string(at.failures) + " times in a row, and " +
             in_words(with.front()) + " asks it again and again");
}

// Nobody asks for what only suspended or removed projects follow. On a slow machine the scheduler
// may hear of that after the person.
void witness::check_wanted(const fetch_key& key) {
  if (follows(key.common_dir) == following::nobody && !world_.ever(fault::slow_machine))
    complain(in_words(key) + " is asked, and all its projects are suspended or removed");
}

// Background contacts keep their distance.
void witness::check_pace(const remote_record& record, const fetch_key& key) {
  if (!record.ended || jumped_ >= *record.ended || record.outcome == fetch_outcome::cancelled)
    return;
  const auto pause = world_.now() - *record.ended;
  const auto& fetch = settings_.fetch;
  if (succeeded(record.outcome)) {
    if (pause < fetch.min_interval * (100 - fetch.jitter_percent) / 100)
      complain(in_words(key) + " is asked " + seconds(pause) + " after it answered");
  } else if (record.outcome == fetch_outcome::auth_required) {
    complain(in_words(key) + " wants a login and is asked all the same");
  } else if (pause < fetch.backoff / 2) {
    complain(in_words(key) + " is asked " + seconds(pause) + " after it failed");
  }
}

void witness::probe_began(std::uint64_t asker, std::uint64_t probe, const probe_job& job) {
  ++probes_;
  running_probe fresh{asker, job.targets.front().remote.host, {}};
  for (const auto& target : job.targets) {
    const auto key = key_of(target);
    for (const auto& [number, other] : probes_now_)
      if (other.asker == asker && std::ranges::find(other.keys, key) != other.keys.end())
        complain(in_words(key) + " is looked at twice at once");
    check_wanted(key);
    remotes_[key].hinted.reset();
    fresh.keys.push_back(key);
    trace_("probe", in_words(key) + " begins");
  }
  begins(fresh.keys, fresh.host);
  const auto& host = world_.host_of(fresh.host);
  if (world_.now() < host.rest_until && jumped_ < host.rest_asked &&
      !world_.ever(fault::slow_machine) && !world_.ever(fault::dying_parts) &&
      !world_.ever(fault::crashes))
    complain(fresh.host + " has asked to be left alone until " + seconds(host.rest_until) +
             " and is asked");
  probes_now_.emplace(probe, std::move(fresh));
  const auto of_asker = [&](const auto& item) { return item.second.asker == asker; };
  const auto at_host = [&](const auto& item) {
    return of_asker(item) && item.second.host == host.key;
  };
  if (std::size_t(std::ranges::count_if(probes_now_, of_asker)) > settings_.fetch.max_probes)
    complain("more than fetch.max_probes look at remotes");
  if (std::size_t(std::ranges::count_if(probes_now_, at_host)) >
      settings_.fetch.max_probes_per_host)
    complain("more than fetch.max_probes_per_host ask " + host.key);
}

void witness::probe_ended(std::uint64_t probe, moment looked,
                          const std::vector<probe_report>& reports) {
  using finding = probe_report::finding;
  const auto node = probes_now_.extract(probe);
  const auto& keys = node.mapped().keys;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& report = reports[i];
    trace_("probe", in_words(keys[i]) + " ends: " +
                        (report.found == finding::failed      ? report.error
                         : report.found == finding::unchanged ? "unchanged"
                                                              : "git is to look"));
    if (node.mapped().orphaned)
      continue;
    if (report.found == finding::unchanged)
      ends(keys[i], fetch_outcome::unchanged, looked);
    else if (report.found == finding::failed)
      ends(keys[i], report.outcome, looked);
  }
  if (!node.mapped().orphaned)
    learn_of_host(node.mapped().host, reports.front().host);
}

void witness::probe_lost(std::uint64_t probe) {
  probes_now_.erase(probe);
}

void witness::fetch_began(std::uint64_t asker, std::uint64_t run, const fetch_job& job) {
  ++fetches_;
  const auto key = key_of(job.target);
  const auto& host = job.target.remote.host;
  trace_("fetch", in_words(key) + " begins");
  for (const auto& [number, other] : fetches_now_)
    // Also of a scheduler that failed: what that has begun goes on.
    if (other.key.common_dir == key.common_dir)
      complain("two fetches of " + key.common_dir + " at once");
  check_wanted(key);
  if (!job.seen)
    remotes_[key].hinted.reset();  // It asks by itself, without a probe before it.
  fetches_now_.emplace(run, running_fetch{asker, host, key});
  const auto of_asker = [&](const auto& item) { return item.second.asker == asker; };
  const auto at_host = [&](const auto& item) { return of_asker(item) && item.second.host == host; };
  if (std::size_t(std::ranges::count_if(fetches_now_, of_asker)) > settings_.fetch.max_concurrent)
    complain("more than fetch.max_concurrent fetches run");
  if (std::size_t(std::ranges::count_if(fetches_now_, at_host)) > settings_.fetch.max_per_host)
    complain("more than fetch.max_per_host fetches from " + host + " run");
  if (pressed_in_a_row_ > pressure_to_the_least && !world_.ever(fault::slow_machine) &&
      std::ranges::count_if(fetches_now_, of_asker) > 1)
    complain("a fetch begins beside another while the machine is under pressure");
}

void witness::fetch_ended(std::uint64_t run, moment looked, const remote_fetch_report& report) {
  const auto node = fetches_now_.extract(run);
  trace_("fetch",
         in_words(node.mapped().key) + " ends: " +
             (report.error.empty() ? std::string{to_string(report.outcome)} : report.error));
  for (const auto& update : report.updates)
    brought_[{node.mapped().key.common_dir, update.tracking_ref}] = world_.now();
  if (report.code == ec::disk_full && !report.held_back)
    disk_full_ = world_.now();
  if (node.mapped().orphaned)
    return;
  ends(node.mapped().key, report.outcome, looked);
  const bool ill = report.code == ec::network || report.code == ec::deadline_exceeded;
  const bool well = report.code == ec::none || report.code == ec::auth_required ||
                    report.code == ec::not_found || report.code == ec::remote;
  const auto by_code = ill ? host_sign::ill : (well ? host_sign::well : host_sign::none);
  learn_of_host(node.mapped().host, report.host != host_sign::none ? report.host : by_code);
}

void witness::fetch_lost(std::uint64_t run) {
  const auto node = fetches_now_.extract(run);
  if (!node)
    return;
  trace_("fetch", in_words(node.mapped().key) + " is lost with its worker");
  if (!node.mapped().orphaned)
    ends(node.mapped().key, fetch_outcome::failed, world_.now());
}

void witness::ends(const fetch_key& key, fetch_outcome outcome, moment looked) {
  auto& record = remotes_[key];
  record.ended = world_.now();
  record.outcome = outcome;
  if (record.hinted)
    record.hinted = world_.now();
  if (succeeded(outcome))
    record.successes.push_back({looked, world_.now()});
}

void witness::learn_of_host(const std::string& host, host_sign sign) {
  auto& at = hosts_[host];
  if (sign == host_sign::well)
    at = {};
  // A trial that found out nothing of the host (the disk was full, say) lets the next one try.
  if (sign == host_sign::none)
    at.contacts = 0;
  if (sign != host_sign::ill && sign != host_sign::throttled)
    return;
  if (++at.failures == breaker_after) {
    at.closed = world_.now();
    at.contacts = 0;
  }
}

// Where there is room for all, a host that is well is asked when it is due, whatever others do; but
// for a dozen samples of the machine nothing is asked after a disk was found full.
void witness::check_punctual() {
  constexpr auto punctual = milliseconds{1'000};
  const auto& fetch = settings_.fetch;
  // Without a prober, git looks at what was due, and of it fewer run.
  if (shaken_ && world_.now() < *shaken_ + milliseconds{30'000})
    return;
  if (disk_full_ && world_.now() < *disk_full_ + 13 * settings_.monitor.interval + punctual)
    return;
  if (world_.ever(fault::slow_machine) || fetch.max_probes < 100 ||
      fetch.max_probes_per_host < 30 || fetch.queue_limit < 1'000)
    return;
  for (const auto& [key, record] : remotes_) {
    if (!world_.hosts[world_.remote_of(key.common_dir, key.remote).at].sturdy ||
        follows(key.common_dir) != following::somebody)
      continue;
    if (record.due && world_.now() > *record.due + punctual)
      return complain(in_words(key) + " was due at " + seconds(*record.due) +
                      ", its host is well, and it is not asked");
    // It may have been asked just before.
    if (record.hinted && !is_running(key) && world_.now() > *record.hinted + hint_floor + punctual)
      return complain(in_words(key) + " is said to have moved at " + seconds(*record.hinted) +
                      ", its host is well, and it is not asked");
  }
}

// Only those that have been heard of are waited for: whoever tells may not know yet which remotes
// there are.
void witness::hinted(const std::string& url) {
  for (const auto& store : world_.stores)
    for (const auto& [name, at] : store.remotes)
      remotes_[{store.common_dir, name}];
  for (auto& [key, record] : remotes_) {
    if (world_.remote_of(key.common_dir, key.remote).url != url)
      continue;
    record.passes = 2;
    if (record.due || is_running(key))
      record.hinted = world_.now();
  }
}

void witness::following_changed(const std::string& path) {
  const auto& store = world_.store_of(world_.at_path(path));
  leave_alone(store);
  // Whoever was suspended has not heard of what another work tree's fetch has moved, and looks now.
  for (auto& [what, when] : brought_)
    if (what.first == store.common_dir)
      when = world_.now();
}

bool witness::is_running(const fetch_key& key) const {
  return std::ranges::any_of(fetches_now_,
                             [&](const auto& item) { return item.second.key == key; }) ||
         std::ranges::any_of(probes_now_, [&](const auto& item) {
           return std::ranges::find(item.second.keys, key) != item.second.keys.end();
         });
}

// Whoever follows it again may have it asked at once.
void witness::leave_alone(const object_store& store) {
  for (const auto& [name, at] : store.remotes) {
    auto& record = remotes_[{store.common_dir, name}];
    record.passes = 2;
    record.due.reset();
    record.hinted.reset();
  }
}

void witness::ref_moved(const std::string& common_dir, const std::string& ref) {
  ++moves_;
  if (world_.hears == hearing::watched && ref != graft_name)
    brought_[{common_dir, ref}] = world_.now();
}

void witness::check_shown(const status_board& board, std::chrono::steady_clock::time_point now) {
  for (auto& [slug, document] : documents_by_slug_) {
    auto& known = shown_[slug];
    if (!known.slot || known.slot->is_closed()) {
      known = {board.find({slug})};
      if (!known.slot)
        continue;
    }
    if (const auto version = known.slot->version(); version != known.version) {
      known.version = version;
      known.shown = known.slot->shown();
      known.compared_at = 0;
    }
    if (!known.shown || known.compared_at == moves_ || !known.slot->is_true(*known.shown, now))
      continue;
    known.compared_at = moves_;
    ++standing_;
    check_stands(*known.shown->status);
  }
}

// Of a graft no mark hears.
void witness::check_stands(const sync_status& document) {
  const auto* clone = world_.find(document.path);
  if (clone == nullptr || document.branches.empty())
    return;
  const auto& store = world_.store_of(*clone);
  const auto who = "shown without a look, " + document.path + " branch ";
  std::size_t rows = 0;
  for (const auto& name : store.refs.names())
    rows += name.starts_with("refs/heads/") && store.refs.now(name) ? 1 : 0;
  if (rows != document.branches.size())
    complain("shown without a look, " + document.path + " has not the branches that are there");
  for (const auto& row : document.branches) {
    if (row.local_oid != store.refs.now("refs/heads/" + row.name))
      complain(who + row.name + " is elsewhere");
    if (const auto up = world_.upstream(store, row.name);
        up && row.remote_oid != store.refs.now(up->tracking_ref))
      complain(who + row.name + " has its upstream elsewhere");
  }
}

// What a fetch, or a person whom the kernel tells of, has moved is in the documents soon, without
// anybody asking.
void witness::check_told() {
  if (world_.ever(fault::slow_machine))
    return;
  auto soon = milliseconds{3'000};
  // Up to 2 s for a read, and for an opening; one look may have begun before the move, and with one
  // reader those of the other clones come between.
  if (world_.ever(fault::refs_move_while_read))
    soon += milliseconds{25'000};
  // One graph worker takes up to 6 s for a job then, and after a restart of the projects a load and
  // a count of each other clone may come first; for a look that had begun before, and for the next.
  if (world_.ever(fault::grafts))
    soon += milliseconds{60'000};
  // Then others whose counts have failed look again and again, and people's questions go first.
  if (world_.ever(fault::grafts) && world_.ever(fault::failing_graphs))
    soon += milliseconds{30'000};
  // With one reader that takes up to 8 s for each, ten of people's questions were seen to go first.
  if (world_.ever(fault::slow_reads))
    soon += milliseconds{80'000};
  std::erase_if(brought_, [&](const auto& item) {
    const auto& [what, when] = item;
    // Locating, reading and opening take up to 20 s each then, and others are before it; what
    // people wait for is given up and tried again later.
    const bool is_slow = world_.ever(fault::slow_disk) && world_.lies_on_slow_disk(what.first);
    if (world_.now() < when + soon + (is_slow ? milliseconds{240'000} : milliseconds{0}))
      return false;
    if (!is_told(what.first, what.second, when))
      complain(what.second + " of " + what.first + " has moved at " + seconds(when) +
               ", and no document says so");
    return true;
  });
}

bool witness::is_told(const std::string& common_dir, const std::string& ref, moment since) const {
  // At the beginning of that millisecond it was still where it was before.
  const auto after = since + moment{1};
  for (const auto& [slug, document] : documents_by_slug_) {
    const auto* clone = world_.find(document->path);
    if (clone == nullptr || world_.store_of(*clone).common_dir != common_dir)
      continue;
    // It is told of no fetches, which may be those of another work tree; the kernel tells of all.
    if (document->state == project_state::suspended && world_.hears != hearing::watched)
      continue;
    const auto& store = world_.store_of(*clone);
    for (const auto& row : document->branches)
      if (ref == "refs/heads/" + row.name &&
          !store.refs.was(ref, row.local_oid, after, world_.now()))
        return false;
    for (const auto& row : document->branches)
      if (const auto up = world_.upstream(store, row.name);
          up && up->tracking_ref == ref &&
          !store.refs.was(ref, row.remote_oid, after, world_.now()))
        return false;
  }
  return true;
}

void witness::wall_jumped() {
  jumped_ = world_.now();
  // Whoever was to wait until some time on the wall may have waited for long enough.
  for (auto& host : world_.hosts)
    host.rest_until = world_.now();
  for (auto& [key, record] : remotes_) {
    record.due.reset();
    record.hinted.reset();
  }
}

void witness::scheduler_ended() {
  // A new one knows hosts as well, and the machine, until it has seen otherwise.
  pressed_in_a_row_ = 0;
  hosts_.clear();
  for (auto& [number, probe] : probes_now_)
    probe.orphaned = true;
  for (auto& [run, fetch] : fetches_now_)
    fetch.orphaned = true;
  for (auto& [key, record] : remotes_) {
    record.passes = 2;
    record.due.reset();
    record.hinted.reset();
  }
}

void witness::fetch_asked(const std::string& path) {
  const auto* asked = world_.find(path);
  if (asked == nullptr)
    return;
  const auto& store = world_.store_of(*asked);
  for (const auto& [name, at] : store.remotes) {
    ++remotes_[{store.common_dir, name}].asks;
    hosts_[world_.hosts[world_.remotes[at].at].key].passes += 2;
  }
}

void witness::fetch_accepted(const std::string& path, bool accepted) {
  const auto* asked = world_.find(path);
  if (asked == nullptr)
    return;
  const auto& store = world_.store_of(*asked);
  for (const auto& [name, at] : store.remotes) {
    auto& record = remotes_[{store.common_dir, name}];
    --record.asks;
    // One may have run when it was accepted: then another follows. Whoever should have said that it
    // was accepted may have ended.
    if (accepted || world_.ever(fault::dying_parts))
      record.passes = 2;
  }
}

void witness::told(const engine_event& news) {
  if (const auto* document = std::get_if<sync_status_ptr>(&news)) {
    ++documents_;
    paths_[(*document)->project.slug] = (*document)->path;
    trace_("document", (*document)->project.slug + " is " +
                           std::string{to_string((*document)->state)} + " " + (*document)->reason);
    documents_by_slug_[(*document)->project.slug] = *document;
    wants_login_.erase((*document)->project.slug);
    for (const auto& remote : (*document)->remotes)
      if (remote.outcome == fetch_outcome::auth_required)
        wants_login_.insert((*document)->project.slug);
    check_document(**document);
  } else if (const auto* change = std::get_if<remotes_changed>(&news)) {
    check_remotes(*change);
  } else if (const auto* line = std::get_if<project_info>(&news)) {
    paths_[line->id.slug] = line->path;
  } else if (const auto* gone = std::get_if<project_removed>(&news)) {
    forget(gone->project);
  }
}

void witness::forget(const project_id& project) {
  documents_by_slug_.erase(project.slug);
  const auto path = paths_.find(project.slug);
  if (path == paths_.end())
    return;
  leave_alone(world_.store_of(world_.at_path(path->second)));
}

void witness::is_true_now_unasked(const std::string& slug) {
  const auto it = documents_by_slug_.find(slug);
  if (it == documents_by_slug_.end())
    return complain("nothing was ever said of " + slug);
  is_true_now(*it->second);
}

std::optional<moment> witness::observed(const sync_status& document) const {
  const auto it = looks_.find(document.as_of);
  return it == looks_.end() ? std::nullopt : std::optional{it->second};
}

void witness::check_document(const sync_status& document) {
  const auto* clone = world_.find(document.path);
  if (clone == nullptr)
    return complain("a document of a path that nobody registered: " + document.path);
  const auto& store = world_.store_of(*clone);
  if (document.state == project_state::missing && !world_.ever(fault::lost_repositories))
    complain(document.path + " is said to be missing, and it never was");
  if (document.branches.empty())
    return;
  auto from = observed(document);
  // What the store brings back is of some look before; its numbers must be true all the same.
  if (!from && document.reason.starts_with(before_restart))
    from = moment{0};
  if (!from)
    return complain("the document of " + document.path +
                    " is as of a moment at which nobody looked");
  for (const auto& row : document.branches)
    check_row(document, store, row, *from);
  check_rows_complete(document, store, *from);
}

void witness::check_row(const sync_status& document, const object_store& store,
                        const branch_status& row, moment from) {
  const auto now = world_.now();
  const auto where = document.path + " branch " + row.name;
  if (!store.refs.was("refs/heads/" + row.name, row.local_oid, from, now))
    complain(where + ": the local commit was another one already when it was looked at");
  const auto up = world_.upstream(store, row.name);
  if (!up) {
    if (row.ahead || row.behind || row.state != branch_state::no_upstream)
      complain(where + ": counts without an upstream");
    return;
  }
  if (!store.refs.was(up->tracking_ref, row.remote_oid, from, now))
    complain(where + ": the remote commit was another one already when it was looked at");
  if (row.ahead.has_value() != row.behind.has_value())
    complain(where + ": half a count");
  if (!row.ahead) {
    const bool explained =
        row.state == branch_state::upstream_gone ? !row.remote_oid : !row.reason.empty();
    if (!explained)
      complain(where + ": neither a count nor a reason");
    return;
  }
  const ahead_behind said{*row.ahead, *row.behind};
  bool is_true = false;
  for (const auto& graft : store.refs.values("(graft)", from, now))
    is_true = is_true || world_.commits.count(*row.local_oid, *row.remote_oid, graft) == said;
  if (!is_true)
    complain(where + ": said to be " + std::to_string(said.ahead) + " ahead and " +
             std::to_string(said.behind) + " behind, which is wrong");
  const auto right = said.ahead > 0
                         ? (said.behind > 0 ? branch_state::diverged : branch_state::ahead)
                     : said.behind > 0 ? branch_state::behind
                                       : branch_state::in_sync;
  if (row.state != right)
    complain(where + ": its state contradicts its counts");
}

void witness::check_rows_complete(const sync_status& document, const object_store& store,
                                  moment from) {
  for (const auto& name : store.refs.names()) {
    if (!name.starts_with("refs/heads/") || store.refs.was(name, std::nullopt, from, world_.now()))
      continue;
    const auto branch = name.substr(11);
    if (std::ranges::find(document.branches, branch, &branch_status::name) ==
        document.branches.end())
      complain(document.path + ": branch " + branch + " is not in its document");
  }
}

// No success is claimed that was none.
void witness::check_remotes(const remotes_changed& change) {
  const auto path = paths_.find(change.project.slug);
  const auto* clone = path == paths_.end() ? nullptr : world_.find(path->second);
  if (clone == nullptr)
    return;
  const auto& store = world_.store_of(*clone);
  for (const auto& state : *change.remotes) {
    auto& record = remotes_[{store.common_dir, state.remote}];
    record.due.reset();
    if (state.stage == fetch_stage::done && !state.next_due)
      record.hinted.reset();
    if (state.stage == fetch_stage::done && state.next_due)
      // A clock that has jumped ahead makes it due now, and not long ago.
      record.due =
          world_.now() + std::max(milliseconds{0},
                                  std::chrono::ceil<milliseconds>(*state.next_due - world_.wall()));
    if (!state.last_success)
      continue;
    record.claims.insert(*state.last_success);
    if (record.claims.size() > record.successes.size())
      complain(in_words({store.common_dir, state.remote}) +
               ": more successes are claimed than there were");
  }
}

void witness::status_answered(const project_id& project, const std::string& path, moment asked,
                              const sync_status& document) {
  if (document.project != project || document.path != path)
    return complain("the answer about " + path + " is about " + document.path);
  check_document(document);
  const auto looked = observed(document);
  if (!document.branches.empty() && (!looked || *looked < asked))
    complain("who asked about " + path + " at " + seconds(asked) + " was told how it stood before");
}

void witness::fetch_reported(const std::string& path, moment asked, const fetch_report& report) {
  const auto* clone = world_.find(path);
  if (report.stage != fetch_stage::done || clone == nullptr)
    return;
  const auto& store = world_.store_of(*clone);
  std::set<std::string> remotes;
  for (const auto& one : report.remotes) {
    if (!remotes.insert(one.remote).second)
      complain("a fetch of " + path + " reports " + one.remote + " twice");
    if (!succeeded(one.outcome))
      continue;
    const auto& successes = remotes_[{store.common_dir, one.remote}].successes;
    if (std::ranges::none_of(successes, [&](const auto& s) { return s.looked >= asked; }))
      complain("the fetch of " + path + " asked for at " + seconds(asked) +
               " rests upon an earlier look at " + one.remote);
  }
  if (remotes.empty())
    complain("a fetch of " + path + " has ended without any remote");
}

void witness::is_true_now(const sync_status& document) {
  const auto* clone = world_.find(document.path);
  const auto& store = world_.store_of(*clone);
  const auto who = "with faults off, " + document.path;
  const auto suspended = is_suspended(document.path);
  if (suspended == true && document.state != project_state::suspended)
    complain(who + " is suspended, and said to be " + std::string{to_string(document.state)});
  if (suspended == true || (!suspended && document.state == project_state::suspended))
    return;
  // Due again already, perhaps; what is known is known.
  if (document.state != project_state::fresh && document.state != project_state::refreshing)
    return complain(who + " is " + std::string{to_string(document.state)} + ": " + document.reason);
  std::set<std::string> tracked;
  for (const auto& row : document.branches) {
    const auto up = world_.upstream(store, row.name);
    if (!up)
      continue;
    tracked.insert(up->remote);
    const auto theirs = world_.remote_of(store.common_dir, up->remote).refs.now(up->merge_ref);
    if (row.remote_oid != theirs)
      complain(who + ": branch " + row.name + " does not know what its remote has");
    if (theirs && !row.ahead)
      complain(who + ": branch " + row.name + " has no count: " + row.reason);
  }
  for (const auto& remote : document.remotes) {
    const auto& there = world_.remote_of(store.common_dir, remote.name).refs;
    for (const auto& ref : there.names())
      if (git::matches(world_.patterns, ref)) {
        const auto here = "refs/remotes/" + remote.name + "/" + ref.substr(11);
        if (store.refs.now(here) != there.now(ref))
          complain(who + ": " + ref + " of " + remote.name + " is not as its remote has it");
      }
  }
  // Where few may wait, who finds the queue full comes again an interval later.
  const auto intervals = settings_.fetch.queue_limit < 1'000 ? 4 : 2;
  const auto longest = settings_.fetch.max_interval * (100 + settings_.fetch.jitter_percent) / 100;
  // Where git has to ask most of them, one after the other takes longer than an interval.
  const auto round = milliseconds{3'000} * remotes_.size() / settings_.fetch.max_concurrent;
  for (const auto& remote : document.remotes)
    if (tracked.contains(remote.name) &&
        (!remote.last_fetch || world_.wall() - *remote.last_fetch > intervals * longest + round))
      complain(who + ": " + remote.name + " was not looked at within " + std::to_string(intervals) +
               " intervals");
}

}  // namespace headway::simulation

#include <algorithm>

#include <actors/project/project.hpp>
#include <actors/project/status_builder.hpp>

namespace headway {

namespace {

// How often counting starts over because the ancestry overrides changed under it.
constexpr unsigned max_recounts = 3;

constexpr auto read_patience = std::chrono::seconds{10};

// When nobody asks, a project that could not be read is looked at again after this: soon, and ever
// less often, when something else was in the way (10,000 projects start at once, say), and now and
// then when the repository itself is gone or broken.
constexpr auto first_retry = std::chrono::milliseconds{500};
constexpr auto longest_retry = std::chrono::milliseconds{60'000};
constexpr auto retry_of_broken = std::chrono::minutes{5};

// How long a document is shown without another look while nothing is heard of its clone: no event
// tells of what decides about refs outside of it.
constexpr auto shown_for = std::chrono::milliseconds{100};

// How long the end of an attempt that found nothing makes no look: no event tells of what another
// machine does to a clone on a disk that both share.
constexpr auto trusted_for = std::chrono::minutes{5};

constexpr const char* suspended_reason = "nothing is fetched until somebody resumes it";

// Whether a look failed for reasons that are not the repository's.
bool is_passing(const caf::error& error) {
  const auto code = code_of(error);
  return code == ec::shutting_down || code == ec::overloaded || code == ec::deadline_exceeded ||
         code == ec::cancelled;
}

// Short ones are not told of before they have ended.
bool attempt_ended(const remote_state& before, const remote_state& after) {
  return after.stage != fetch_stage::running &&
         (before.stage == fetch_stage::running || before.outcome != after.outcome ||
          before.failures != after.failures || before.last_success != after.last_success);
}

// Of a remote that is told of for the first time: that another work tree's fetch has ended, which
// may have been after this one's first look began.
bool may_have_moved(const remote_state& remote) {
  return remote.stage != fetch_stage::running && remote.outcome != fetch_outcome::never &&
         remote.outcome != fetch_outcome::unchanged;
}

// Whether two documents say the same of the clone itself.
bool same_clone(const sync_status& a, const sync_status& b) {
  return a.state == b.state && a.reason == b.reason && a.detached_head == b.detached_head &&
         a.shallow == b.shallow && a.branches == b.branches;
}

}  // namespace

project::project(caf::actor_config& config, engine_context shared, project_start start,
                 fetch_config::background_mode background)
    : actor_shell(config, "project", std::move(shared)),
      id_(std::move(start.id)),
      path_(std::move(start.path)),
      background_(background),
      first_look_(start.first_look),
      activity_(start.activity),
      remotes_(std::move(start.remotes)),
      published_(std::move(start.last_status)),
      slot_(this->shared().statuses->open(id_)),
      change_(slot_->announced()) {
  set_exit_handler([this](caf::exit_msg& message) {
    parting_ = message.reason;
    quit(std::move(message.reason));
  });
}

project::behavior_type project::make_behavior() {
  if (published_) {
    sync_status known = *published_;
    known.state = project_state::stale;
    known.reason = "as it was before the restart; not looked at since";
    branches_ = known.branches;
    known.remotes.clear();
    for (const auto& remote : remotes_)
      known.remotes.push_back(published(remote));
    published_ = std::make_shared<const sync_status>(std::move(known));
    send(other<project_registry_actor>(), status_published{published_});
  }
  look(first_look_);
  return {
      [this](const status_request&) -> caf::result<status_answer> {
        asker who{make_response_promise<status_answer>(), clock().now()};
        tell_of_view();
        const auto promise = who.promise;
        if (looking_) {
          need_another_look_.push_back(std::move(who));
          hurry();
        } else {
          served_by_this_look_.push_back(std::move(who));
          look(urgency::foreground);
        }
        return promise;
      },
      [this](const set_activity& wish) -> caf::result<project_info> { return be(wish.wish); },
      [this](const remotes_changed& change) { remotes_moved(change); },
      [this](const refs_moved&) { look_unasked(); },
      [this](retrack_atom) {
        tracked_.clear();
        watched_.reset();
        // Before the first look there is nothing to tell; after it, it is told anyway.
        if (refs_) {
          track();
          watch();
        }
      },
      [this](tick_atom) {
        // This one was for a retry that an earlier one has taken the place of.
        if (!retry_at_ || clock().now() < *retry_at_)
          return;
        retry_at_.reset();
        if (!looking_ && failed_looks_ > 0)
          look(urgency::background);
      },
  };
}

void project::look(urgency who) {
  looking_ = true;
  look_for_ = who;
  look_again_ = false;
  mark_ = shared().marks->make(id_.slug);
  look_began_ = clock().now();
  timing_ = {};
  cancelled_counts_ = 0;
  if (location_) {
    read();
    return;
  }
  const auto pool = other<repo_pool_actor>();
  if (!pool) {
    look_failed(absent("repository pool"));
    return;
  }
  request(pool, caf::infinite, locate_request{path_, who})
      .then(
          [this](repository_location& location) {
            location_ = std::move(location);
            read();
          },
          [this](caf::error& error) { look_failed(error); });
}

// A look of the background that somebody comes to wait for leaves the others of the background
// behind: when a node starts, they are thousands.
void project::hurry() {
  if (std::exchange(look_for_, urgency::foreground) == urgency::foreground)
    return;
  const person_waits news{path_, location_ ? location_->common_dir : ""};
  if (const auto pool = other<repo_pool_actor>())
    send(pool, news);
  if (const auto graphs = other<graph_cache_actor>())
    send(graphs, news);
}

void project::read() {
  const auto pool = other<repo_pool_actor>();
  if (!pool) {
    look_failed(absent("repository pool"));
    return;
  }
  read_refs_request ask{*location_, std::nullopt, look_for_, read_patience};
  if (refs_)
    ask.known = refs_->fingerprint;
  request(pool, caf::infinite, std::move(ask))
      .then([this](read_refs_answer& answer) { refs_read(answer); },
            [this](caf::error& error) { look_failed(error); });
}

void project::refs_read(read_refs_answer& answer) {
  timing_.pool += answer.waited + answer.worked;
  read_at_ = answer.observed;
  if (!answer.snapshot) {
    failed_looks_ = 0;
    problem_.reset();
    observed_ = read_at_;
    standing_.emplace(mark_, look_began_ + shown_for);
    publish(branches_);
    look_ended();
    return;
  }
  count(std::move(answer.snapshot));
}

void project::count(refs_snapshot_ptr refs) {
  const auto pairs = pairs_of(*refs);
  if (pairs->empty()) {
    counted(refs, *pairs, {std::make_shared<const std::vector<pair_count>>()});
    return;
  }
  const auto graphs = other<graph_cache_actor>();
  if (!graphs) {
    look_failed(absent("graph cache"));
    return;
  }
  request(graphs, caf::infinite,
          count_request{*location_, refs->ancestry_signature, pairs, look_for_})
      .then([this, refs, pairs](count_answer& answer) { counted(refs, *pairs, answer); },
            [this](caf::error& error) {
              // Refs and ancestry were read at different moments: read both again.
              if (code_of(error) == ec::cancelled && ++cancelled_counts_ <= max_recounts) {
                refs_.reset();
                read();
              } else {
                look_failed(error);
              }
            });
}

void project::counted(const refs_snapshot_ptr& refs, const std::vector<tip_pair>& pairs,
                      const count_answer& answer) {
  timing_.graph += answer.waited + answer.worked;
  failed_looks_ = 0;
  problem_.reset();
  seen_ = true;
  refs_ = refs;
  observed_ = read_at_;
  standing_.emplace(mark_, look_began_ + shown_for);
  auto branches = branches_of(*refs, pairs, *answer.counts);
  // A pair that could not be counted may be countable the next time: the refs are then read again,
  // even though they have not moved.
  if (std::ranges::any_of(*answer.counts, [](const auto& count) { return !count.counts; })) {
    auto unsettled = std::make_shared<refs_snapshot>(*refs);
    unsettled->fingerprint.racy = true;
    refs_ = std::move(unsettled);
    standing_.reset();
  }
  publish(std::move(branches));
  track();
  watch();
  look_ended();
}

void project::look_failed(const caf::error& error) {
  location_.reset();
  refs_.reset();
  standing_.reset();
  look_again_later(error);
  if (is_passing(error)) {
    // The repository is not to blame: the document stays, and who asked hears why.
    for (auto& who : served_by_this_look_) {
      figures().status_failed();
      who.promise.deliver(error);
    }
    served_by_this_look_.clear();
  } else {
    observed_ = now();
    publish_problem(error);
  }
  look_ended();
}

void project::look_again_later(const caf::error& error) {
  std::chrono::milliseconds pause = retry_of_broken;
  if (is_passing(error)) {
    pause = first_retry;
    for (unsigned i = 0; i < failed_looks_ && pause < longest_retry; ++i)
      pause *= 2;
    pause = std::min(pause, longest_retry);
  }
  ++failed_looks_;
  const auto when = clock().now() + pause;
  if (retry_at_ && *retry_at_ <= when)
    return;
  retry_at_ = when;
  delayed_send(this, pause, tick_atom::value);
}

void project::look_ended() {
  looking_ = false;
  for (auto& who : std::exchange(served_by_this_look_, {})) {
    auto timing = who.spent;
    timing.pool += timing_.pool;
    timing.graph += timing_.graph;
    timing.total = clock().now() - who.since;
    figures().status_served(timing);
    who.promise.deliver(status_answer{published_, timing});
  }
  if (need_another_look_.empty() && !look_again_)
    return;
  for (auto& waiting : need_another_look_)
    waiting.spent = timing_;
  const auto who = need_another_look_.empty() ? urgency::background : urgency::foreground;
  served_by_this_look_ = std::exchange(need_another_look_, {});
  look(who);
}

// Not with each request: some programs ask many times a second.
void project::tell_of_view() {
  const auto time = clock().now();
  const auto scheduler = other<fetch_scheduler_actor>();
  if (!scheduler || (view_told_ && time < *view_told_ + std::chrono::minutes{1}))
    return;
  view_told_ = time;
  send(scheduler, project_viewed{id_});
}

// The scheduler knows nothing of a suspended project, so that no probe, hint or view leads to it.
project_info project::be(project_activity wish) {
  if (std::exchange(activity_, wish) != wish) {
    tracked_.clear();
    if (wish == project_activity::suspended) {
      send(other<fetch_scheduler_actor>(), untrack_project{id_});
    } else {
      if (refs_)
        track();
      // What a fetch that was under way has moved since was not told.
      look_unasked();
    }
    for (auto& remote : remotes_)
      remote.stage = fetch_stage::done;
  }
  if (!published_)
    return {id_, path_, project_state::refreshing, "not looked at yet", {}};
  publish(branches_);
  return line_of(*published_);
}

void project::track() {
  if (activity_ == project_activity::suspended)
    return;
  auto targets = targets_of(*refs_);
  if (targets == tracked_)
    return;
  tracked_ = targets;
  send(other<fetch_scheduler_actor>(), track_project{id_, std::move(targets), remotes_});
}

void project::watch() {
  if (watched_ == location_)
    return;
  watched_ = location_;
  if (const auto watcher = other<ref_watcher_actor>())
    send(watcher, watch_clone{id_, *location_, refs_->fingerprint});
}

void project::remotes_moved(const remotes_changed& change) {
  change_ = change.number;
  if (activity_ == project_activity::suspended) {
    // On its way when the scheduler forgot the project, or what the others of its clone do.
    show();
    return;
  }
  const bool worth_a_look = std::ranges::any_of(remotes_, [&](const remote_state& before) {
    const auto after = std::ranges::find(*change.remotes, before.remote, &remote_state::remote);
    const bool was_told = before.stage == fetch_stage::running;
    if (after == change.remotes->end())
      return was_told;
    return attempt_ended(before, *after) &&
           (was_told || after->outcome != fetch_outcome::unchanged || !hears_of_moves());
  });
  const bool is_news = std::ranges::any_of(*change.remotes, [&](const remote_state& now) {
    return may_have_moved(now) &&
           std::ranges::find(remotes_, now.remote, &remote_state::remote) == remotes_.end();
  });
  remotes_ = *change.remotes;
  if (published_)
    publish(branches_);
  if (worth_a_look || is_news)
    look_unasked();
}

// Most attempts are short and find nothing, and so have moved nothing; a look would cost more than
// they did. But it also mends what failed before: a look, or a count for want of memory.
bool project::hears_of_moves() const {
  return refs_ && !refs_->fingerprint.racy && watched_ && other<ref_watcher_actor>() &&
         clock().now() < look_began_ + trusted_for;
}

void project::look_unasked() {
  if (looking_)
    look_again_ = true;
  else
    look(urgency::background);
}

void project::publish(std::vector<branch_status> branches) {
  branches_ = std::move(branches);
  sync_status document;
  document.project = id_;
  document.path = path_;
  document.as_of = observed_;
  document.branches = branches_;
  const bool is_suspended = activity_ == project_activity::suspended;
  for (const auto& remote : remotes_) {
    document.remotes.push_back(published(remote));
    if (is_suspended)
      document.remotes.back().next_due.reset();
  }
  if (refs_) {
    document.shallow = refs_->shallow;
    if (refs_->detached_head)
      document.detached_head = refs_->detached_head->hex();
  } else if (published_) {
    // The last look failed: what the one before has seen stands.
    document.shallow = published_->shallow;
    document.detached_head = published_->detached_head;
    document.as_of = published_->as_of;
  }
  auto stands = verdict();
  document.state = stands.state;
  document.reason = std::move(stands.reason);
  announce(std::move(document));
}

judgement project::verdict() const {
  if (problem_)
    return *problem_;
  if (activity_ == project_activity::suspended)
    return {project_state::suspended, suspended_reason};
  if (published_ && !seen_)
    return {published_->state, published_->reason};
  return judge(remotes_, background_, now());
}

void project::publish_problem(const caf::error& error) {
  problem_ = judgement{state_of(code_of(error)), detail_of(error)};
  sync_status document;
  document.project = id_;
  document.path = path_;
  document.as_of = observed_;
  document.state = problem_->state;
  document.reason = problem_->reason;
  for (const auto& remote : remotes_)
    document.remotes.push_back(published(remote));
  // No row without a repository to prove it: the numbers of before would be a guess.
  branches_.clear();
  announce(std::move(document));
}

void project::announce(sync_status document) {
  const bool news = !published_ || !same_content(*published_, document);
  published_ = std::make_shared<const sync_status>(std::move(document));
  show();
  if (!news)
    return;
  send(other<project_registry_actor>(), status_published{published_});
  store();
}

// The scheduler stores how the remotes stand.
void project::store() {
  const auto writer = other<database_writer_actor>();
  if (!writer || (stored_ && same_clone(*stored_, *published_)))
    return;
  stored_ = published_;
  request(writer, caf::infinite, put_status{published_})
      .then([](caf::ok_atom) {},
            [this](caf::error& error) {
              stored_ = nullptr;
              log().warn("project {}: its status could not be stored: {}", id_.slug,
                         describe(error));
            });
}

void project::show() {
  if (standing_)
    slot_->show({published_, standing_->first, standing_->second, change_});
  else
    slot_->hide();
}

void project::on_exit() {
  slot_->hide();
  const auto gone = code_of(parting_) == ec::not_found
                        ? parting_
                        : make_error(ec::shutting_down, "the project stops; try again in a second");
  for (auto* list : {&served_by_this_look_, &need_another_look_})
    for (auto& who : *list)
      who.promise.deliver(gone);
  served_by_this_look_.clear();
  need_another_look_.clear();
}

}  // namespace headway

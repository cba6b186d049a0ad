#include <algorithm>

#include <actors/graph/graph_cache.hpp>
#include <storage/graph/commit_graph.hpp>

namespace headway {

namespace {

// Work that waits in front of the workers; an item is a whole load or a batch of pairs, so this
// many means that thousands of clones ask at once.
constexpr std::size_t queue_limit = 65'536;

// As many new commits make `git maintenance` write a commit-graph (its commit-graph task).
constexpr std::uint32_t commits_worth_a_file = 100;

// Below this many pairs a second worker costs more than it saves.
constexpr std::size_t pairs_worth_splitting = 64;

/// One, or all of those that are as common.
std::vector<oid> most_common_upstreams(const std::vector<tip_pair>& pairs) {
  std::unordered_map<oid, std::size_t> uses;
  std::size_t most = 0;
  for (const auto& pair : pairs)
    most = std::max(most, ++uses[pair.upstream]);
  std::vector<oid> tips;
  for (const auto& [tip, count] : uses)
    if (count == most)
      tips.push_back(tip);
  return tips;
}

}  // namespace

graph_cache::graph_cache(caf::actor_config& config, engine_context shared, graph_config settings,
                         std::size_t workers, graph_worker_factory make_worker)
    : actor_shell(config, "graph-cache", std::move(shared)),
      settings_(std::move(settings)),
      make_worker_(std::move(make_worker)),
      work_(queue_limit) {
  for (std::size_t i = 0; i < workers; ++i) {
    workers_.push_back(make_worker_());
    monitor(workers_.back());
    work_.add_idle(workers_.back());
  }
  set_down_handler([this](caf::down_msg& down) { replace_worker(down.source); });
}

graph_cache::behavior_type graph_cache::make_behavior() {
  return {
      [this](const count_request& request) { return count(request); },
      [this](const person_waits& news) { hurry(news); },
      [this](stats_atom) -> caf::result<graph_stats> { return stats(); },
  };
}

caf::result<count_answer> graph_cache::count(const count_request& request) {
  auto& entry = entry_for(request);
  evictions_ += change_pairs(entry, [&](pair_cache& pairs) {
    return pairs.set_live(request.location.git_dir, request.pairs);
  });
  auto who = std::make_shared<asker>();
  who->request = request;
  who->promise = make_response_promise<count_answer>();
  who->since = clock().now();
  for (const auto& pair : *request.pairs) {
    if (const auto known = entry.pairs.find(pair)) {
      who->answers[pair] = {known, {}};
      ++hits_;
    } else if (!who->answers.contains(pair)) {
      ++misses_;
    }
  }
  advance(entry, request.location.object_store(), who);
  return who->promise;
}

graph_cache::store_entry& graph_cache::entry_for(const count_request& request) {
  auto& entry = stores_[request.location.object_store()];
  entry.last_used = ++clock_;
  if (entry.signature != request.ancestry_signature) {
    // Another ancestry: nothing that was counted holds. Who waits is told to ask again through the
    // new entry; results that are still on their way are dropped by their generation.
    auto askers = std::move(entry.waiting_for_load);
    for (auto& [pair, list] : entry.counting)
      askers.insert(askers.end(), list.begin(), list.end());
    const auto generation = entry.generation + 1;
    set_graph(entry, nullptr);
    pairs_ -= entry.pairs.size();
    entry = store_entry{};
    entry.generation = generation;
    entry.signature = request.ancestry_signature;
    entry.last_used = clock_;
    for (const auto& who : askers)
      if (who->promise.pending())
        who->promise.deliver(
            make_error(ec::cancelled, "the history of " + who->request.location.path +
                                          " was rewritten while it was counted; ask again"));
  }
  return entry;
}

void graph_cache::advance(store_entry& entry, const std::string& store, const asker_ptr& who) {
  std::vector<tip_pair> missing;
  for (const auto& pair : *who->request.pairs)
    if (!who->answers.contains(pair))
      missing.push_back(pair);
  std::ranges::sort(missing);
  missing.erase(std::ranges::unique(missing).begin(), missing.end());
  if (missing.empty()) {
    answer(*who);
    return;
  }
  std::vector<oid> tips;
  bool absent = false;
  for (const auto& pair : missing)
    for (const auto& tip : {pair.local, pair.upstream}) {
      absent = absent || !entry.graph || !entry.graph->find(tip);
      tips.push_back(tip);
    }
  if (absent && who->loaded) {
    // Its tips were loaded and given up again for the budget before it came to count them.
    who->promise.deliver(make_error(
        ec::budget_exceeded,
        "graph.memory_budget is too small for the history of " + who->request.location.path));
    return;
  }
  if (absent) {
    if (entry.loading) {
      entry.waiting_for_load.push_back(who);
      joined(*who);
    } else {
      // All of them: when files have changed, the load begins anew and must bring back the others
      // too.
      start_load(entry, store, who, std::move(tips));
    }
    return;
  }
  std::vector<tip_pair> fresh;
  who->missing = missing.size();
  for (const auto& pair : missing) {
    auto& askers = entry.counting[pair];
    if (askers.empty())
      fresh.push_back(pair);
    askers.push_back(who);
  }
  if (fresh.size() < missing.size())
    joined(*who);
  if (!fresh.empty())
    start_count(entry, store, std::move(fresh), who->request.who);
}

// Another's load or walk, which may be of the background.
void graph_cache::joined(const asker& who) {
  if (who.request.who == urgency::background)
    return;
  const auto& location = who.request.location;
  const person_waits news{location.path, location.common_dir};
  hurry(news);
  if (const auto pool = other<repo_pool_actor>())
    send(pool, news);
}

// All that is done for the store: what one waits for may be begun for another.
void graph_cache::hurry(const person_waits& news) {
  const repository_location location{.path = news.path, .common_dir = news.common_dir};
  const auto it = stores_.find(location.object_store());
  if (it == stores_.end())
    return;
  for (const auto& who : it->second.waiting_for_load)
    who->request.who = urgency::foreground;
  for (const auto& [pair, askers] : it->second.counting)
    for (const auto& who : askers)
      who->request.who = urgency::foreground;
  work_.promote([&](const work_item& item) {
    return item.store == it->first && !std::holds_alternative<write_commit_graph_job>(item.job);
  });
}

void graph_cache::start_load(store_entry& entry, const std::string& store, const asker_ptr& who,
                             std::vector<oid> tips) {
  std::ranges::sort(tips);
  tips.erase(std::ranges::unique(tips).begin(), tips.end());
  entry.loading = true;
  who->loaded = true;
  entry.waiting_for_load.push_back(who);
  load_graph_job job{nullptr, entry.graph,
                     std::make_shared<const std::vector<oid>>(std::move(tips)), entry.signature,
                     most_common_upstreams(*who->request.pairs)};
  const auto pool = other<repo_pool_actor>();
  if (!pool) {
    load_failed(store, entry.generation, absent("repository pool"));
    return;
  }
  request(pool, caf::infinite,
          lease_request{who->request.location, who->request.who, std::chrono::minutes{1}})
      .then(
          [this, store, generation = entry.generation,
           job = std::move(job)](repo_lease_ptr& lease) mutable {
            job.lease = std::move(lease);
            load_with(store, generation, std::move(job));
          },
          [this, store, generation = entry.generation](caf::error& error) {
            load_failed(store, generation, error);
          });
}

void graph_cache::load_with(const std::string& store, std::uint64_t generation,
                            load_graph_job job) {
  const auto it = stores_.find(store);
  if (it == stores_.end() || it->second.generation != generation)
    return;
  ++loads_;
  // A person may have come to wait for it while there was no lease.
  const bool is_for_a_person = std::ranges::any_of(
      it->second.waiting_for_load,
      [](const asker_ptr& who) { return who->request.who == urgency::foreground; });
  offer({std::move(job), store, generation},
        is_for_a_person ? urgency::foreground : urgency::background);
}

void graph_cache::loaded(const std::string& store, std::uint64_t generation, loaded_graph& result) {
  const auto it = stores_.find(store);
  if (it == stores_.end() || it->second.generation != generation)
    return;
  auto& entry = it->second;
  entry.loading = false;
  if (!result.note.empty())
    log().warn("graph-cache: {}: {}", store, result.note);
  auto askers = std::move(entry.waiting_for_load);
  entry.waiting_for_load.clear();
  if (result.ancestry_signature != entry.signature) {
    const auto error = make_error(ec::cancelled, "shallow, grafts or replace refs below " + store +
                                                     " changed while they were read; ask again");
    for (const auto& who : askers)
      who->promise.deliver(error);
    return;
  }
  set_graph(entry, std::move(result.graph));
  // Its askers are about to count on it: it is the last to go for the budget.
  entry.last_used = ++clock_;
  std::unordered_map<oid, std::string> unreachable(result.unreachable.begin(),
                                                   result.unreachable.end());
  for (const auto& who : askers) {
    for (const auto& pair : *who->request.pairs) {
      auto bad = unreachable.find(pair.local);
      if (bad == unreachable.end())
        bad = unreachable.find(pair.upstream);
      // Not kept in the cache: the object may arrive with the next fetch.
      if (bad != unreachable.end() && !who->answers.contains(pair))
        who->answers[pair] = {std::nullopt, bad->second};
    }
  }
  keep_within_budget();
  if (!askers.empty())
    keep_up_files(entry, store, askers.front()->request.location);
  for (const auto& who : askers)
    advance(entry, store, who);
}

void graph_cache::keep_up_files(store_entry& entry, const std::string& store,
                                const repository_location& location) {
  if (settings_.write_commit_graphs == graph_config::commit_graph_upkeep::off ||
      entry.writing_files || !entry.graph || entry.graph->beyond_files() < commits_worth_a_file)
    return;
  entry.writing_files = true;
  // Whoever asks for anything goes before it.
  offer({write_commit_graph_job{location}, store, entry.generation}, urgency::background);
}

// The graph in memory is as good as one of the new files; they serve the next load.
void graph_cache::files_written(const std::string& store, std::uint64_t generation) {
  const auto it = stores_.find(store);
  if (it != stores_.end() && it->second.generation == generation)
    it->second.writing_files = false;
}

void graph_cache::load_failed(const std::string& store, std::uint64_t generation,
                              const caf::error& error) {
  const auto it = stores_.find(store);
  if (it == stores_.end() || it->second.generation != generation)
    return;
  it->second.loading = false;
  const auto askers = std::exchange(it->second.waiting_for_load, {});
  for (const auto& who : askers)
    who->promise.deliver(error);
}

void graph_cache::start_count(store_entry& entry, const std::string& store,
                              std::vector<tip_pair> pairs, urgency who) {
  const auto parts =
      pairs.size() < pairs_worth_splitting ? 1 : std::max<std::size_t>(1, workers_.size());
  const auto share = (pairs.size() + parts - 1) / parts;
  for (std::size_t begin = 0; begin < pairs.size(); begin += share) {
    const auto first = pairs.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last =
        pairs.begin() + static_cast<std::ptrdiff_t>(std::min(begin + share, pairs.size()));
    offer({count_job{entry.graph, std::make_shared<const std::vector<tip_pair>>(first, last)},
           store, entry.generation},
          who);
  }
}

void graph_cache::counted(const std::string& store, std::uint64_t generation,
                          const std::vector<tip_pair>& pairs, const count_answer& answer) {
  const auto it = stores_.find(store);
  if (it == stores_.end() || it->second.generation != generation)
    return;
  auto& entry = it->second;
  change_pairs(entry, [&](pair_cache& known) {
    for (std::size_t i = 0; i < pairs.size(); ++i)
      if (const auto& count = (*answer.counts)[i].counts)
        known.insert(pairs[i], *count);
    return std::size_t{0};
  });
  // Before anybody is answered, so that who then looks at the figures finds this in them.
  keep_within_budget();
  for (std::size_t i = 0; i < pairs.size(); ++i)
    if (auto node = entry.counting.extract(pairs[i]))
      settle(pairs[i], (*answer.counts)[i], node.mapped(), answer.worked);
}

void graph_cache::count_failed(const std::string& store, std::uint64_t generation,
                               const std::vector<tip_pair>& pairs, const caf::error& error) {
  const auto it = stores_.find(store);
  if (it == stores_.end() || it->second.generation != generation)
    return;
  for (const auto& pair : pairs)
    if (auto node = it->second.counting.extract(pair))
      settle(pair, {std::nullopt, describe(error)}, node.mapped(), {});
}

void graph_cache::settle(const tip_pair& pair, const pair_count& count,
                         std::vector<asker_ptr>& askers, std::chrono::nanoseconds worked) {
  for (const auto& who : askers) {
    who->answers[pair] = count;
    who->worked = std::max(who->worked, worked);
    if (--who->missing == 0)
      answer(*who);
  }
}

void graph_cache::answer(asker& who) {
  auto counts = std::make_shared<std::vector<pair_count>>();
  counts->reserve(who.request.pairs->size());
  for (const auto& pair : *who.request.pairs)
    counts->push_back(who.answers.at(pair));
  const auto elapsed = clock().now() - who.since;
  who.promise.deliver(count_answer{
      std::move(counts), std::max<std::chrono::nanoseconds>(elapsed - who.worked, {}), who.worked});
}

void graph_cache::offer(work_item item, urgency who) {
  if (work_.offer(item, who))
    pump();
  else
    fail(item,
         make_error(ec::overloaded, "too many graphs wait to be counted; try again in a second"));
}

void graph_cache::fail(const work_item& item, const caf::error& error) {
  if (const auto* count = std::get_if<count_job>(&item.job))
    count_failed(item.store, item.generation, *count->pairs, error);
  else if (std::holds_alternative<load_graph_job>(item.job))
    load_failed(item.store, item.generation, error);
  else
    files_written(item.store, item.generation);  // Another load brings it up again.
}

void graph_cache::pump() {
  while (auto next = work_.next())
    run(std::move(next->first), std::move(next->second));
}

void graph_cache::run(graph_worker_actor worker, work_item item) {
  // The worker must have gone idle before its result is used: using it may start the next job.
  if (auto* load = std::get_if<load_graph_job>(&item.job)) {
    request(worker, caf::infinite, std::move(*load))
        .then(
            [this, worker, store = item.store, generation = item.generation](loaded_graph& graph) {
              done(worker);
              loaded(store, generation, graph);
            },
            [this, worker, store = item.store, generation = item.generation](caf::error& error) {
              if (code_of(error) != ec::shutting_down)
                done(worker);
              load_failed(store, generation, error);
            });
    return;
  }
  if (auto* write = std::get_if<write_commit_graph_job>(&item.job)) {
    request(worker, caf::infinite, std::move(*write))
        .then(
            [this, worker, store = item.store, generation = item.generation](caf::ok_atom) {
              done(worker);
              files_written(store, generation);
            },
            [this, worker](caf::error& error) {
              if (code_of(error) != ec::shutting_down)
                done(worker);
              log().warn("graph-cache: {}", describe(error));
            });
    return;
  }
  auto& count = std::get<count_job>(item.job);
  const auto pairs = count.pairs;
  request(worker, caf::infinite, std::move(count))
      .then(
          [this, worker, pairs, store = item.store,
           generation = item.generation](count_answer& answer) {
            done(worker);
            counted(store, generation, *pairs, answer);
          },
          [this, worker, pairs, store = item.store,
           generation = item.generation](caf::error& error) {
            if (code_of(error) != ec::shutting_down)
              done(worker);
            count_failed(store, generation, *pairs, error);
          });
}

void graph_cache::done(graph_worker_actor worker) {
  // One that has died may have answered before: it has been replaced then.
  if (std::ranges::find(workers_, worker) != workers_.end())
    work_.add_idle(std::move(worker));
  pump();
}

void graph_cache::replace_worker(const caf::actor_addr& dead) {
  const auto is_dead = [&](const graph_worker_actor& worker) { return worker.address() == dead; };
  if (std::erase_if(workers_, is_dead) == 0)
    return;
  log().error("graph-cache: a worker ended; starting another");
  work_.remove_idle_if(is_dead);
  workers_.push_back(make_worker_());
  monitor(workers_.back());
  work_.add_idle(workers_.back());
  pump();
}

void graph_cache::set_graph(store_entry& entry, commit_graph_ptr graph) {
  graphs_ -= entry.graph ? 1 : 0;
  graph_bytes_ -= entry.graph_bytes;
  entry.graph = std::move(graph);
  entry.graph_bytes = entry.graph ? entry.graph->memory_bytes() : 0;
  graphs_ += entry.graph ? 1 : 0;
  graph_bytes_ += entry.graph_bytes;
}

template <class Change>
std::size_t graph_cache::change_pairs(store_entry& entry, Change change) {
  pairs_ -= entry.pairs.size();
  const auto result = change(entry.pairs);
  pairs_ += entry.pairs.size();
  return result;
}

void graph_cache::keep_within_budget() {
  const auto pair_budget = settings_.memory_budget / 4 / pair_cache::bytes_per_pair;
  while (pairs_ > pair_budget) {
    const auto largest = std::ranges::max_element(
        stores_, {}, [](const auto& item) { return item.second.pairs.size(); });
    evictions_ += change_pairs(
        largest->second,
        [too_many = pairs_ - pair_budget](pair_cache& pairs) { return pairs.shrink(too_many); });
  }
  // The graph used last stays even if it alone is over the budget: without it nothing could be
  // counted.
  while (graph_bytes_ > settings_.memory_budget && graphs_ > 1) {
    auto oldest = stores_.end();
    for (auto it = stores_.begin(); it != stores_.end(); ++it)
      if (it->second.graph && !it->second.loading &&
          (oldest == stores_.end() || it->second.last_used < oldest->second.last_used))
        oldest = it;
    if (oldest == stores_.end())
      break;
    set_graph(oldest->second, nullptr);
    ++evictions_;
  }
  figures().graph(stats());
}

graph_stats graph_cache::stats() const {
  return {.graphs = graphs_,
          .graph_bytes = graph_bytes_,
          .pairs = pairs_,
          .hits = hits_,
          .misses = misses_,
          .loads = loads_,
          .evictions = evictions_};
}

void graph_cache::on_exit() {
  const auto stopping = make_error(ec::shutting_down, "the graph cache stops");
  for (auto& [store, entry] : stores_) {
    for (const auto& who : entry.waiting_for_load)
      who->promise.deliver(stopping);
    for (auto& [pair, askers] : entry.counting)
      for (const auto& who : askers)
        if (who->promise.pending())
          who->promise.deliver(stopping);
  }
  stores_.clear();
  work_.drain();
  work_.drop_workers();
  for (const auto& worker : workers_)
    caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
  workers_.clear();
  make_worker_ = nullptr;
}

}  // namespace headway

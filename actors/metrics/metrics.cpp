#include <atomic>
#include <map>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <actors/metrics/latency_window.hpp>
#include <actors/metrics/metrics.hpp>

namespace headway {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Histogram;

double seconds(std::chrono::nanoseconds value) {
  return std::chrono::duration<double>(value).count();
}

// From 10 microseconds to 10 seconds: an answer from memory to one that walked a large history.
Histogram::BucketBoundaries latency_buckets() {
  return {1e-5,   2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2,
          2.5e-2, 5e-2,   0.1,  0.25, 0.5,    1,    2.5,  5,      10};
}

Histogram::BucketBoundaries fetch_buckets() {
  return {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800};
}

// Counters that actors keep as running totals: the difference since the last report is added.
class total {
 public:
  explicit total(prometheus::Counter& counter) : counter_(counter) {}
  void set(std::uint64_t value) {
    if (value > last_)
      counter_.Increment(static_cast<double>(value - last_));
    last_ = value;
  }

 private:
  prometheus::Counter& counter_;
  std::uint64_t last_ = 0;
};

}  // namespace

struct metrics::impl {
  prometheus::Registry registry;

  prometheus::Gauge& gauge(const std::string& name, const std::string& help,
                           const prometheus::Labels& labels = {}) {
    return BuildGauge().Name("headway_" + name).Help(help).Register(registry).Add(labels);
  }
  void name_cause(const std::string& cause) {
    for (const auto& [known, figure] : fetch_limit_causes)
      figure->Set(0);
    if (cause.empty())
      return;
    auto& figure = fetch_limit_causes[cause];
    if (figure == nullptr)
      figure = &gauge("fetch_limited", "1 for what limits the number of fetches now.",
                      {{"cause", cause}});
    figure->Set(1);
  }
  prometheus::Counter& counter(const std::string& name, const std::string& help,
                               const prometheus::Labels& labels = {}) {
    return BuildCounter().Name("headway_" + name).Help(help).Register(registry).Add(labels);
  }
  Histogram& latency(const std::string& part) {
    return BuildHistogram()
        .Name("headway_status_seconds")
        .Help("Time of a sync status answer, by the part that spent it.")
        .Register(registry)
        .Add({{"part", part}}, latency_buckets());
  }
  Histogram& fetch_phase(const std::string& phase) {
    return BuildHistogram()
        .Name("headway_fetch_seconds")
        .Help("Time of a fetch of one remote, by phase.")
        .Register(registry)
        .Add({{"phase", phase}}, fetch_buckets());
  }

  Histogram& fetch_step(const std::string& step) {
    return BuildHistogram()
        .Name("headway_fetch_step_seconds")
        .Help("Time of a step of a transfer, where it took any.")
        .Register(registry)
        .Add({{"step", step}}, fetch_buckets());
  }

  Histogram& status_db = latency("db");
  Histogram& status_pool = latency("pool");
  Histogram& status_graph = latency("graph");
  Histogram& status_total = latency("total");
  latency_window recent_statuses;
  /// Not yet among those of db, pool and graph, of which they needed none.
  std::atomic<std::uint64_t> shown_statuses{0};
  prometheus::Counter& status_failures =
      counter("status_failures_total", "Sync status requests answered with an error.");

  std::vector<prometheus::Counter*> fetches;
  Histogram& fetch_queued = fetch_phase("queued");
  Histogram& fetch_probe = fetch_phase("probe");
  Histogram& fetch_transfer = fetch_phase("transfer");
  /// In the order of `all_fetch_steps`.
  std::vector<Histogram*> fetch_steps;
  prometheus::Counter& fetch_bytes =
      counter("fetch_received_bytes_total", "Bytes of packs and objects that fetches brought.");
  prometheus::Counter& fetch_objects =
      counter("fetch_received_objects_total", "Objects that fetches brought.");
  prometheus::Counter& refs_moved =
      counter("fetch_updated_refs_total", "Remote-tracking refs that fetches moved.");

  prometheus::Gauge& pool_open = gauge("pool_open_repositories", "Repository handles held open.");
  prometheus::Gauge& pool_leased = gauge("pool_leased_repositories", "Repository handles in use.");
  prometheus::Gauge& pool_waiting =
      gauge("pool_waiting_requests", "Requests that wait for a handle.");
  prometheus::Gauge& pool_memory = gauge("pool_memory_bytes", "Estimated memory of open handles.");
  prometheus::Gauge& pool_files = gauge("pool_file_descriptors", "Descriptors of open handles.");
  total pool_hits{counter("pool_hits_total", "Leases served by an open handle.")};
  total pool_misses{counter("pool_misses_total", "Leases that needed a new handle.")};
  total pool_evictions{counter("pool_evictions_total", "Handles closed to stay within a budget.")};

  prometheus::Gauge& watched =
      gauge("watch_clones", "Clones by how moves of their refs are noticed.", {{"by", "events"}});
  prometheus::Gauge& swept =
      gauge("watch_clones", "Clones by how moves of their refs are noticed.", {{"by", "sweep"}});
  prometheus::Gauge& watched_folders = gauge("watch_folders", "Folders that the kernel watches.");
  total watch_losses{counter("watch_losses_total", "How often the kernel lost events.")};

  prometheus::Gauge& graphs = gauge("graph_graphs", "Commit graphs in memory.");
  prometheus::Gauge& graph_bytes = gauge("graph_bytes", "Memory of commit graphs.");
  prometheus::Gauge& graph_pairs = gauge("graph_pairs", "Counted pairs in memory.");
  total graph_hits{counter("graph_pair_hits_total", "Pairs answered from memory.")};
  total graph_misses{counter("graph_pair_misses_total", "Pairs that had to be counted.")};
  total graph_loads{counter("graph_loads_total", "Loads and extensions of commit graphs.")};
  total graph_evictions{counter("graph_evictions_total", "Pairs and graphs given up.")};

  prometheus::Gauge& fetch_targets = gauge("fetch_targets", "Remotes that are kept fresh.");
  prometheus::Gauge& fetch_queue = gauge("fetch_queued", "Fetches that wait.");
  prometheus::Gauge& fetch_probing =
      gauge("fetch_probing", "Looks at the refs of remotes that run.");
  prometheus::Gauge& fetch_running = gauge("fetch_running", "Fetches that run.");
  prometheus::Gauge& fetch_limit = gauge("fetch_concurrency_limit", "Most fetches at once now.");
  /// By what limits fetches; the cause of now is 1.
  std::map<std::string, prometheus::Gauge*> fetch_limit_causes;

  total store_commits{counter("store_commits_total", "Transactions committed.")};
  total store_writes{counter("store_writes_total", "Writes acknowledged.")};
  total store_coalesced{counter("store_coalesced_total", "Writes replaced by a later one.")};
  total store_failures{counter("store_failures_total", "Transactions that failed.")};
  prometheus::Gauge& store_wal =
      gauge("store_wal_pages", "Pages in the write-ahead log that the database file lacks.");
  prometheus::Gauge& store_wal_bytes =
      gauge("store_wal_bytes", "Bytes of the write-ahead log in use.");
  prometheus::Gauge& store_wal_held =
      gauge("store_wal_held",
            "1 while a reader that stays keeps the write-ahead log from starting again.");

  std::vector<prometheus::Gauge*> projects;
};

metrics::metrics() : impl_(std::make_unique<impl>()) {
  for (const auto& step : all_fetch_steps)
    impl_->fetch_steps.push_back(&impl_->fetch_step(std::string{step.name}));
  impl_->gauge("build_info", "1; the version is in the label.", {{"version", HEADWAY_VERSION}})
      .Set(1);
  for (int i = 0; i <= static_cast<int>(project_state::corrupt); ++i)
    impl_->projects.push_back(
        &impl_->gauge("projects", "Projects by state.",
                      {{"state", std::string{to_string(static_cast<project_state>(i))}}}));
  for (int i = 0; i <= static_cast<int>(fetch_outcome::cancelled); ++i)
    impl_->fetches.push_back(
        &impl_->counter("fetches_total", "Fetches of one remote that ended, by outcome.",
                        {{"outcome", std::string{to_string(static_cast<fetch_outcome>(i))}}}));
}

metrics::~metrics() = default;

void metrics::status_served(const status_timing& timing) {
  impl_->status_db.Observe(seconds(timing.db));
  impl_->status_pool.Observe(seconds(timing.pool));
  impl_->status_graph.Observe(seconds(timing.graph));
  impl_->status_total.Observe(seconds(timing.total));
  impl_->recent_statuses.add(timing.total);
}

void metrics::status_shown(std::chrono::nanoseconds took) {
  impl_->status_total.Observe(seconds(took));
  impl_->recent_statuses.add(took);
  impl_->shown_statuses.fetch_add(1, std::memory_order_relaxed);
}

std::optional<std::chrono::milliseconds> metrics::take_status_p99() {
  return impl_->recent_statuses.take_p99();
}

void metrics::status_failed() {
  impl_->status_failures.Increment();
}

void metrics::fetch_ended(const remote_fetch_report& report) {
  impl_->fetches[static_cast<std::size_t>(report.outcome)]->Increment();
  impl_->fetch_queued.Observe(seconds(report.timing.queued));
  impl_->fetch_probe.Observe(seconds(report.timing.probe));
  impl_->fetch_transfer.Observe(seconds(report.timing.transfer));
  for (std::size_t i = 0; i < all_fetch_steps.size(); ++i)
    if (const auto spent = report.timing.steps.*all_fetch_steps[i].time; spent.count() > 0)
      impl_->fetch_steps[i]->Observe(seconds(spent));
  impl_->fetch_bytes.Increment(static_cast<double>(report.bytes));
  impl_->fetch_objects.Increment(static_cast<double>(report.objects));
  impl_->refs_moved.Increment(static_cast<double>(report.updates.size()));
}

void metrics::pool(const pool_stats& stats) {
  impl_->pool_open.Set(static_cast<double>(stats.open));
  impl_->pool_leased.Set(static_cast<double>(stats.leased));
  impl_->pool_waiting.Set(static_cast<double>(stats.waiting));
  impl_->pool_memory.Set(static_cast<double>(stats.memory_bytes));
  impl_->pool_files.Set(static_cast<double>(stats.file_descriptors));
  impl_->pool_hits.set(stats.hits);
  impl_->pool_misses.set(stats.misses);
  impl_->pool_evictions.set(stats.evictions);
}

void metrics::watch(const watch_stats& stats) {
  impl_->watched.Set(static_cast<double>(stats.clones - stats.swept));
  impl_->swept.Set(static_cast<double>(stats.swept));
  impl_->watched_folders.Set(static_cast<double>(stats.folders));
  impl_->watch_losses.set(stats.losses);
}

void metrics::graph(const graph_stats& stats) {
  impl_->graphs.Set(static_cast<double>(stats.graphs));
  impl_->graph_bytes.Set(static_cast<double>(stats.graph_bytes));
  impl_->graph_pairs.Set(static_cast<double>(stats.pairs));
  impl_->graph_hits.set(stats.hits);
  impl_->graph_misses.set(stats.misses);
  impl_->graph_loads.set(stats.loads);
  impl_->graph_evictions.set(stats.evictions);
}

void metrics::scheduler(const scheduler_stats& stats) {
  impl_->fetch_targets.Set(static_cast<double>(stats.targets));
  impl_->fetch_queue.Set(static_cast<double>(stats.queued));
  impl_->fetch_probing.Set(static_cast<double>(stats.probing));
  impl_->fetch_running.Set(static_cast<double>(stats.running));
  impl_->fetch_limit.Set(static_cast<double>(stats.limit));
  impl_->name_cause(stats.limited_by);
}

void metrics::store(const store_stats& stats) {
  impl_->store_commits.set(stats.commits);
  impl_->store_writes.set(stats.writes);
  impl_->store_coalesced.set(stats.coalesced);
  impl_->store_failures.set(stats.failures);
  impl_->store_wal.Set(static_cast<double>(stats.wal_pages));
  impl_->store_wal_bytes.Set(static_cast<double>(stats.wal_bytes));
  impl_->store_wal_held.Set(stats.wal_held ? 1 : 0);
}

void metrics::projects(const std::vector<std::size_t>& by_state) {
  for (std::size_t i = 0; i < impl_->projects.size() && i < by_state.size(); ++i)
    impl_->projects[i]->Set(static_cast<double>(by_state[i]));
}

void metrics::part_restarted(const std::string& part) {
  impl_
      ->counter("part_restarts_total", "Parts that failed and were started again.",
                {{"part", part}})
      .Increment();
}

std::string metrics::text() const {
  if (const auto shown = impl_->shown_statuses.exchange(0); shown > 0) {
    std::vector<double> at_once(latency_buckets().size() + 1);
    at_once.front() = static_cast<double>(shown);
    for (auto* part : {&impl_->status_db, &impl_->status_pool, &impl_->status_graph})
      part->ObserveMultiple(at_once, 0);
  }
  return prometheus::TextSerializer{}.Serialize(impl_->registry.Collect());
}

}  // namespace headway

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include <tools/headway/sizing.hpp>

namespace headway::tools {

namespace {

constexpr double day = 86'400;
/// Round trips of a fetch on a connection that is there: what is wanted, and the pack.
constexpr double round_trips_of_fetch = 2;
constexpr int steps_to_fixed_point = 30;

double seconds(std::chrono::milliseconds time) {
  return static_cast<double>(time.count()) / 1e3;
}

/// The longest of several least intervals, and whose it is.
class longest {
 public:
  void at_least(double interval, const char* by) {
    if (interval > interval_)
      std::tie(interval_, by_) = std::pair{interval, by};
  }
  double interval() const { return interval_; }
  const char* by() const { return by_; }

 private:
  double interval_ = 0;
  const char* by_ = "";
};

/// The share of looks that find the remote moved, if changes come at random.
double share_moved(double changes_per_second, double interval) {
  return 1 - std::exp(-changes_per_second * interval);
}

/// At a random moment. Periods are even between 1 - j and 1 + j of the mean.
void age_between(double period, double jitter, forecast& result) {
  result.mean_age = period / 2 * (1 + jitter * jitter / 3);
  const auto tail = std::sqrt(0.04 * jitter);
  result.p99_age = period * (tail < 2 * jitter ? 1 + jitter - tail : 0.99);
}

/// What the schedule spends on looks and on what follows, of one after the other. The longer the
/// interval, the more looks find something, and the more of them are followed by a fetch.
double interval_by_budget(const fleet& what, const fetch_config& settings, double look,
                          double fetch) {
  auto interval = seconds(settings.min_interval);
  for (int i = 0; i < steps_to_fixed_point; ++i)
    interval = std::max(seconds(settings.min_interval),
                        what.projects * (look + share_moved(what.changes / day, interval) * fetch) /
                            (settings.budget_percent / 100.0));
  return interval;
}

void space_looks(const fleet& what, const fetch_config& settings, const unit_costs& costs,
                 forecast& result) {
  const auto look = seconds(what.round_trip + what.answers_in);
  const auto fetch = round_trips_of_fetch * seconds(what.round_trip) + seconds(what.answers_in) +
                     costs.fetch_seconds;
  longest found;
  found.at_least(seconds(settings.min_interval), "fetch.min_interval");
  found.at_least(interval_by_budget(what, settings, look, fetch), "fetch.budget_percent");
  found.at_least(what.projects * look / settings.max_probes, "fetch.max_probes");
  found.at_least(what.projects * look / (what.hosts * settings.max_probes_per_host),
                 "fetch.max_probes_per_host");
  result.interval = found.interval();
  result.bound_by = found.by();
  if (const auto most = seconds(settings.max_interval); result.interval > most) {
    result.interval = most;
    result.bound_by = "fetch.max_interval";
  }
  const auto period = result.interval + look;
  result.looks = what.projects / period;
  result.looks_at_once = result.looks * look;
  result.fetches = result.looks * share_moved(what.changes / day, period);
  age_between(period, settings.jitter_percent / 100.0, result);
}

}  // namespace

unit_costs measured_costs() {
  return {.look_seconds = 0.0005,
          .look_branch_seconds = 0.0000033,
          .fetch_seconds = 0.0087,
          .request_seconds = 0.0005,
          .idle_share = 0.0023,
          .idle_project_share = 0.00000037,
          .look_bytes = 570,
          .look_branch_bytes = 93,
          .fetch_bytes = 1'700,
          .base_memory = 23'000'000,
          .looking_memory = 7'800'000,
          .project_memory = 52'000,
          .fetched_project_memory = 45'000,
          .branch_memory = 2'900,
          .commit_memory = 46};
}

forecast foresee(const fleet& what, const engine_config& settings, const unit_costs& costs) {
  forecast result;
  space_looks(what, settings.fetch, costs, result);
  result.look_cpu = result.looks * (costs.look_seconds + what.branches * costs.look_branch_seconds);
  result.fetch_cpu = result.fetches * costs.fetch_seconds;
  result.request_cpu = what.requests * costs.request_seconds;
  result.idle_cpu = costs.idle_share + what.projects * costs.idle_project_share;
  result.bytes = result.looks * (costs.look_bytes + what.branches * costs.look_branch_bytes) +
                 result.fetches * costs.fetch_bytes;
  result.base_memory = costs.base_memory + costs.looking_memory;
  const auto fetched = what.changes > 0 ? costs.fetched_project_memory : 0;
  result.project_memory =
      what.projects * (costs.project_memory + fetched + what.branches * costs.branch_memory);
  result.graph_memory = std::min(what.projects * what.commits * costs.commit_memory,
                                 static_cast<double>(settings.graph.memory_budget));
  return result;
}

}  // namespace headway::tools

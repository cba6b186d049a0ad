#include <algorithm>
#include <cmath>

#include <tools/load/verdicts.hpp>

namespace headway::load {

namespace {

using wanted = std::function<bool(microseconds)>;

bool compares(comparison how, double figure, double limit) {
  switch (how) {
    case comparison::less:
      return figure < limit;
    case comparison::at_most:
      return figure <= limit;
    case comparison::equal:
      return figure == limit;
    case comparison::at_least:
      return figure >= limit;
    case comparison::more:
      return figure > limit;
  }
  return false;
}

std::vector<span> spans_of(const performance& seen, const std::string& during) {
  std::vector<span> result;
  for (const auto& incident : seen.incidents)
    if (incident.name == during)
      result.push_back(incident.when);
  return result;
}

std::optional<double> latency(const performance& seen, const measured& of, const wanted& when) {
  return percentile(latencies(seen.book.samples, of.of, when), of.percent);
}

/// During the event, against the rest of the run.
std::optional<double> compared(const scenario& plan, const performance& seen,
                               const judgement& asked) {
  const auto inside = window(plan, seen, asked.during);
  const auto whole = window(plan, seen, {});
  const auto during = latency(seen, asked.of, inside);
  const auto rest =
      latency(seen, asked.of, [&](microseconds at) { return whole(at) && !inside(at); });
  if (!during || !rest || *rest <= 0)
    return std::nullopt;
  if (asked.of.what == measure_kind::latency_added)
    return *during - *rest;
  return 100 * (*during / *rest - 1);
}

std::optional<double> staleness(const scenario& plan, const performance& seen,
                                const judgement& asked) {
  const auto when = window(plan, seen, asked.during);
  std::vector<double> ages;
  for (const auto& sample : seen.book.ages)
    if (when(sample.at))
      ages.push_back(static_cast<double>(sample.age.count()));
  std::ranges::sort(ages);
  return percentile(ages, asked.of.percent);
}

std::optional<double> of_samples(const performance& seen, const wanted& when,
                                 const std::function<double(const std::vector<node_sample>&)>& f) {
  std::vector<node_sample> chosen;
  std::ranges::copy_if(seen.samples, std::back_inserter(chosen),
                       [&](const node_sample& x) { return x.resident_bytes > 0 && when(x.at); });
  if (chosen.empty())
    return std::nullopt;
  return f(chosen);
}

/// In percent, from the second quarter of what was seen to the last: before, caches fill.
double growth(const std::vector<node_sample>& all, double node_sample::*figure) {
  const auto quarter = std::max<std::size_t>(1, all.size() / 4);
  const auto sum = [&](std::size_t from) {
    double total = 0;
    for (auto i = from; i < std::min(all.size(), from + quarter); ++i)
      total += all[i].*figure;
    return total;
  };
  const auto then = sum(std::min(quarter, all.size() - quarter));
  return then > 0 ? 100 * (sum(all.size() - quarter) / then - 1) : 0;
}

std::optional<double> pair_hit_rate(const performance& seen) {
  const auto hits = grown(seen, pairs_known);
  const auto misses = grown(seen, pairs_counted);
  if (hits + misses <= 0)
    return std::nullopt;
  return 100 * hits / (hits + misses);
}

std::optional<double> figure_of(const scenario& plan, const performance& seen,
                                const judgement& asked) {
  const auto when = window(plan, seen, asked.during);
  const auto& end = seen.end;
  switch (asked.of.what) {
    case measure_kind::latency:
      return latency(seen, asked.of, when);
    case measure_kind::latency_change:
    case measure_kind::latency_added:
      return compared(plan, seen, asked);
    case measure_kind::errors:
      return count_of(seen.book.samples, outcome::failed, when);
    case measure_kind::unanswered:
      return count_of(seen.book.samples, outcome::unanswered, when);
    case measure_kind::wrong_answers:
      if (end.branches == 0)
        return std::nullopt;
      return static_cast<double>(end.wrong.size() + seen.wrong_at_once.size());
    case measure_kind::lost_acknowledgements:
      if (end.projects == 0)
        return std::nullopt;
      return static_cast<double>(end.lost.size());
    case measure_kind::late_projects:
      if (end.healthy == 0)
        return std::nullopt;
      return 100.0 * static_cast<double>(end.late.size()) / static_cast<double>(end.healthy);
    case measure_kind::staleness:
      return staleness(plan, seen, asked);
    case measure_kind::memory:
      return of_samples(seen, when, [](const auto& all) {
        return std::ranges::max(all, {}, &node_sample::resident_bytes).resident_bytes;
      });
    case measure_kind::memory_growth:
      return of_samples(seen, when,
                        [](const auto& all) { return growth(all, &node_sample::resident_bytes); });
    case measure_kind::descriptor_growth:
      return of_samples(seen, when,
                        [](const auto& all) { return growth(all, &node_sample::descriptors); });
    case measure_kind::cpu:
      return of_samples(seen, when, [](const auto& all) {
        double sum = 0;
        for (const auto& each : all)
          sum += each.cpu_percent;
        return sum / static_cast<double>(all.size());
      });
    case measure_kind::pair_hit_rate:
      return pair_hit_rate(seen);
    case measure_kind::pairs_counted:
      return grown(seen, pairs_counted);
    case measure_kind::restart:
      if (seen.restarts.empty())
        return std::nullopt;
      return static_cast<double>(std::ranges::max(seen.restarts).count());
    case measure_kind::debris:
      if (seen.left.clones == 0)
        return std::nullopt;
      return static_cast<double>(seen.left.debris.size());
  }
  return std::nullopt;
}

}  // namespace

double grown(const performance& seen, const std::string& metric) {
  const auto now = seen.metrics_after.find(metric);
  const auto then = seen.metrics_before.find(metric);
  return (now == seen.metrics_after.end() ? 0 : now->second) -
         (then == seen.metrics_before.end() ? 0 : then->second);
}

wanted window(const scenario& plan, const performance& seen, const std::string& during) {
  if (during.empty())
    return [from = microseconds{plan.warm_up}](microseconds at) { return at >= from; };
  return [spans = spans_of(seen, during)](microseconds at) {
    return std::ranges::any_of(spans, [at](const span& each) { return each.holds(at); });
  };
}

std::vector<verdict> judge(const scenario& plan, const performance& seen) {
  std::vector<verdict> result;
  for (const auto& asked : plan.judgements) {
    verdict one{asked, figure_of(plan, seen, asked), false};
    one.holds = one.figure && compares(asked.how, *one.figure, asked.limit);
    result.push_back(std::move(one));
  }
  return result;
}

}  // namespace headway::load

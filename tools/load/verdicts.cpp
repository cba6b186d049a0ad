#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>

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

/// Fewer turns say nothing about how much they differ by chance.
constexpr std::size_t least_turns = 3;

/// The event's turns in order, those that overlap as one, as far as they are judged.
std::vector<span> turns_of(const performance& seen, const std::string& during, microseconds from) {
  auto turns = spans_of(seen, during);
  std::erase_if(turns, [from](const span& each) { return each.end <= from; });
  std::ranges::sort(turns, {}, &span::begin);
  std::vector<span> result;
  for (const auto& each : turns)
    if (!result.empty() && each.begin <= result.back().end)
      result.back().end = std::max(result.back().end, each.end);
    else
      result.push_back({std::max(each.begin, from), each.end});
  return result;
}

double difference(const judgement& asked, double during, double rest) {
  return asked.of.what == measure_kind::latency_added ? during - rest : 100 * (during / rest - 1);
}

/// The median over turns of each against the mean of what is before and behind it. What slows the
/// machine for some seconds falsifies a turn or two so, and not the figure.
std::optional<double> compared_by_turns(const performance& seen, const judgement& asked,
                                        const std::vector<span>& turns, microseconds from) {
  const auto within = [&](const span& part) {
    return latency(seen, asked.of, [part](microseconds at) { return part.holds(at); });
  };
  std::vector<double> found;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const auto before = within({i == 0 ? from : turns[i - 1].end, turns[i].begin});
    const auto behind =
        within({turns[i].end, i + 1 == turns.size() ? microseconds::max() : turns[i + 1].begin});
    const auto during = within(turns[i]);
    if (!during || !(before || behind))
      continue;
    const auto rest = before && behind ? (*before + *behind) / 2 : before ? *before : *behind;
    if (rest > 0)
      found.push_back(difference(asked, *during, rest));
  }
  if (found.empty())
    return std::nullopt;
  std::ranges::sort(found);
  const auto middle = found.size() / 2;
  return found.size() % 2 == 1 ? found[middle] : (found[middle - 1] + found[middle]) / 2;
}

/// During the event, against the rest of the run.
std::optional<double> compared(const scenario& plan, const performance& seen,
                               const judgement& asked) {
  const microseconds from = plan.warm_up;
  if (const auto turns = turns_of(seen, asked.during, from); turns.size() >= least_turns)
    return compared_by_turns(seen, asked, turns, from);
  const auto inside = window(plan, seen, asked.during);
  const auto whole = window(plan, seen, {});
  const auto during = latency(seen, asked.of, inside);
  const auto rest =
      latency(seen, asked.of, [&](microseconds at) { return whole(at) && !inside(at); });
  if (!during || !rest || *rest <= 0)
    return std::nullopt;
  return difference(asked, *during, *rest);
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

/// In percent, from the second quarter of what was seen to the last: before, caches fill.
template <class Sample, class Figure>
double growth(const std::vector<Sample>& all, Figure figure) {
  const auto quarter = std::max<std::size_t>(1, all.size() / 4);
  const auto sum = [&](std::size_t from) {
    double total = 0;
    for (auto i = from; i < std::min(all.size(), from + quarter); ++i)
      total += static_cast<double>(std::invoke(figure, all[i]));
    return total;
  };
  const auto then = sum(std::min(quarter, all.size() - quarter));
  return then > 0 ? 100 * (sum(all.size() - quarter) / then - 1) : 0;
}

std::optional<double> staleness_growth(const performance& seen, const wanted& when) {
  std::vector<age_sample> ages;
  std::ranges::copy_if(seen.book.ages, std::back_inserter(ages),
                       [&](const age_sample& x) { return when(x.at); });
  if (ages.empty())
    return std::nullopt;
  return growth(ages, [](const age_sample& x) { return x.age.count(); });
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
    case measure_kind::staleness_growth:
      return staleness_growth(seen, when);
    case measure_kind::wal:
      return of_samples(seen, when, [](const auto& all) {
        return std::ranges::max(all, {}, &node_sample::wal_bytes).wal_bytes;
      });
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

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include <tools/load/agenda.hpp>

namespace headway::load {

namespace {

/// Streams of chance, so that more users do not change what is pushed.
enum class stream : std::uint64_t { order = 1, arrivals, changes, users };

std::uint64_t seed_of(const scenario& plan, stream what, std::uint64_t number = 0) {
  // The finaliser of SplitMix64: neighbouring seeds give unrelated streams.
  auto x = plan.seed * 0x9E3779B97F4A7C15 + static_cast<std::uint64_t>(what) * 1'000'003 + number;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

/// Which project has which rank of popularity; without it the first group would be the hot one.
std::vector<std::uint32_t> popularity(const scenario& plan) {
  std::vector<std::uint32_t> order(plan.project_count());
  std::iota(order.begin(), order.end(), 0u);
  dice random{seed_of(plan, stream::order)};
  random.shuffle(order);
  return order;
}

request_kind draw_kind(const user_plan& users, dice& random) {
  const auto all = std::accumulate(users.mix.begin(), users.mix.end(), std::uint64_t{0});
  auto left = random.below(static_cast<std::uint32_t>(all));
  for (std::size_t i = 0; i < users.mix.size(); ++i) {
    if (left < users.mix[i])
      return static_cast<request_kind>(i);
    left -= static_cast<std::uint32_t>(users.mix[i]);
  }
  return request_kind::status;
}

double exponential(dice& random, double mean) {
  return -mean * std::log(1 - random.real());
}

microseconds seconds_to_us(double seconds) {
  return microseconds{static_cast<std::int64_t>(seconds * 1e6)};
}

double factor_at(const user_plan& users, microseconds at) {
  double factor = 1;
  for (const auto& high : users.peaks)
    if (at >= high.at && at < high.at + high.lasts)
      factor *= high.factor;
  return factor;
}

/// A Poisson process whose rate changes: candidates at the highest rate, thinned out.
void plan_requests(const scenario& plan, agenda& to) {
  if (plan.users.arrive != arrival::open)
    return;
  double highest = 1;
  for (const auto& high : plan.users.peaks)
    highest *= std::max(1.0, high.factor);
  dice random{seed_of(plan, stream::arrivals)};
  const zipf hot{plan.project_count(), plan.users.zipf};
  const auto order = popularity(plan);
  for (microseconds at{0};;) {
    at += seconds_to_us(exponential(random, 1 / (plan.users.rate * highest)));
    if (at >= plan.duration)
      return;
    if (!random.chance(factor_at(plan.users, at) / highest))
      continue;
    to.requests.push_back({at, random.below(static_cast<std::uint32_t>(plan.users.count)),
                           draw_kind(plan.users, random), order[hot.draw(random)]});
  }
}

std::uint64_t draw_seed(dice& random) {
  return (std::uint64_t{random.below(1u << 31)} << 31) | random.below(1u << 31);
}

void plan_stream_of_changes(const scenario& plan, const change_plan& change, dice& random,
                            agenda& to) {
  const microseconds end = std::min(change.until.value_or(plan.duration), plan.duration);
  const zipf hot{plan.project_count(), plan.users.zipf};
  const auto order = popularity(plan);
  for (microseconds at = change.from;;) {
    at += seconds_to_us(exponential(random, 1 / change.rate));
    if (at >= end)
      return;
    // Where people look, people work; and elsewhere too.
    const auto project = random.chance(0.5)
                             ? order[hot.draw(random)]
                             : random.below(static_cast<std::uint32_t>(order.size()));
    to.changes.push_back({at, change.kind, project, static_cast<std::uint32_t>(change.branches),
                          static_cast<std::uint32_t>(change.commits), draw_seed(random)});
  }
}

void plan_changes_at_once(const scenario& plan, const event_plan& event, microseconds at,
                          dice& random, agenda& to) {
  std::vector<std::uint32_t> all(plan.project_count());
  std::iota(all.begin(), all.end(), 0u);
  random.shuffle(all);
  all.resize(std::min<std::size_t>(all.size(), event.projects));
  for (const auto project : all)
    to.changes.push_back({at, event.change, project, static_cast<std::uint32_t>(event.branches), 1,
                          draw_seed(random)});
}

void plan_event(const scenario& plan, std::uint32_t number, dice& random, agenda& to) {
  const auto& event = plan.events[number];
  const auto spread = static_cast<std::uint32_t>(event.spread.count());
  for (microseconds turn = event.at; turn < plan.duration; turn += *event.every) {
    const microseconds later = milliseconds{spread > 0 ? random.below(spread + 1) : 0};
    const auto at = std::min<microseconds>(turn + later, plan.duration - milliseconds{1});
    if (event.what == event_kind::changes)
      plan_changes_at_once(plan, event, at, random, to);
    to.events.push_back({at, number, event_phase::begin});
    if (event.lasts && at + *event.lasts < plan.duration)
      to.events.push_back({at + *event.lasts, number, event_phase::end});
    if (!event.every)
      return;
  }
}

}  // namespace

zipf::zipf(std::size_t size, double exponent) {
  cumulative_.reserve(size);
  double sum = 0;
  for (std::size_t rank = 1; rank <= size; ++rank)
    cumulative_.push_back(sum += std::pow(static_cast<double>(rank), -exponent));
}

std::size_t zipf::draw(dice& random) const {
  const auto at = std::ranges::upper_bound(cumulative_, random.real() * cumulative_.back());
  return std::min<std::size_t>(static_cast<std::size_t>(at - cumulative_.begin()),
                               cumulative_.size() - 1);
}

agenda make_agenda(const scenario& plan) {
  agenda result;
  plan_requests(plan, result);
  dice random{seed_of(plan, stream::changes)};
  for (const auto& change : plan.changes)
    plan_stream_of_changes(plan, change, random, result);
  for (std::uint32_t i = 0; i < plan.events.size(); ++i)
    plan_event(plan, i, random, result);
  std::ranges::stable_sort(result.changes, {}, &planned_change::at);
  std::ranges::stable_sort(result.events, {}, &planned_event::at);
  return result;
}

user_habits::user_habits(const scenario& plan, std::uint32_t user)
    : plan_{plan},
      user_{user},
      dice_{seed_of(plan, stream::users, user)},
      hot_{plan.project_count(), plan.users.zipf},
      order_{popularity(plan)} {}

planned_request user_habits::next() {
  const auto pause = exponential(dice_, static_cast<double>(plan_.users.think_time.count()) / 1e3);
  return {seconds_to_us(pause), user_, draw_kind(plan_.users, dice_), order_[hot_.draw(dice_)]};
}

std::string fingerprint(const scenario& plan) {
  std::uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
  const auto mix = [&hash](std::uint64_t value) {
    for (int i = 0; i < 8; ++i) {
      hash = (hash ^ (value & 0xFF)) * 0x100000001B3;
      value >>= 8;
    }
  };
  const auto all = make_agenda(plan);
  for (const auto& request : all.requests) {
    mix(static_cast<std::uint64_t>(request.at.count()));
    mix(std::uint64_t{request.user} << 40 | std::uint64_t(request.kind) << 32 | request.project);
  }
  for (const auto& change : all.changes) {
    mix(static_cast<std::uint64_t>(change.at.count()));
    mix(std::uint64_t(change.kind) << 32 | change.project);
    mix(change.seed);
  }
  for (const auto& event : all.events)
    mix(static_cast<std::uint64_t>(event.at.count()) << 8 | event.number << 1 |
        std::uint64_t(event.phase));
  if (plan.users.arrive == arrival::closed)
    for (std::uint32_t user = 0; user < plan.users.count; ++user) {
      user_habits habits{plan, user};
      for (int i = 0; i < 100; ++i)
        mix(habits.next().project);
    }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

}  // namespace headway::load

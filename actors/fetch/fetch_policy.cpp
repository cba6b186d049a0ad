#include <algorithm>
#include <cmath>

#include <actors/fetch/fetch_policy.hpp>

namespace headway {

namespace {

milliseconds scaled(milliseconds value, double factor) {
  return milliseconds{std::llround(static_cast<double>(value.count()) * factor)};
}

milliseconds doubled(milliseconds first, unsigned times, milliseconds most) {
  auto value = first;
  for (unsigned i = 0; i < times && value < most; ++i)
    value *= 2;
  return std::min(value, most);
}

constexpr double day = 86'400;
constexpr std::size_t most_fetches = 20;
constexpr int deadline_factor = 4;
// A look that was too quick to measure costs something all the same.
constexpr double least_cost = 0.001;
constexpr milliseconds viewed_interval{60'000};

// The person's own git holds a lock for moments, or was killed and left it.
constexpr unsigned quick_retries = 3;
constexpr milliseconds quick_retry{1'000};
constexpr milliseconds slow_retry{60'000};

// Overdue work is spread over this after a restart.
constexpr milliseconds restart_spread{30'000};

}  // namespace

void remote_habits::learn(milliseconds took, milliseconds since_last, bool changed) {
  const auto seconds = static_cast<double>(took.count()) / 1e3;
  cost = cost == 0 ? seconds : 0.8 * cost + 0.2 * seconds;
  observed += static_cast<double>(std::max(since_last, milliseconds{0}).count()) / 1e3;
  changes += changed ? 1 : 0;
}

void remote_habits::learn_fetch(milliseconds took) {
  fetches.push_back(took);
  if (fetches.size() > most_fetches)
    fetches.pop_front();
}

milliseconds remote_habits::usual() const {
  if (fetches.empty())
    return {};
  auto sorted = fetches;
  const auto rank = (95 * sorted.size() + 99) / 100 - 1;
  std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(rank));
  return sorted[rank];
}

double remote_habits::rate() const {
  return (changes + 1) / (observed + day);
}

attention attention_of(std::optional<wall_time> viewed, wall_time now) {
  if (!viewed)
    return {};
  const auto age = now - *viewed;
  if (age <= std::chrono::minutes{10})
    return {8, true};
  return {age <= std::chrono::hours{1} ? 4.0 : age <= std::chrono::hours{24} ? 2.0 : 1.0, false};
}

double spending(const remote_habits& habits, double weight) {
  return std::sqrt(std::max(habits.cost, least_cost) * weight * habits.rate());
}

namespace {

// With the factor k common to all, I = k √(c / (w λ)) makes Σ c / I = budget when
// k = Σ √(c w λ) / budget.
milliseconds best_interval(const fetch_config& config, const remote_habits& habits, double all,
                           double weight) {
  const auto budget = static_cast<double>(config.budget_percent) / 100.0;
  const auto cost = std::max(habits.cost, least_cost);
  const auto seconds = all / budget * std::sqrt(cost / (weight * habits.rate()));
  const auto most = static_cast<double>(config.max_interval.count());
  return milliseconds{std::llround(std::min(seconds * 1e3, most))};
}

}  // namespace

milliseconds interval_after_success(const fetch_config& config, wall_time fetched,
                                    wall_time changed, const remote_habits& habits, double all,
                                    attention wanted, chance random) {
  const auto quiet = std::chrono::duration_cast<milliseconds>(fetched - changed);
  const auto best = best_interval(config, habits, all, wanted.weight);
  auto base = habits.changes >= 2 ? best : std::max(quiet / 2, best);
  if (wanted.viewed)
    base = std::min<milliseconds>(base, viewed_interval);
  base = std::clamp(base, config.min_interval, config.max_interval);
  const auto jitter = static_cast<double>(config.jitter_percent) / 100.0;
  return scaled(base, 1.0 + jitter * (2.0 * random.value - 1.0));
}

milliseconds delay_after_failure(const fetch_config& config, unsigned failures, chance random) {
  const auto most = doubled(config.backoff, failures > 0 ? failures - 1 : 0, config.max_backoff);
  return std::max(config.backoff / 2, scaled(most, random.value));
}

std::optional<milliseconds> retry_delay(const fetch_config& config, ec code, unsigned failures,
                                        chance random) {
  switch (code) {
    case ec::auth_required:
      // Repeating a refused login locks accounts; a person has to act first.
      return std::nullopt;
    case ec::in_use:
      return failures <= quick_retries ? quick_retry : slow_retry;
    case ec::not_found:
    case ec::missing:
    case ec::corrupt:
    case ec::config:
    case ec::permission_denied:
    case ec::budget_exceeded:  // Each try would bring as much as is allowed, for nothing.
      return config.max_interval;
    case ec::cancelled:
      return config.min_interval;
    default:
      return delay_after_failure(config, failures, random);
  }
}

milliseconds deadline_after(const fetch_config& config, milliseconds usual, unsigned timeouts) {
  return doubled(std::max(config.deadline, deadline_factor * usual), timeouts, config.max_deadline);
}

wall_time due_after_restart(const fetch_config& config, wall_time stored, wall_time now,
                            chance random) {
  // A clock that was set back must not put a fetch off for longer than its longest interval.
  const auto latest = now + config.max_interval + config.max_interval / 5;
  if (stored > now)
    return std::min(stored, latest);
  return now + scaled(std::min(restart_spread, config.min_interval), random.value);
}

fetch_id last_id_at_start(fetch_id stored, wall_time now) {
  const auto by_clock = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
  return {std::max(stored.value, static_cast<std::uint64_t>(std::max<std::int64_t>(by_clock, 0)))};
}

}  // namespace headway

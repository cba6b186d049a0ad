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

// Overdue work is spread over this after a restart.
constexpr milliseconds restart_spread{30'000};

}  // namespace

milliseconds interval_after_success(const fetch_config& config, wall_time fetched,
                                    wall_time changed, chance random) {
  const auto quiet = std::chrono::duration_cast<milliseconds>(fetched - changed);
  const auto base = std::clamp(quiet / 2, config.min_interval, config.max_interval);
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
    case ec::missing:
    case ec::corrupt:
    case ec::config:
    case ec::permission_denied:
      return config.max_interval;
    case ec::cancelled:
      return config.min_interval;
    default:
      return delay_after_failure(config, failures, random);
  }
}

milliseconds deadline_after(const fetch_config& config, unsigned timeouts) {
  return doubled(config.deadline, timeouts, config.max_deadline);
}

wall_time due_after_restart(const fetch_config& config, wall_time stored, wall_time now,
                            chance random) {
  // A clock that was set back must not put a fetch off for longer than its longest interval.
  const auto latest = now + config.max_interval + config.max_interval / 5;
  if (stored > now)
    return std::min(stored, latest);
  return now + scaled(std::min(restart_spread, config.min_interval), random.value);
}

}  // namespace headway

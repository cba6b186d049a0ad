#include <algorithm>
#include <cmath>
#include <utility>

#include <actors/fetch/host_health.hpp>

namespace headway {

namespace {

constexpr std::uint32_t breaker_after = 5;
constexpr milliseconds first_pause{60'000};
constexpr milliseconds longest_pause{15 * 60'000};
// A server may ask for a pause that amounts to "never".
constexpr milliseconds longest_rest{6 * 3'600'000};

bool has_health(const std::string& host) {
  return !host.empty() && host != "file";
}

// Up to a tenth later, so that hosts that failed together are not tried together.
milliseconds spread(milliseconds pause, chance random) {
  return pause +
         milliseconds{std::llround(0.1 * random.value * static_cast<double>(pause.count()))};
}

}  // namespace

void host_health::configure(std::size_t at_once) {
  for (auto& [host, at] : records_)
    at.limit = at.limit == at_once_ ? at_once : std::min(at.limit, at_once);
  at_once_ = at_once;
}

const host_health::record* host_health::find(const std::string& host) const {
  const auto it = records_.find(host);
  return it == records_.end() ? nullptr : &it->second;
}

std::optional<wall_time> host_health::closed_until(const std::string& host, wall_time now) const {
  const auto* at = find(host);
  if (at == nullptr)
    return std::nullopt;
  const auto until = std::max(at->rest_until, at->closed_until);
  if (until > now)
    return until;
  if (at->failures >= breaker_after && at->trial)
    return now + first_pause;
  return std::nullopt;
}

std::size_t host_health::limit(const std::string& host, wall_time now, fetch_reason reason) const {
  const auto* at = find(host);
  if (at == nullptr)
    return at_once_;
  if (at->rest_until > now)
    return 0;
  if (at->failures < breaker_after)
    return at->limit;
  return at->closed_until > now && reason != fetch_reason::user_asked ? 0 : 1;
}

void host_health::set_back(milliseconds by) {
  for (auto& [host, at] : records_) {
    at.closed_until -= by;
    at.rest_until -= by;
  }
}

void host_health::asked(const std::string& host) {
  const auto it = records_.find(host);
  if (it != records_.end())
    it->second.trial = it->second.failures >= breaker_after;
}

host_health::news host_health::learn(const std::string& host, host_sign sign,
                                     std::optional<milliseconds> retry_after, wall_time now,
                                     chance random) {
  if (!has_health(host))
    return news::none;
  auto it = records_.find(host);
  if (it == records_.end()) {
    if (sign == host_sign::none || sign == host_sign::well)
      return news::none;
    it = records_.emplace(host, record{.limit = at_once_}).first;
  }
  auto& at = it->second;
  const bool was_trial = std::exchange(at.trial, false);
  if (sign == host_sign::none) {
    // Nothing is known that was not known before, so the next trial is as far away as the first.
    if (was_trial)
      at.closed_until = std::max(at.closed_until, now + spread(first_pause, random));
    return news::none;
  }
  if (sign == host_sign::well) {
    const bool was_closed = at.failures >= breaker_after;
    at.failures = 0;
    at.pause = {};
    at.closed_until = {};
    if (++at.successes >= at.limit && at.limit < at_once_) {
      ++at.limit;
      at.successes = 0;
    }
    if (at.limit >= at_once_ && at.rest_until <= now)
      records_.erase(it);
    return was_closed ? news::opened : news::none;
  }
  if (sign == host_sign::throttled)
    at.rest_until = std::max(at.rest_until,
                             now + std::min(retry_after.value_or(milliseconds{0}), longest_rest));
  return fail(at, now, random);
}

host_health::news host_health::fail(record& at, wall_time now, chance random) {
  at.limit = std::max<std::size_t>(1, at.limit / 2);
  at.successes = 0;
  ++at.failures;
  if (at.failures < breaker_after || at.closed_until > now)
    return news::none;
  at.pause = at.pause == milliseconds{} ? first_pause : std::min(2 * at.pause, longest_pause);
  at.closed_until = now + spread(at.pause, random);
  return news::closed;
}

std::string host_health::trouble(const std::string& host, wall_time now) const {
  const auto* at = find(host);
  if (at == nullptr)
    return {};
  if (at->rest_until > now)
    return "the host asks to be left alone for a while";
  if (at->failures >= breaker_after)
    return "the host failed " + std::to_string(at->failures) + " times in a row";
  if (at->limit < at_once_)
    return "the host has asked for less, or broken off";
  return {};
}

std::uint32_t host_health::failures(const std::string& host) const {
  const auto* at = find(host);
  return at == nullptr ? 0 : at->failures;
}

std::vector<std::string> host_health::ailing() const {
  std::vector<std::string> result;
  for (const auto& [host, at] : records_)
    result.push_back(host);
  return result;
}

}  // namespace headway

/// How long to wait until the next fetch of a remote. Plain functions: time and chance come in as
/// arguments.
#pragma once

#include <chrono>
#include <deque>
#include <optional>

#include <config/engine_config.hpp>
#include <messages/fetch.hpp>

namespace headway {

/// A number in [0, 1) from a seeded source.
struct chance {
  double value = 0.5;
};

/// What has been learned of a remote since the start, and, of its fetches, before.
struct remote_habits {
  double cost = 0;      ///< Seconds of work, of a look with what followed; a moving average.
  double changes = 0;   ///< That were seen.
  double observed = 0;  ///< Seconds since it was first looked at.
  /// How long the last fetches took that brought something; at most twenty.
  std::deque<milliseconds> fetches;

  void learn_fetch(milliseconds took);
  /// What 95 % of them took at most; zero: there was none.
  milliseconds usual() const;
  void learn(milliseconds took, milliseconds since_last, bool changed);
  /// Changes in a second, to be expected: what was seen, and as much as one a day before that.
  double rate() const;
};

/// How much somebody wants to know of a remote now.
struct attention {
  double weight = 1;
  bool viewed = false;  ///< In the last ten minutes.
};
attention attention_of(std::optional<wall_time> viewed, wall_time now);

/// What a remote takes of the budget at the best interval, up to a factor that all share: the
/// square root of cost × attention × rate.
double spending(const remote_habits& habits, double weight);

/// After a success: half of the time since the remote last changed, within the configured bounds,
/// moved by the jitter. (Sourcegraph's scheduler polls by the same rule: what has been quiet for
/// long stays quiet for a while.) A remote that was never seen to change counts from its first
/// fetch on.
///
/// Once it has been seen to change twice, and for all when the budget would not suffice: the
/// interval that keeps the sum of all ages smallest under fetch.budget_percent, which grows with
/// the square root of cost / (attention × rate); `all` is the `spending` of all remotes. What
/// people look at is not older than a minute.
milliseconds interval_after_success(const fetch_config& config, wall_time fetched,
                                    wall_time changed, const remote_habits& habits, double all,
                                    attention wanted, chance random);

/// After `failures` (at least 1) failures in a row: exponential with full jitter, never below half
/// of the first step.
milliseconds delay_after_failure(const fetch_config& config, unsigned failures, chance random);

/// When to try again after a failure of this kind; nothing: not before a person asks.
std::optional<milliseconds> retry_delay(const fetch_config& config, ec code, unsigned failures,
                                        chance random);

/// How long a fetch may take of a remote whose fetches usually take `usual`: four times that,
/// within the configured bounds, and doubled with each of `timeouts` time-outs in a row, so that a
/// large repository gets through in the end.
milliseconds deadline_after(const fetch_config& config, milliseconds usual, unsigned timeouts);

/// When a remote that was known before a restart is due: as it was, but what became due meanwhile
/// is spread, so that a restart is no stampede.
wall_time due_after_restart(const fetch_config& config, wall_time stored, wall_time now,
                            chance random);

/// The id after which a node that starts at `now` goes on counting; `stored` is the highest of the
/// history. Looks that found nothing are not stored, but their ids were seen (in a log, by who
/// waited), and must not mean another fetch after a restart: ids begin at the milliseconds since
/// 1970, of which there are more than fetches. They stay below 2^53, up to which JavaScript counts.
fetch_id last_id_at_start(fetch_id stored, wall_time now);

}  // namespace headway

/// How the hosts of remotes are doing, and what they are therefore asked. Plain class.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <actors/fetch/fetch_policy.hpp>
#include <messages/fetch.hpp>

namespace headway {

/// For each host: how many may ask it at once (additive increase, halved when it asks for less or
/// breaks off), until when it wants to be left alone (Retry-After), and a breaker: after five
/// failures in a row it is not asked but once in a while, after 1 to 15 minutes. Local paths have
/// no host that could be ill.
class host_health {
 public:
  explicit host_health(std::size_t at_once) : at_once_(at_once) {}

  void configure(std::size_t at_once);

  /// Until when the background leaves it alone; nothing: it may be asked. After the breaker's pause
  /// one may ask, and the others wait for what that one finds; when it finds nothing out about the
  /// host, the next one may ask a minute later.
  std::optional<wall_time> closed_until(const std::string& host, wall_time now) const;

  /// How many may ask it at once now. People may ask one that the breaker closes, one at a time,
  /// but nobody one that wants to be left alone.
  std::size_t limit(const std::string& host, wall_time now, fetch_reason reason) const;

  /// The clock was set back: all pauses end as much earlier.
  void set_back(milliseconds by);

  /// Somebody begins to ask.
  void asked(const std::string& host);

  enum class news { none, closed, opened };
  /// What came of it. `closed`: from now on it is not asked.
  news learn(const std::string& host, host_sign sign, std::optional<milliseconds> retry_after,
             wall_time now, chance random);

  /// Why it is not asked as much as it could be; empty when nothing is wrong.
  std::string trouble(const std::string& host, wall_time now) const;

  std::uint32_t failures(const std::string& host) const;

  /// All that are not perfectly well.
  std::vector<std::string> ailing() const;

 private:
  struct record {
    std::uint32_t failures = 0;  ///< In a row.
    std::size_t limit = 0;
    std::size_t successes = 0;  ///< Since the limit last changed.
    milliseconds pause{};
    wall_time closed_until{};
    wall_time rest_until{};
    bool trial = false;  ///< Somebody asks it to see whether it is well again.
  };

  const record* find(const std::string& host) const;
  news fail(record& at, wall_time now, chance random);

  std::size_t at_once_;
  std::map<std::string, record> records_;  ///< Of hosts with a story; the others are well.
};

}  // namespace headway

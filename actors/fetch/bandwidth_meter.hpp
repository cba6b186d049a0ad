/// When transfers may begin so that together they stay within a rate. Plain class.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>

#include <messages/status.hpp>

namespace headway {

/// A token bucket that is charged with what has come: how much a fetch will bring, nobody knows
/// before. So the average is bounded and a single transfer is not; what it brought beyond the rate,
/// the next ones wait for. Ten seconds of silence may be made up for.
class token_bucket {
 public:
  /// Bytes a second; 0: no bound.
  explicit token_bucket(std::uint64_t rate = 0) : rate_(rate) {}

  void charge(std::uint64_t bytes, wall_time now);
  bool open(wall_time now) const;
  /// When it is open again; `now` or before when it is.
  wall_time opens_at() const { return paid_until_; }
  void set_rate(std::uint64_t rate);
  /// The clock was.
  void set_back(wall_time::duration by) { paid_until_ -= by; }

 private:
  std::uint64_t rate_;
  wall_time paid_until_{};  ///< When all that has come is paid off.
};

/// One bucket for all, and one for each host.
class bandwidth_meter {
 public:
  bandwidth_meter(std::uint64_t rate, std::uint64_t rate_per_host)
      : all_(rate), rate_per_host_(rate_per_host) {}

  void configure(std::uint64_t rate, std::uint64_t rate_per_host);
  void set_back(wall_time::duration by);
  void charge(const std::string& host, std::uint64_t bytes, wall_time now);
  bool open(wall_time now) const { return all_.open(now); }
  bool open(const std::string& host, wall_time now) const;

 private:
  token_bucket all_;
  std::uint64_t rate_per_host_;
  std::unordered_map<std::string, token_bucket> hosts_;  ///< Those that owe.
};

}  // namespace headway

/// How often one client may ask. Plain class.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>

namespace headway::gateway {

/// A bucket of tokens for each client, as the time until which its requests are paid for: each
/// costs its share of a second, and two seconds' worth may come at once. Not thread-safe.
class rate_limiter {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `per_second` 0: everybody may ask as often as they like. Beyond `most` clients those go whose
  /// bucket is full, since they are like new ones; if there are none, new ones share a bucket.
  explicit rate_limiter(unsigned per_second, std::size_t most = 65'536)
      : per_second_(per_second), most_(most) {}

  /// Whether `client` may ask; it has then paid. An empty name is that of one who always may.
  bool admit(const std::string& client, time_point now);

  /// How many clients are known.
  std::size_t size() const noexcept { return paid_until_.size(); }

 private:
  time_point& bucket_of(const std::string& client, time_point now);

  unsigned per_second_;
  std::size_t most_;
  std::unordered_map<std::string, time_point> paid_until_;
  time_point of_all_others_{};
};

}  // namespace headway::gateway

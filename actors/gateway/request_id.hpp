/// Names of requests, by which a line of the log and a reply find each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headway::gateway {

/// Not thread-safe: the gateway's thread owns it.
class request_ids {
 public:
  /// Ids of one process share a random beginning, so that logs of several nodes can be joined.
  explicit request_ids(std::uint32_t seed) : seed_(seed) {}

  /// What the client sent if it is 1 to 64 of letters, digits, ".", "_" and "-"; a new id
  /// otherwise.
  std::string choose(const std::optional<std::string>& sent);
  /// A new one in place of what `id` holds.
  void renew(std::string& id);

  /// Whether `choose` would take it.
  static bool is_acceptable(std::string_view id);

 private:
  std::uint32_t seed_;
  std::uint64_t next_ = 0;
};

}  // namespace headway::gateway

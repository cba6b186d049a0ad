/// What becomes of a delivery: whether it is believed, and what it says has moved. Plain class.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <actors/gateway/hooks/hook_delivery.hpp>
#include <config/engine_config.hpp>

namespace headway::gateway {

/// What is answered, and what is told to the engine.
struct hook_verdict {
  unsigned status = 202;
  std::string detail;             ///< Of a refusal, for a person.
  std::vector<std::string> urls;  ///< Of the repository that has moved, in all spellings.
};

/// A delivery is bounded in size before it is read, in number before it is verified, and verified
/// before it is parsed. It is a hint: the worst that a forged or replayed one could do is to make
/// the node look at a remote that it has anyway, every five seconds.
///
/// Secrets are read from their files with each delivery, one a line, so that a new one counts at
/// once; two lines let one take over from the other. One thread.
class hook_receiver {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit hook_receiver(hooks_config config) : config_(std::move(config)) {}

  hook_verdict receive(hook_sender sender, const hook_fields& fields, std::string_view body,
                       time_point now);

 private:
  bool may_come(hook_sender sender, time_point now);
  const std::string& secrets_file(hook_sender sender) const;
  bool is_repeated(hook_sender sender, const hook_fields& fields);

  hooks_config config_;
  std::array<time_point, hook_senders> paid_until_{};
  std::unordered_set<std::string> known_;
  std::deque<std::string> known_order_;
};

}  // namespace headway::gateway

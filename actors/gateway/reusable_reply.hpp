/// A reply as bytes, written once and sent often.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <actors/gateway/reply.hpp>

namespace headway::gateway {

/// What differs between two sendings.
struct sending {
  std::string_view date;
  std::chrono::nanoseconds took{};
  std::string_view id;     ///< X-Request-Id
  std::string_view as_of;  ///< RFC 3339; of the same length as the one in the body.
};

/// For connections that stay, in HTTP/1.1.
class reusable_reply {
 public:
  /// `what` without Server-Timing and X-Request-Id, which follow its other fields. The first
  /// "as_of" of its body, if there is one, is set anew each time.
  reusable_reply(reply what, body_rule body);

  void append_to(std::string& out, const sending& values) const;

 private:
  static constexpr std::size_t gaps = 3;
  std::array<std::string, gaps + 1> pieces_;
  std::size_t as_of_at_ = std::string::npos;  ///< In the last piece.
};

}  // namespace headway::gateway

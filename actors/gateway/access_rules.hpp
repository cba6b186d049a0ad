/// Which requests a browser may have been tricked into.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <actors/gateway/reply.hpp>
#include <actors/gateway/request.hpp>

namespace headway::gateway {

/// Whether the node answers to this machine only.
enum class exposure : std::uint8_t { loopback, network };

/// Refuses
/// - a missing, repeated or malformed Host (400, RFC 9112, 3.2);
/// - on loopback, a Host that is neither an address nor "localhost" nor `bound` (421): a page of
/// another
///   site that has pointed its name at 127.0.0.1 (DNS rebinding) sends its own name there;
/// - a write whose Origin is not the host it is sent to (403): a page of another site.
class access_rules {
 public:
  access_rules(exposure where, std::string bound) : where_(where), bound_(std::move(bound)) {}

  /// Why `asked` is refused, if it is. `authority` is the target's own, if it has one.
  std::optional<reply> refusal(const request& asked, const std::optional<std::string>& authority,
                               std::string_view instance) const;

 private:
  std::optional<reply> host_refusal(std::string_view host, std::string_view instance) const;

  exposure where_;
  std::string bound_;
};

}  // namespace headway::gateway

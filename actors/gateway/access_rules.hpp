/// Which requests a browser may have been tricked into, and who may ask for what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <actors/gateway/reply.hpp>
#include <actors/gateway/request.hpp>
#include <actors/gateway/token_book.hpp>

namespace headway::gateway {

/// Whom a route is for.
enum class audience : std::uint8_t { anyone, readers, writers };

/// Refuses
/// - a missing, repeated or malformed Host (400, RFC 9112, 3.2);
/// - a Host that is neither an address nor "localhost" nor one of `hosts` (421), on a network only
///   if there are any: a page of another site that has pointed its name at this node (DNS
///   rebinding) sends its own name there;
/// - a write whose Origin is not the host it is sent to (403): a page of another site;
/// - on a network, a write without a token that writes, and a read without any if there is one that
///   reads; everywhere, a token that is not in the book (401, 403).
class access_rules {
 public:
  /// `tokens` may be null: there are none.
  explicit access_rules(std::vector<std::string> hosts = {}, token_book_ptr tokens = nullptr)
      : hosts_(std::move(hosts)), tokens_(std::move(tokens)) {}

  /// Why `asked` is refused, if it is. `authority` is the target's own, if it has one.
  std::optional<reply> refusal(const request& asked, const std::optional<std::string>& authority,
                               std::string_view instance) const;

  /// Why `asked` may not have what is for `whom`, if so.
  std::optional<reply> denial(const request& asked, audience whom, std::string_view instance) const;

 private:
  std::optional<reply> host_refusal(exposure from, std::string_view host,
                                    std::string_view instance) const;

  std::vector<std::string> hosts_;
  token_book_ptr tokens_;
};

}  // namespace headway::gateway

/// A complete request as routes see it, free of the parser that read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <actors/gateway/hooks/hook_delivery.hpp>

namespace headway::gateway {

/// The methods that some route has. Every other one is `other` and never allowed.
enum class verb : std::uint8_t { get, head, post, remove, other };

/// Whom a request may come from.
enum class exposure : std::uint8_t {
  unix_socket,  ///< Whoever the modes of the socket let in.
  loopback,     ///< Everybody on this machine, and the pages in their browsers.
  network,
};

/// Webhooks are larger than what else is sent here.
constexpr bool is_hook(std::string_view target) noexcept {
  return target.starts_with("/hooks/");
}

struct request {
  exposure from = exposure::loopback;
  std::string client;  ///< Its address, where its requests are counted; empty: they are not.
  verb method = verb::other;
  std::string target;         ///< As sent.
  bool host_required = true;  ///< HTTP/1.1 must send a Host field, HTTP/1.0 need not.
  std::size_t host_count = 0;
  std::string host;
  std::optional<std::string> origin;
  std::optional<std::string> authorization;
  std::optional<std::string> content_type;
  std::optional<std::string> if_none_match;  ///< All fields of that name, joined by commas.
  std::optional<std::string> accept_encoding;
  std::optional<std::string> last_event_id;
  std::optional<std::string> id;  ///< X-Request-Id.
  hook_fields hooks;              ///< Empty unless the target is below "/hooks/".
  std::string body;
};

}  // namespace headway::gateway

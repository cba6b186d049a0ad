/// A reply and its wire form.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headway::gateway {

class event_reader;

struct reply {
  unsigned status = 200;
  std::string content_type;
  std::string body;
  /// Everything but Content-Type, Content-Length, Connection and Date.
  std::vector<std::pair<std::string_view, std::string>> fields;
  /// Follows the body until one side closes. Such a reply announces no length.
  std::shared_ptr<event_reader> events = nullptr;
};

reply json_reply(unsigned status, std::string body);

/// Called exactly once, on the gateway's thread.
using answer = std::function<void(reply)>;

enum class persistence : std::uint8_t { keep_alive, keep_alive_http10, close };
enum class body_rule : std::uint8_t { send, leave_out };

/// Appends the reply to `out`. `body_rule::leave_out` announces the length all the same, as HEAD
/// wants.
void write(std::string& out, const reply& what, persistence connection, body_rule body,
           std::string_view date);

/// The standard phrase of a status, such as "Not Found".
std::string_view phrase_of(unsigned status);

}  // namespace headway::gateway

/// From the parser's message to the request that routes see.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <actors/gateway/reply.hpp>
#include <actors/gateway/request.hpp>

namespace headway::gateway {

using wire_request = boost::beast::http::request<boost::beast::http::string_body>;

/// Moves the body out of `message`.
request read_request(wire_request& message);

/// Whether it is certain where the body ends (RFC 9112, 6.1): `unclear` is for a server to refuse,
/// and to close, since what follows may be a body or a request.
enum class framing : std::uint8_t { clear, unclear, unknown_coding };
framing framing_of(const wire_request& head);

persistence persistence_of(const wire_request& message);

}  // namespace headway::gateway

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

persistence persistence_of(const wire_request& message);

}  // namespace headway::gateway

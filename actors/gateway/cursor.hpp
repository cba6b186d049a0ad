/// Where a page of the project list ended, in a form that clients keep their hands off.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <messages/ids.hpp>

namespace headway::gateway {

/// base64url (RFC 4648, 5) without padding of a version byte and the last id of the page.
std::string encode_cursor(const project_id& last);

/// Nothing for whatever `encode_cursor` cannot have made.
std::optional<project_id> decode_cursor(std::string_view cursor);

}  // namespace headway::gateway

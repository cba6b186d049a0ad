/// The body of `POST /projects`.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace headway::gateway {

/// What is wrong with a body, and where: a JSON pointer as a URI fragment ("#/path").
struct body_fault {
  std::string detail;
  std::string pointer;
};

/// The path in `{"path": "/absolute/path"}`. Nothing else is taken: no other member, no member
/// twice, no relative path (relative to what?), no NUL.
std::variant<std::string, body_fault> parse_add_request(std::string_view body);

}  // namespace headway::gateway

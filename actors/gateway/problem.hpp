/// Errors as `application/problem+json` (RFC 9457).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/error.hpp>

#include <actors/gateway/reply.hpp>
#include <messages/error.hpp>

namespace headway::gateway {

/// Members beyond the standard ones, such as "pointer".
using problem_members = std::vector<std::pair<std::string_view, std::string>>;

/// The HTTP status that an error of the engine comes to.
unsigned status_of(ec code) noexcept;

/// "type" is "urn:headway:problem:<code>", "title" says what the code means, "detail" is the
/// error's own sentence. Answers that are worth another try carry Retry-After.
reply problem(const caf::error& error, std::string_view instance,
              const problem_members& members = {});

/// A problem of the protocol rather than of the engine: "type" is "about:blank", "title" the phrase
/// of the status.
reply problem(unsigned status, std::string_view detail, std::string_view instance,
              const problem_members& members = {});

}  // namespace headway::gateway

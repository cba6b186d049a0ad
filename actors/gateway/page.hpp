/// The files of the page for browsers, which are part of the program.
#pragma once

#include <string>
#include <string_view>

#include <actors/gateway/reply.hpp>
#include <actors/gateway/request.hpp>

namespace headway::gateway {

/// The file at `path` ("/", "/page.js", …) for whoever asks, compressed where the client takes
/// that, or that it has not changed. REQUIRES: a route leads there.
reply page_file(std::string_view path, const request& asked);

/// Whether "Accept-Encoding" allows gzip (RFC 9110, 12.5.3).
bool accepts_gzip(std::string_view accepted);

}  // namespace headway::gateway

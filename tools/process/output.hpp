/// Results on standard output, with what can go wrong there.
#pragma once

#include <string_view>

#include <caf/error.hpp>

namespace headway::tools {

/// Writes all of `text` to `descriptor`. `cancelled` when the reader has gone away ("| head"),
/// which is nobody's fault; `disk_full` or `io` otherwise. REQUIRES: SIGPIPE is ignored.
caf::error write_all(int descriptor, std::string_view text);

}  // namespace headway::tools

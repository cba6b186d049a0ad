/// What is wrong with an answer of Git's protocol, in words. Private to storage/remote.
#pragma once

#include <string_view>

#include <caf/error.hpp>

namespace headway::remote {

/// `problem` completes "the answer …".
caf::error senseless(std::string_view problem);

/// Of an error packet: the server's own words, printable, redacted, and not too many.
caf::error told_by_remote(std::string_view words);

}  // namespace headway::remote

/// Replies in fewer bytes, where that pays.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <actors/gateway/reply.hpp>
#include <actors/gateway/request.hpp>

namespace headway::gateway {

/// Whether a document of `size` bytes is one that `compress_if_worthwhile` looks at.
bool may_be_compressed(exposure from, std::size_t size);

/// Compresses the body of `result` if it is a large document for somebody on a network who takes
/// gzip. On this machine bytes cost less than compressing them: 14 µs per KiB.
void compress_if_worthwhile(reply& result, exposure from,
                            const std::optional<std::string>& accept_encoding);

}  // namespace headway::gateway

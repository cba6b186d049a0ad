/// Replacing a file of ours as a whole.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <caf/error.hpp>

namespace headway::graph {

using byte_span = std::span<const std::uint8_t>;

template <class T>
byte_span bytes_of(std::span<const T> items) {
  return {reinterpret_cast<const std::uint8_t*>(items.data()), items.size_bytes()};
}

/// Writes `parts` one after the other, to disk, and then in the place of `path`: whoever opens it
/// finds the old file or the new one. Only its owner may read it. `disk_full`,
/// `permission_denied` or `io`; nothing is left behind then.
caf::error replace_file(const std::string& path, std::span<const byte_span> parts);

}  // namespace headway::graph

/// XXH3: fast, and no protection against ill intent. Private to storage/graph.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <storage/graph/written_file.hpp>

namespace headway::graph {

/// Of all parts together.
std::uint64_t checksum64(std::span<const byte_span> parts);

std::array<std::uint8_t, 16> checksum128(byte_span bytes);

}  // namespace headway::graph

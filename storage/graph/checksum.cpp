#include <algorithm>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <storage/graph/checksum.hpp>

namespace headway::graph {

std::uint64_t checksum64(std::span<const byte_span> parts) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  for (const auto& part : parts)
    XXH3_64bits_update(&state, part.data(), part.size());
  return XXH3_64bits_digest(&state);
}

std::array<std::uint8_t, 16> checksum128(byte_span bytes) {
  XXH128_canonical_t sum;
  XXH128_canonicalFromHash(&sum, XXH3_128bits(bytes.data(), bytes.size()));
  std::array<std::uint8_t, 16> result{};
  static_assert(sizeof sum.digest == result.size());
  std::copy_n(sum.digest, result.size(), result.begin());
  return result;
}

}  // namespace headway::graph

/// Numbers in Git's byte order.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

namespace headway::graph {

template <class T>
T to_big_endian(T value) noexcept {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  if constexpr (std::endian::native == std::endian::big)
    return value;
  else if constexpr (sizeof(T) == 4)
    return __builtin_bswap32(value);
  else
    return __builtin_bswap64(value);
}

template <class T>
T big_endian(const std::uint8_t* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return to_big_endian(value);
}

template <class T>
void append_big_endian(std::vector<std::uint8_t>& bytes, T value) {
  value = to_big_endian(value);
  const auto* const from = reinterpret_cast<const std::uint8_t*>(&value);
  bytes.insert(bytes.end(), from, from + sizeof value);
}

}  // namespace headway::graph

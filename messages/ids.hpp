/// The names of things: object ids, projects, fetches. Each is a type of its own so that the
/// compiler refuses to mix them up.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace headway {

/// A SHA-1 object id of Git. The zero id stands for "no object" in ref updates only.
struct oid {
  std::array<std::uint8_t, 20> bytes{};

  friend auto operator<=>(const oid&, const oid&) = default;

  bool is_zero() const noexcept { return *this == oid{}; }

  /// Forty lower-case hexadecimal digits.
  std::string hex() const;

  /// Nothing unless `text` is exactly forty hexadecimal digits.
  static std::optional<oid> from_hex(std::string_view text) noexcept;
};

/// The public name of a project: a slug of its folder name ("linux", "linux-2"), unique in a node
/// and never given to another path.
struct project_id {
  std::string slug;

  friend auto operator<=>(const project_id&, const project_id&) = default;
};

/// One fetch that somebody or the schedule asked for; grows over restarts.
struct fetch_id {
  std::uint64_t value = 0;

  friend auto operator<=>(const fetch_id&, const fetch_id&) = default;
};

}  // namespace headway

template <>
struct std::hash<headway::oid> {
  std::size_t operator()(const headway::oid& x) const noexcept {
    // Object ids are uniformly distributed already.
    std::size_t value;
    std::memcpy(&value, x.bytes.data(), sizeof value);
    return value;
  }
};

template <>
struct std::hash<headway::project_id> {
  std::size_t operator()(const headway::project_id& x) const noexcept {
    return std::hash<std::string>{}(x.slug);
  }
};

/// Durations and sizes as a person writes them: a whole number and a unit, such as "30 s" or "256
/// MiB".
///
/// Exact: no fractions, no rounding, no overflow. At most one space stands between number and unit;
/// units are case-sensitive, so that "MiB" is never taken for "mib" or "MB". Pure functions; any
/// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

namespace headway {

/// What `parse_duration` and `parse_size` take, for messages.
inline constexpr std::string_view duration_form =
    "a whole number and one of ms, s, min, h, d, such as \"30 s\"";
inline constexpr std::string_view size_form =
    "a whole number and one of B, KiB, MiB, GiB, such as \"64 MiB\"";

/// Fails with `ec::config` and a sentence such as `has no unit: write …`.
caf::expected<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Bytes; fails as `parse_duration` does.
caf::expected<std::uint64_t> parse_size(std::string_view text);

/// In the largest unit that divides exactly: 90 s is "90 s", 120 s is "2 min", nothing is "0 s".
std::string format_duration(std::chrono::milliseconds duration);

/// In the largest unit that divides exactly; no bytes are "0 B".
std::string format_size(std::uint64_t bytes);

}  // namespace headway

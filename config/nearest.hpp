/// Finds what a person who mistyped the name of an option may have meant.
#pragma once

#include <cstddef>
#include <string_view>

namespace headway {

/// Fewest insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`: the
/// optimal string alignment distance (Damerau 1964), in memory proportional to the shorter text.
/// Where it is more than `at_most`, only that is found out (Ukkonen 1985): the answer is one more.
std::size_t edit_distance(std::string_view a, std::string_view b,
                          std::size_t at_most = std::string_view::npos);

/// The option whose dotted key is nearest to `key`, or the one that only lacks its section; empty
/// if none is near enough to be meant.
std::string_view nearest_option(std::string_view key);

/// The section of the options that is nearest to `name`; empty if none is near enough.
std::string_view nearest_section(std::string_view name);

}  // namespace headway

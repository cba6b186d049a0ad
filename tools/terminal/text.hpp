/// Text of unknown origin on a terminal: made harmless, measured, shortened.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace headway::terminal {

/// `bytes` with everything replaced that would move the cursor, change colours, reorder the line or
/// end it: control characters, invisible direction marks and ill-formed UTF-8 become `\x1b`,
/// `\u202e`, `\xff`. A name that a stranger has chosen (a branch, a folder) cannot forge a line of
/// output this way.
std::string printable(std::string_view bytes);

/// Columns that `text` takes: 2 for East Asian wide characters, 0 for combining marks. REQUIRES:
/// `text` came out of `printable`.
std::size_t width(std::string_view text);

/// `text`, or its beginning and end with "…" between them, in at most `columns`. The end stays
/// because names of branches and paths differ there. REQUIRES: `text` came out of `printable`.
std::string shortened(std::string_view text, std::size_t columns);

/// `text` with spaces between words turned into ends of lines so that no line takes more than
/// `columns`, unless a single word does. REQUIRES: `text` came out of `printable`.
std::string wrapped(std::string_view text, std::size_t columns);

}  // namespace headway::terminal

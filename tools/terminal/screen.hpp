/// What is at the other end of a stream: a terminal, how wide, with colours or without.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace headway::terminal {

inline constexpr std::size_t unlimited_columns = std::numeric_limits<std::size_t>::max();

/// Everything that decisions about output are made from; looked up once.
struct screen_facts {
  enum class kind_of_sink : std::uint8_t { terminal, other };
  kind_of_sink sink = kind_of_sink::other;
  std::size_t window_columns = 0;  ///< As the terminal says; 0: it does not.
  std::string columns;             ///< $COLUMNS, and so on; empty when unset.
  std::string no_color;
  std::string term;
};

/// `descriptor` is 1 or 2.
screen_facts facts_of(int descriptor);

struct window_size {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// As the terminal at `descriptor` says now; 80 by 24 where it does not.
window_size size_of(int descriptor);

/// Columns that a line may take: unlimited when the output is no terminal (a file is read by
/// programs); else what the terminal says, what $COLUMNS says, or 80.
std::size_t columns_of(const screen_facts& facts) noexcept;

enum class color_mode : std::uint8_t { automatic, always, never };
enum class color_use : std::uint8_t { plain, colored };

/// Colours appear on terminals that have them, unless NO_COLOR (https://no-color.org) holds
/// anything. What the command line says goes over both.
color_use colors_of(color_mode mode, const screen_facts& facts) noexcept;

enum class tone : std::uint8_t { normal, heading, good, notice, bad, faint };

/// `text` between the escape sequences of `look`.
std::string painted(std::string_view text, tone look, color_use colors);

}  // namespace headway::terminal

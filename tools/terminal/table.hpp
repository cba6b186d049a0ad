/// Rows and columns that fit a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tools/terminal/screen.hpp>

namespace headway::terminal {

enum class alignment : std::uint8_t { left, right };

struct column {
  std::string heading;
  alignment side = alignment::left;
  /// Cells are shortened to no less than this while other columns have room to give.
  std::size_t narrowest = unlimited_columns;
  /// On a very narrow terminal columns go in this order, 1 first; 0 stays.
  unsigned leaves = 0;
};

struct cell {
  std::string text;  ///< Any bytes: made printable when added.
  tone look = tone::normal;
};

/// Not thread-safe.
class table {
 public:
  explicit table(std::vector<column> columns);

  /// Missing cells are empty. REQUIRES: no more cells than columns.
  void add(std::vector<cell> row);

  std::size_t rows() const noexcept { return rows_.size(); }

  /// Lines of at most `columns`, each with its end. Nothing when there is no row.
  std::string render(std::size_t columns, color_use colors) const;

 private:
  std::vector<std::size_t> natural_widths() const;
  std::vector<std::size_t> fitting_widths(std::size_t columns) const;
  std::string line(const std::vector<cell>& row, const std::vector<std::size_t>& widths,
                   color_use colors) const;

  std::vector<column> columns_;
  std::vector<std::vector<cell>> rows_;
};

}  // namespace headway::terminal

#include <algorithm>
#include <numeric>
#include <utility>

#include <tools/terminal/table.hpp>
#include <tools/terminal/text.hpp>

namespace headway::terminal {

namespace {

constexpr std::size_t gap = 2;

/// Of the widths that are not 0: a column of width 0 is left out, with its gap.
std::size_t total(const std::vector<std::size_t>& widths) {
  const auto shown = static_cast<std::size_t>(
      std::ranges::count_if(widths, [](std::size_t width) { return width != 0; }));
  return std::accumulate(widths.begin(), widths.end(), shown == 0 ? 0 : (shown - 1) * gap);
}

/// Takes one column after the other from the widest that has some to give, so that short cells stay
/// whole.
void shrink(std::vector<std::size_t>& widths, const std::vector<std::size_t>& narrowest,
            std::size_t columns) {
  for (auto excess = total(widths); excess > columns; --excess) {
    auto widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i)
      if (widths[i] > narrowest[i] && (widest == widths.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == widths.size())
      return;
    --widths[widest];
  }
}

void append_spaces(std::string& out, std::size_t count) {
  out.append(count, ' ');
}

}  // namespace

table::table(std::vector<column> columns) : columns_(std::move(columns)) {}

void table::add(std::vector<cell> row) {
  row.resize(columns_.size());
  for (auto& cell : row)
    cell.text = printable(cell.text);
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> table::natural_widths() const {
  std::vector<std::size_t> widths;
  for (const auto& column : columns_)
    widths.push_back(width(column.heading));
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width(row[i].text));
  return widths;
}

std::vector<std::size_t> table::fitting_widths(std::size_t columns) const {
  const auto natural = natural_widths();
  std::vector<std::size_t> narrowest;
  for (const auto& column : columns_)
    narrowest.push_back(column.narrowest);
  const auto last_to_leave = std::ranges::max(columns_, {}, &column::leaves).leaves;
  auto widths = natural;
  shrink(widths, narrowest, columns);
  for (unsigned turn = 1; turn <= last_to_leave && total(widths) > columns; ++turn) {
    widths = natural;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].leaves != 0 && columns_[i].leaves <= turn)
        widths[i] = 0;
    shrink(widths, narrowest, columns);
  }
  shrink(widths, std::vector<std::size_t>(widths.size(), 1), columns);
  return widths;
}

std::string table::line(const std::vector<cell>& row, const std::vector<std::size_t>& widths,
                        color_use colors) const {
  std::string result;
  std::size_t owed = 0;  // Spaces that only a further cell makes necessary: no line ends in one.
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (widths[i] == 0)
      continue;
    const auto text = shortened(row[i].text, widths[i]);
    const auto room = widths[i] - width(text);
    const auto before = columns_[i].side == alignment::right ? room : 0;
    if (!text.empty()) {
      append_spaces(result, owed + before);
      result += painted(text, row[i].look, colors);
      owed = 0;
    }
    owed += (text.empty() ? widths[i] : room - before) + gap;
  }
  return result.append("\n");
}

std::string table::render(std::size_t columns, color_use colors) const {
  if (rows_.empty())
    return {};
  const auto widths = fitting_widths(columns);
  std::vector<cell> headings;
  for (const auto& column : columns_)
    headings.push_back({column.heading, tone::heading});
  auto result = line(headings, widths, colors);
  for (const auto& row : rows_)
    result += line(row, widths, colors);
  return result;
}

}  // namespace headway::terminal

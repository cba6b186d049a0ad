/// Help that fits into a terminal of 80 columns.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include <tools/terminal/text.hpp>

namespace headway::tools {

/// CLI11 puts each description on one line, however long. To be set before subcommands are added,
/// which take it over.
class narrow_help : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    const auto help = CLI::Formatter::make_help(app, std::move(name), mode);
    std::string result;
    for (std::string_view rest = help; !rest.empty();) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      result += in_columns(line) + '\n';
    }
    return result;
  }

 private:
  static constexpr std::size_t columns = 80;

  /// A list of choices is one word to CLI11.
  static std::string with_gaps(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
      result += text[i];
      if (text[i] == ',' && i + 1 < text.size() && text[i + 1] != ' ')
        result += ' ';
    }
    return result;
  }

  /// What does not fit goes below the words that it belongs to.
  static std::string in_columns(std::string_view line) {
    if (terminal::width(line) <= columns)
      return std::string{line};
    const auto words = std::min(line.find_first_not_of(' '), line.size());
    const auto gap = line.find("  ", words);
    const auto begin =
        words == 0 || gap == std::string_view::npos ? words : line.find_first_not_of(' ', gap);
    auto text = terminal::wrapped(with_gaps(line.substr(begin)), columns - begin);
    for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
      text.insert(at + 1, begin, ' ');
    return std::string{line.substr(0, begin)} + text;
  }
};

}  // namespace headway::tools

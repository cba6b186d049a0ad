#include <algorithm>
#include <string_view>

#include <config/option_values.hpp>
#include <config/options.hpp>
#include <config/print.hpp>

namespace headway {
namespace {

constexpr std::string_view introduction =
    "Configuration of headwayd. Every option is here with its default value: an option that is "
    "left out "
    "has that value. Durations are whole numbers with a unit (ms, s, min, h, d), and so are sizes "
    "(B, "
    "KiB, MiB, GiB). \"headwayd --check-config --config FILE\" checks a file; SIGHUP makes a "
    "running "
    "node read it again and take over the options marked \"changes while running\".";

constexpr std::size_t columns = 100;

/// As comment lines.
std::string commented(std::string_view text) {
  std::string result, line = "#";
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (line.size() + 1 + word.size() > columns) {
      result += line + "\n";
      line = "#";
    }
    line += " " + std::string{word};
  }
  return result + line + "\n";
}

/// One item a line.
std::string tall_list(const std::vector<std::string>& items) {
  std::string text = "[\n";
  for (const auto& item : items)
    text += "  " + toml_string(item) + ",\n";
  return text + "]";
}

std::string assignment(const config_option& option, const node_config& config) {
  const auto start = std::string{option.name()} + " = ";
  const auto value = option.get(config);
  auto text = format_value(option, value);
  if (const auto* items = std::get_if<std::vector<std::string>>(&value);
      items && start.size() + text.size() > columns)
    text = tall_list(*items);
  return start + text + "\n";
}

std::string documented(const config_option& option, const node_config& defaults) {
  const auto* change = option.change == option_change::while_running ? "Changes while running."
                                                                     : "A change needs a restart.";
  return "\n" + commented(option.meaning) +
         commented("Takes " + allowed_values(option) + ". " + change) +
         assignment(option, defaults);
}

}  // namespace

std::string print_config(const node_config& config) {
  std::string text;
  for (const auto& section : config_sections()) {
    text += (text.empty() ? "[" : "\n[") + std::string{section.name} + "]\n";
    for (const auto& option : config_options())
      if (option.section() == section.name)
        text += assignment(option, config);
  }
  return text;
}

std::string example_config() {
  const node_config defaults;
  auto text = commented(introduction);
  for (const auto& section : config_sections()) {
    text += "\n\n" + commented(section.meaning) + "[" + std::string{section.name} + "]\n";
    for (const auto& option : config_options())
      if (option.section() == section.name)
        text += documented(option, defaults);
  }
  return text;
}

}  // namespace headway

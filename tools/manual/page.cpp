#include <algorithm>
#include <cctype>

#include <config/option_values.hpp>
#include <config/options.hpp>
#include <tools/manual/page.hpp>

namespace headway::tools {

namespace {

/// `text` where roff reads it: what it would take for its own is escaped.
std::string roff(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool line_begins = i == 0 || text[i - 1] == '\n';
    if (line_begins && (c == '.' || c == '\''))
      result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else if (c == '"')
      result += "\\(dq";
    else
      result += c;
  }
  return result;
}

std::string bold(std::string_view text) {
  return "\\fB" + roff(text) + "\\fP";
}

std::string italic(std::string_view text) {
  return "\\fI" + roff(text) + "\\fP";
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string title(std::string_view name, std::string_view section, std::string_view version) {
  return ".TH " + upper(std::string{name}) + " " + std::string{section} + " \"\" \"Headway " +
         std::string{version} + "\"\n.nh\n.ad l\n";
}

/// The first sentence of a description, as the line NAME wants it.
std::string summary(std::string meaning) {
  if (meaning.ends_with('.'))
    meaning.pop_back();
  if (!meaning.empty())
    meaning[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(meaning[0])));
  return meaning;
}

std::string synopsis(const command_words& command) {
  std::string text = bold(command.name);
  if (!command.options.empty())
    text += " [" + italic("OPTIONS") + "]";
  for (const auto& operand : command.operands)
    text += operand.required ? " " + italic(operand.name) + "..."
                             : " [" + italic(operand.name) + "...]";
  if (!command.commands.empty())
    text += " " + italic("COMMAND");
  return text;
}

std::string options(const command_words& command, const std::vector<option_words>& known) {
  std::string text;
  for (const auto& option : command.options) {
    // What stands before the command as well is described once.
    if (std::ranges::any_of(known, [&](const auto& each) { return each.names == option.names; }))
      continue;
    text += ".TP\n";
    const char* separator = "";
    for (const auto& name : option.names) {
      text += separator + bold(name);
      separator = ", ";
    }
    if (!option.value.empty())
      text += " " + italic(option.value);
    text += "\n" + roff(option.meaning) + ".\n";
  }
  return text;
}

std::string operands(const command_words& command) {
  std::string text;
  for (const auto& operand : command.operands)
    text += ".TP\n" + italic(operand.name) + "\n" + roff(operand.meaning) + ".\n";
  return text;
}

void describe(std::string& text, const command_words& command, const std::string& path,
              const std::vector<option_words>& known) {
  for (const auto& each : command.commands) {
    auto named = each;
    named.name = path.empty() ? each.name : path + " " + each.name;
    if (!each.commands.empty()) {
      describe(text, each, named.name, known);
      continue;
    }
    named.options.erase(std::remove_if(named.options.begin(), named.options.end(),
                                       [&](const option_words& option) {
                                         return std::ranges::any_of(known, [&](const auto& one) {
                                           return one.names == option.names;
                                         });
                                       }),
                        named.options.end());
    text += ".SS " + synopsis(named) + "\n" + roff(each.meaning) + ".\n" + operands(each) +
            options(each, known);
  }
}

/// Paragraphs of an epilogue; single ends of lines were for narrow terminals.
std::string paragraphs(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto end = std::min(text.find("\n\n"), text.size());
    std::string paragraph{text.substr(0, end)};
    std::ranges::replace(paragraph, '\n', ' ');
    result += ".PP\n" + roff(paragraph) + "\n";
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return result;
}

}  // namespace

std::string program_page(const command_words& program, std::string_view section,
                         std::string_view version) {
  std::string text = title(program.name, section, version);
  text += ".SH NAME\n" + roff(program.name) + " \\- " + roff(summary(program.meaning)) + "\n";
  text += ".SH SYNOPSIS\n" + synopsis(program) + "\n";
  text += ".SH OPTIONS\n" + options(program, {});
  if (!program.commands.empty()) {
    text += ".SH COMMANDS\n";
    describe(text, program, "", program.options);
  }
  text += ".SH NOTES\n" + paragraphs(program.epilogue);
  text += ".SH SEE ALSO\n.BR headway (1),\n.BR headwayd (8),\n.BR headwayd.toml (5)\n";
  return text;
}

std::string configuration_page(std::string_view version) {
  std::string text = title("headwayd.toml", "5", version);
  text += ".SH NAME\nheadwayd.toml \\- configuration of headwayd\n";
  text +=
      ".SH DESCRIPTION\nTOML. An option that is left out has its default. Durations are whole "
      "numbers with a unit (ms, s, min, h, d), and so are sizes (B, KiB, MiB, GiB). Unknown "
      "options are errors.\n.PP\n.B headwayd \\-\\-check\\-config\nchecks a file; SIGHUP makes a "
      "running node read it again and take over what changes while running.\n";
  const node_config defaults;
  for (const auto& section : config_sections()) {
    text += ".SH [" + roff(section.name) + "]\n" + roff(section.meaning) + "\n";
    for (const auto& option : config_options()) {
      if (option.section() != section.name)
        continue;
      text += ".TP\n" + bold(option.name()) + " = " +
              roff(format_value(option, option.get(defaults))) + "\n" + roff(option.meaning) +
              " Takes " + roff(allowed_values(option)) + ".\n" +
              (option.change == option_change::while_running ? "Changes while running.\n"
                                                             : "A change needs a restart.\n");
    }
  }
  text += ".SH SEE ALSO\n.BR headwayd (8)\n";
  return text;
}

}  // namespace headway::tools

/// From the parser's own description of a command line to a value. For the files that make parsers
/// only: CLI11 is slow to compile.
#pragma once

#include <sstream>

#include <CLI/CLI.hpp>

#include <tools/process/command_words.hpp>

namespace headway::tools {

/// "{a,b,c}", as CLI11 writes a choice, as its parts.
inline std::vector<std::string> choices_in(std::string text) {
  const auto begin = text.find('{');
  const auto end = text.find('}');
  std::vector<std::string> choices;
  if (begin == std::string::npos || end == std::string::npos)
    return choices;
  std::istringstream inside{text.substr(begin + 1, end - begin - 1)};
  for (std::string choice; std::getline(inside, choice, ',');)
    choices.push_back(choice);
  return choices;
}

inline command_words words_of(const CLI::App& app) {
  command_words words;
  words.name = app.get_name();
  words.meaning = app.get_description();
  words.epilogue = app.get_footer();
  for (const auto* option : app.get_options()) {
    const auto type = option->get_type_name();
    const auto value = type.substr(0, type.find_first_of(":{ "));
    if (option->nonpositional()) {
      option_words each{{},
                        option->get_items_expected_max() == 0 ? "" : value,
                        choices_in(type),
                        option->get_description()};
      for (const auto& name : option->get_snames())
        each.names.push_back("-" + name);
      for (const auto& name : option->get_lnames())
        each.names.push_back("--" + name);
      words.options.push_back(std::move(each));
    } else {
      words.operands.push_back(
          {value, choices_in(type), option->get_description(), option->get_required()});
    }
  }
  for (const auto* command : app.get_subcommands({}))
    words.commands.push_back(words_of(*command));
  return words;
}

}  // namespace headway::tools

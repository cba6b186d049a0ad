#include <algorithm>
#include <string_view>

#include <tools/headway/completion.hpp>

namespace headway::tools {

namespace {

/// What a value is completed with.
enum class filling : std::uint8_t { nothing, choices, files, folders, projects };

filling filling_of(std::string_view value, const std::vector<std::string>& choices) {
  if (!choices.empty())
    return filling::choices;
  if (value == "FILE")
    return filling::files;
  if (value == "DIR" || value == "PATH")
    return filling::folders;
  return value == "ID" ? filling::projects : filling::nothing;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator = " ") {
  std::string text;
  for (const auto& word : words)
    text.append(text.empty() ? "" : separator).append(word);
  return text;
}

/// Between single quotation marks, for a shell.
std::string quoted(std::string_view text) {
  std::string result{"'"};
  for (const char c : text)
    if (c == '\'')
      result += "'\\''";
    else
      result += c;
  return result + "'";
}

std::vector<std::string> option_names(const command_words& command) {
  std::vector<std::string> names;
  for (const auto& option : command.options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::vector<std::string> command_names(const command_words& command) {
  std::vector<std::string> names;
  for (const auto& each : command.commands)
    names.push_back(each.name);
  return names;
}

/// Every command with the words that lead to it: "", "status", "db check".
template <class Visit>
void for_each_command(const command_words& command, const std::string& path, Visit visit) {
  visit(path, command);
  for (const auto& each : command.commands)
    for_each_command(each, path.empty() ? each.name : path + " " + each.name, visit);
}

/// The ids of all projects, in a shell's words; silent without a node.
constexpr std::string_view ids = "headway list 2>/dev/null | awk 'NR > 1 { print $1 }'";

std::string bash_action(filling what, const std::vector<std::string>& choices) {
  switch (what) {
    case filling::choices:
      return "COMPREPLY=($(compgen -W " + quoted(joined(choices)) + " -- \"$current\"))";
    case filling::files:
      return "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$current\"))";
    case filling::folders:
      return "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- \"$current\"))";
    case filling::projects:
      return "COMPREPLY=($(compgen -W \"$(" + std::string{ids} + ")\" -- \"$current\"))";
    case filling::nothing:
      break;
  }
  return "COMPREPLY=()";
}

std::string bash_script(const command_words& program) {
  std::string text =
      "# bash completion for headway; write it to "
      "/usr/share/bash-completion/completions/headway, or: source <(headway completion bash)\n"
      "_headway() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= "
      "word i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    case \"$command $word\" in\n";
  for_each_command(program, "", [&](const std::string& path, const command_words&) {
    if (const auto space = path.rfind(' '); !path.empty())
      text += "      " +
              quoted((space == path.npos ? "" : path.substr(0, space)) + " " +
                     path.substr(space == path.npos ? 0 : space + 1)) +
              ") command=" + quoted(path) + " ;;\n";
  });
  text += "    esac\n  done\n  case \"$command|$previous\" in\n";
  for_each_command(program, "", [&](const std::string& path, const command_words& command) {
    for (const auto& option : command.options) {
      if (option.value.empty())
        continue;
      std::vector<std::string> patterns;
      for (const auto& name : option.names)
        patterns.push_back(quoted(path + "|" + name));
      text += "    " + joined(patterns, "|") + ") " +
              bash_action(filling_of(option.value, option.choices), option.choices) +
              "; return ;;\n";
    }
  });
  text += "  esac\n  case \"$command|$current\" in\n";
  for_each_command(program, "", [&](const std::string& path, const command_words& command) {
    text += "    " + quoted(path + "|") + "-*) COMPREPLY=($(compgen -W " +
            quoted(joined(option_names(command))) + " -- \"$current\")) ;;\n";
    const auto& operands = command.operands;
    text += "    " + quoted(path + "|") + "*) ";
    if (!command.commands.empty())
      text += bash_action(filling::choices, command_names(command));
    else if (!operands.empty())
      text += bash_action(filling_of(operands.front().name, operands.front().choices),
                          operands.front().choices);
    else
      text += bash_action(filling::choices, option_names(command));
    text += " ;;\n";
  });
  return text + "  esac\n}\ncomplete -F _headway headway\n";
}

/// For zsh, where ':' and brackets have a meaning.
std::string zsh_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']')
      result += '\\';
    result += c;
  }
  return result;
}

std::string zsh_action(filling what, const std::vector<std::string>& choices) {
  switch (what) {
    case filling::choices:
      return "(" + joined(choices) + ")";
    case filling::files:
      return "_files";
    case filling::folders:
      return "_files -/";
    case filling::projects:
      return "_headway_projects";
    case filling::nothing:
      break;
  }
  return " ";
}

std::string zsh_function(const std::string& path) {
  auto name = "_headway_" + path;
  std::ranges::replace(name, ' ', '_');
  return path.empty() ? "_headway" : name;
}

std::string zsh_script(const command_words& program) {
  std::string text =
      "#compdef headway\n"
      "# zsh completion for headway; write it to a file _headway in a folder of $fpath.\n"
      "_headway_projects() {\n  compadd -- ${(f)\"$(" +
      std::string{ids} + ")\"}\n}\n";
  for_each_command(program, "", [&](const std::string& path, const command_words& command) {
    text += zsh_function(path) + "() {\n  local line state\n  _arguments -C";
    for (const auto& option : command.options)
      for (const auto& name : option.names)
        text += " \\\n    " + quoted(name + "[" + zsh_text(option.meaning) + "]" +
                                     (option.value.empty()
                                          ? ""
                                          : ":" + option.value + ":" +
                                                zsh_action(filling_of(option.value, option.choices),
                                                           option.choices)));
    if (command.commands.empty()) {
      for (const auto& operand : command.operands)
        text += " \\\n    " +
                quoted("*:" + operand.name + ":" +
                       zsh_action(filling_of(operand.name, operand.choices), operand.choices));
      text += "\n}\n";
      return;
    }
    text +=
        " \\\n    '1: :->command' '*::argument:->arguments'\n  case $state in\n"
        "    command)\n      local -a commands=(";
    for (const auto& each : command.commands)
      text += " " + quoted(each.name + ":" + zsh_text(each.meaning));
    text += " )\n      _describe command commands ;;\n    arguments)\n      case $line[1] in\n";
    for (const auto& each : command.commands)
      text += "        " + each.name + ") " +
              zsh_function(path.empty() ? each.name : path + " " + each.name) + " ;;\n";
    text += "      esac ;;\n  esac\n}\n";
  });
  return text +
         "if [ \"$funcstack[1]\" = _headway ]; then _headway \"$@\"; else compdef _headway "
         "headway; fi\n";
}

std::string fish_action(filling what, const std::vector<std::string>& choices) {
  switch (what) {
    case filling::choices:
      return " -x -a " + quoted(joined(choices));
    case filling::files:
      return " -r -F";
    case filling::folders:
      return " -x -a '(__fish_complete_directories)'";
    case filling::projects:
      return " -x -a " + quoted("(" + std::string{ids} + ")");
    case filling::nothing:
      break;
  }
  return " -x";
}

std::string fish_script(const command_words& program) {
  std::string text =
      "# fish completion for headway; write it to ~/.config/fish/completions/headway.fish\n"
      "complete -c headway -f\n";
  for_each_command(program, "", [&](const std::string& path, const command_words& command) {
    const auto last = path.substr(path.rfind(' ') == path.npos ? 0 : path.rfind(' ') + 1);
    auto condition =
        path.empty() ? std::string{"__fish_use_subcommand"} : "__fish_seen_subcommand_from " + last;
    if (!path.empty() && !command.commands.empty())
      condition += "; and not __fish_seen_subcommand_from " + joined(command_names(command));
    const auto rule = "complete -c headway -n " + quoted(condition);
    for (const auto& each : command.commands)
      text += rule + " -a " + each.name + " -d " + quoted(each.meaning) + "\n";
    for (const auto& option : command.options) {
      text += rule;
      for (const auto& name : option.names)
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!option.value.empty())
        text += fish_action(filling_of(option.value, option.choices), option.choices);
      text += " -d " + quoted(option.meaning) + "\n";
    }
    if (command.commands.empty() && !command.operands.empty())
      text +=
          rule +
          fish_action(filling_of(command.operands.front().name, command.operands.front().choices),
                      command.operands.front().choices) +
          "\n";
  });
  return text;
}

}  // namespace

std::string completion_script(shell which, const command_words& program) {
  switch (which) {
    case shell::bash:
      return bash_script(program);
    case shell::zsh:
      return zsh_script(program);
    case shell::fish:
      return fish_script(program);
  }
  return {};
}

}  // namespace headway::tools

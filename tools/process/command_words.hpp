/// A command line as a value: what help, completions and manual pages are made of.
#pragma once

#include <string>
#include <vector>

namespace headway::tools {

struct option_words {
  std::vector<std::string> names;    ///< "--node"; short ones first.
  std::string value;                 ///< What it takes, such as "FILE"; empty: a flag.
  std::vector<std::string> choices;  ///< All that it takes, where that is few.
  std::string meaning;
};

struct operand_words {
  std::string name;  ///< "DIR"
  std::vector<std::string> choices;
  std::string meaning;
  bool required = false;
};

struct command_words {
  std::string name;
  std::string meaning;
  std::string epilogue;
  std::vector<option_words> options;
  std::vector<operand_words> operands;
  std::vector<command_words> commands;
};

}  // namespace headway::tools

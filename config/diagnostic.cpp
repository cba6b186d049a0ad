#include <config/diagnostic.hpp>

namespace headway {

std::string to_string(const diagnostic& problem) {
  std::string text = problem.file;
  if (problem.line != 0)
    text += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
  if (!text.empty())
    text += ": ";
  text += problem.key;
  if (!problem.value.empty())
    text += " = " + problem.value;
  if (!problem.key.empty())
    text += ": ";
  return text + problem.message;
}

std::string to_string(const std::vector<diagnostic>& problems) {
  std::string text;
  for (const auto& problem : problems)
    text += to_string(problem) + "\n";
  return text;
}

}  // namespace headway

#include <string>

#include <config/nearest.hpp>
#include <config/option_values.hpp>
#include <config/options.hpp>
#include <config/override.hpp>
#include <messages/error.hpp>

namespace headway {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == text.npos)
    return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

diagnostic refuse(std::string_view key, std::string value, std::string message) {
  diagnostic problem;
  problem.file = "--set";
  problem.key = key;
  problem.value = shortened(std::move(value));
  problem.message = std::move(message);
  return problem;
}

}  // namespace

std::optional<diagnostic> apply_override(node_config& config, std::string_view assignment) {
  const auto equals = assignment.find('=');
  const auto key = trimmed(assignment.substr(0, equals));
  if (equals == assignment.npos || key.empty())
    return refuse({}, {},
                  shortened(toml_string(assignment)) +
                      " is no assignment; allowed: KEY=VALUE, such as \"log.level=debug\"");
  const auto text = trimmed(assignment.substr(equals + 1));
  const auto* option = find_option(key);
  if (!option) {
    const auto meant = nearest_option(key);
    // Shown only if an option of ours was meant: anything else may be a secret.
    if (meant.empty())
      return refuse(shortened(toml_string(key)), {},
                    "is unknown; --print-config shows all options");
    return refuse(shortened(toml_string(key)), toml_string(text),
                  "is unknown (did you mean " + std::string{meant} + "?)");
  }
  const auto value = parse_value(*option, text);
  if (!value)
    return refuse(key, presentable(*option, toml_string(text)), detail_of(value.error()));
  option->set(config, *value);
  return std::nullopt;
}

}  // namespace headway

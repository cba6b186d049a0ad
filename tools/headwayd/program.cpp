#include <iostream>
#include <variant>

#include <unistd.h>

#include <config/print.hpp>
#include <tools/headwayd/configuration.hpp>
#include <tools/headwayd/options.hpp>
#include <tools/headwayd/program.hpp>
#include <tools/headwayd/serving.hpp>
#include <tools/process/early_end.hpp>
#include <tools/process/output.hpp>

namespace headway::tools {

namespace {

int print(const std::string& text) {
  const auto error = write_all(STDOUT_FILENO, text);
  return error ? node_cannot_run : node_ok;
}

std::string approval(const node_configuration& configuration) {
  return configuration.file ? configuration.file->string() + ": ok\n"
                            : std::string{"no configuration file; the defaults apply: ok\n"};
}

}  // namespace

int run_headwayd(std::vector<std::string> arguments) {
  const auto parsed = parse_node_options(std::move(arguments));
  if (const auto* end = std::get_if<early_end>(&parsed))
    return end_early(*end);
  const auto& options = std::get<node_options>(parsed);
  const auto configuration = configure(options, process_environment());
  if (!configuration.problems.empty()) {
    std::cerr << to_string(configuration.problems);
    return node_misused;
  }
  switch (options.task) {
    case node_options::work::check_config:
      return print(approval(configuration));
    case node_options::work::print_config:
      return print(print_config(configuration.config));
    case node_options::work::serve:
      break;
  }
  return serve(options, configuration);
}

}  // namespace headway::tools

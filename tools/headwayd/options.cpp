#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

#include <tools/headwayd/options.hpp>
#include <tools/process/narrow_help.hpp>
#include <tools/process/version.hpp>
#include <tools/process/words_of.hpp>

namespace headway::tools {

namespace {

constexpr const char* epilogue =
    "Without --config, $XDG_CONFIG_HOME/headway/headwayd.toml (~/.config/…) is read if it exists. "
    "Data is kept in\n"
    "$XDG_STATE_HOME/headway (~/.local/state/headway) unless database.directory names another "
    "folder.\n\n"
    "Signals: SIGHUP reads the configuration again; SIGTERM and SIGINT stop in order, a second one "
    "at once.\n\n"
    "Exit status: 0 stopped as asked, or nothing wrong; 1 the node cannot run (port taken, data "
    "directory in\n"
    "use, ...); 2 wrong usage or configuration.";

constexpr const char* meaning =
    "Keeps the sync status of many Git clones true and fresh, and answers it over HTTP.";

void describe_options(CLI::App& app, node_options& options) {
  app.set_version_flag("--version", version_text("headwayd"));
  app.formatter(std::make_shared<narrow_help>());
  app.footer(epilogue);
  app.add_option("--config", options.config_file, "Configuration file (TOML)")->type_name("FILE");
  app.add_option("--set", options.overrides,
                 "One option over the file, such as http.port=0; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--log-level", options.log_level,
                 "trace, debug, info, warn or error; over the file")
      ->type_name("LEVEL");
  app.add_flag_callback(
      "--in-memory", [&] { options.keeps = node_options::memory::none; },
      "Keep nothing: no data directory");
  app.add_option("--add", options.add, "Register the repository at DIR; repeatable")
      ->type_name("DIR")
      ->allow_extra_args(false);
  app.add_option("--discover", options.discover, "Register every repository below DIR; repeatable")
      ->type_name("DIR")
      ->allow_extra_args(false);
  app.add_flag("--status-table", options.status_table,
               "Print the sync status of all projects once it has been computed");
  auto* const check = app.add_flag_callback(
      "--check-config", [&] { options.task = node_options::work::check_config; },
      "Report everything that is wrong with the configuration, and end");
  app.add_flag_callback(
         "--print-config", [&] { options.task = node_options::work::print_config; },
         "Print every option with the value that applies, and end")
      ->excludes(check);
}

}  // namespace

command_words headwayd_words() {
  node_options options;
  CLI::App app{meaning, "headwayd"};
  describe_options(app, options);
  return words_of(app);
}

std::variant<node_options, early_end> parse_node_options(std::vector<std::string> arguments) {
  node_options options;
  CLI::App app{meaning, "headwayd"};
  describe_options(app, options);
  std::ranges::reverse(arguments);  // As CLI11 takes them.
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    std::ostringstream output;
    std::ostringstream errors;
    const int status = app.exit(error, output, errors) == 0 ? 0 : 2;
    auto text = errors.str();
    return early_end{status, output.str(), text.empty() ? text : "headwayd: " + text};
  }
  return options;
}

}  // namespace headway::tools

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

#include <config/units.hpp>
#include <tools/load/options.hpp>
#include <tools/process/narrow_help.hpp>
#include <tools/process/version.hpp>

namespace headway::load {

namespace {

constexpr std::uint64_t most_projects = 100'000;

constexpr const char* epilogue =
    "The scenario says which repositories, remotes, users, changes, events and judgements there "
    "are; tools/load/README.md\nlists all it can say. The same scenario and seed ask the same in "
    "the same order.\n\n"
    "Exit status: 0 every judgement holds; 1 one fails, or the run could not be made; 2 wrong "
    "usage or scenario.";

}  // namespace

std::variant<options, tools::early_end> parse_options(std::vector<std::string> arguments) {
  options result;
  CLI::App app{"Plays a scripted load against a node and judges what it answers.", "headway-load"};
  app.set_version_flag("--version", tools::version_text("headway-load"));
  app.formatter(std::make_shared<tools::narrow_help>());
  app.footer(epilogue);
  app.add_option("SCENARIO", result.scenario, "Scenario (TOML)")->required();
  app.add_option("--seed", result.seed, "Over that of the scenario")->type_name("NUMBER");
  app.add_option_function<std::string>(
         "--duration",
         [&result](const std::string& text) {
           const auto time = parse_duration(text);
           if (!time || *time < std::chrono::seconds{1})
             throw CLI::ValidationError("--duration", "'" + text + "' is no time of 1 s or more; " +
                                                          std::string{duration_form});
           result.duration = *time;
         },
         "Over that of the scenario; what would happen later does not")
      ->type_name("TIME");
  app.add_option("--projects", result.projects,
                 "So many instead of all, in the proportion of their groups")
      ->type_name("NUMBER")
      ->check(CLI::Range(std::uint64_t{1}, most_projects));
  app.add_option("--node", result.node, "Drive the node at this URL instead of starting one")
      ->type_name("URL");
  app.add_option("--headwayd", result.program, "The node's program; default: beside this one")
      ->type_name("FILE");
  app.add_option("--cache", result.cache,
                 "Where made-up histories are kept; default: ~/.cache/headway-benchmarks")
      ->type_name("DIR");
  app.add_option("--json", result.json, "Write all figures to this file")->type_name("FILE");
  app.add_option("--html", result.html, "Write the report, with plots, to this file")
      ->type_name("FILE");
  app.add_flag("--check", result.check,
               "Report everything that is wrong with the scenario, and end");
  std::ranges::reverse(arguments);  // As CLI11 takes them.
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    std::ostringstream output;
    std::ostringstream errors;
    const int status = app.exit(error, output, errors) == 0 ? 0 : 2;
    auto text = errors.str();
    return tools::early_end{status, output.str(), text.empty() ? text : "headway-load: " + text};
  }
  return result;
}

}  // namespace headway::load

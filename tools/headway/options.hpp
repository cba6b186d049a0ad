/// The command line of `headway`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <messages/project.hpp>
#include <tools/headway/completion.hpp>
#include <tools/headway/sizing.hpp>
#include <tools/process/command_words.hpp>
#include <tools/process/early_end.hpp>
#include <tools/report/arrangement.hpp>
#include <tools/report/attention.hpp>
#include <tools/report/line_template.hpp>
#include <tools/report/status_table.hpp>
#include <tools/terminal/screen.hpp>

namespace headway::tools {

enum class wire_form : std::uint8_t { table, json };

struct status_command {
  std::vector<std::string> directories;
  wire_form form = wire_form::table;
  enum class freshness : std::uint8_t { as_known, fetch_first } fresh = freshness::as_known;
  exit_rule rule = exit_rule::errors_only;
  branch_choice branches = branch_choice::tracked;
  /// Whether programs that a repository's own configuration names may run during a fetch.
  enum class configured_programs : std::uint8_t {
    refused,
    run
  } programs = configured_programs::refused;
  status_filter filter;
  status_order order = status_order::as_found;
  std::optional<line_template> format;  ///< Instead of the table.
};

struct add_command {
  std::vector<std::string> paths;
  enum class search : std::uint8_t { exact, below } where = search::exact;
};

struct remove_command {
  std::vector<std::string> ids;
};

/// Suspends or resumes.
struct activity_command {
  std::vector<std::string> ids;
  project_activity wish = project_activity::suspended;
};

struct list_command {
  wire_form form = wire_form::table;
};

struct fetch_command {
  std::vector<std::string> ids;  ///< Empty: all.
  enum class times : std::uint8_t { hidden, shown } timings = times::hidden;
};

struct watch_command {
  std::vector<std::string> directories;
  std::chrono::milliseconds interval{5'000};
  std::size_t count = 0;  ///< Tables to show; 0: until a signal.
  branch_choice branches = branch_choice::tracked;
};

struct doctor_command {};

struct completion_command {
  shell which = shell::bash;
};

struct database_command {
  enum class task : std::uint8_t { check, backup, restore, compact };
  task what = task::check;
  std::optional<std::string> directory;
  std::string file;  ///< Empty: the usual backup.
};

struct plan_command {
  fleet what;
  engine_config settings;  ///< As they are by default, but for what was told.
  wire_form form = wire_form::table;
};

struct headway_options {
  /// As told by --node, or else by $HEADWAY_NODE.
  std::optional<std::string> node;
  std::optional<std::string> token_file;
  terminal::color_mode color = terminal::color_mode::automatic;
  std::variant<status_command, add_command, remove_command, activity_command, list_command,
               fetch_command, watch_command, doctor_command, completion_command, database_command,
               plan_command>
      command;
};

inline constexpr const char* usual_node = "http://127.0.0.1:8420";

/// The whole command line, described.
command_words headway_words();

/// `arguments` without the program's own name; `node_variable` is the value of $HEADWAY_NODE.
std::variant<headway_options, early_end> parse_headway_options(
    std::vector<std::string> arguments, const std::optional<std::string>& node_variable);

}  // namespace headway::tools

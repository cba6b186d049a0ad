#include <algorithm>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>

#include <config/units.hpp>
#include <messages/error.hpp>
#include <tools/headway/options.hpp>
#include <tools/process/narrow_help.hpp>
#include <tools/process/version.hpp>
#include <tools/process/words_of.hpp>

namespace headway::tools {

namespace {

constexpr const char* epilogue =
    "status works without a node, unless --node or $HEADWAY_NODE names one. add, remove, "
    "suspend, resume, list, fetch and watch talk to a node, http://127.0.0.1:8420 if none is "
    "named. db reads and replaces files; plan "
    "calculates.\n\n"
    "Exit status: 0 done; 1 something needs attention (status --exit-code, doctor, db check); 2 "
    "error.";

std::chrono::milliseconds time_of(const char* option, const std::string& text,
                                  std::chrono::milliseconds least) {
  const auto time = parse_duration(text);
  if (!time || *time < least)
    throw CLI::ValidationError(option, "'" + text +
                                           "' is no time; allowed: " + format_duration(least) +
                                           " and more, such as \"5 s\" or \"2 min\"");
  return *time;
}

const std::map<std::string, status_order> orders{{"project", status_order::project},
                                                 {"path", status_order::path},
                                                 {"attention", status_order::attention},
                                                 {"behind", status_order::behind},
                                                 {"ahead", status_order::ahead}};

const std::map<std::string, shell> shells{
    {"bash", shell::bash}, {"zsh", shell::zsh}, {"fish", shell::fish}};

template <class T>
std::vector<std::string> names_of(const std::map<std::string, T>& table) {
  std::vector<std::string> names;
  for (const auto& [name, value] : table)
    names.push_back(name);
  return names;
}

std::vector<std::string> state_names() {
  std::vector<std::string> names;
  for (std::size_t state = 0; state < branch_states; ++state)
    names.emplace_back(to_string(static_cast<branch_state>(state)));
  for (int state = 0; state <= static_cast<int>(project_state::corrupt); ++state)
    names.emplace_back(to_string(static_cast<project_state>(state)));
  return names;
}

line_template template_of(const std::string& text) {
  auto parsed = line_template::parse(text);
  if (!parsed)
    throw CLI::ValidationError("--format", detail_of(parsed.error()));
  return std::move(*parsed);
}

/// Fills `options` while it parses. One function a subcommand.
class grammar {
 public:
  explicit grammar(headway_options& options) : options_(options) {
    app_.formatter(std::make_shared<narrow_help>());
    app_.set_version_flag("--version", version_text("headway"));
    app_.footer(epilogue);
    app_.require_subcommand(1);
    add_common(app_);
    status();
    add();
    remove();
    suspend();
    resume();
    list();
    fetch();
    watch();
    doctor();
    completion();
    database();
    plan();
  }

  CLI::App& app() noexcept { return app_; }

 private:
  /// Before and after the subcommand alike.
  void add_common(CLI::App& where) {
    where
        .add_option("--node", options_.node,
                    "Address of a node: http://127.0.0.1:8420, https://HOST or unix:/PATH")
        ->type_name("URL");
    where
        .add_option("--token-file", options_.token_file,
                    "File with the token for the node; $HEADWAY_TOKEN by default")
        ->type_name("FILE");
    where
        .add_option_function<std::string>(
            "--color",
            [this](const std::string& word) {
              options_.color = word == "always"  ? terminal::color_mode::always
                               : word == "never" ? terminal::color_mode::never
                                                 : terminal::color_mode::automatic;
            },
            "auto, always or never; auto obeys NO_COLOR")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->type_name("WHEN");
  }

  template <class Command>
  CLI::App& subcommand(const char* name, const char* meaning, Command& command) {
    auto& made = *app_.add_subcommand(name, meaning);
    add_common(made);
    made.final_callback([this, &command] { options_.command = command; });
    return made;
  }

  void status() {
    auto& sub =
        subcommand("status", "How far every branch is ahead of and behind its upstream", status_);
    sub.add_option(
           "dir", status_.directories,
           "Where to look for repositories; the one around the current directory by default")
        ->type_name("DIR");
    auto* const json = sub.add_flag_callback(
        "--json", [this] { status_.form = wire_form::json; },
        "Print a JSON array of all documents");
    sub.add_flag_callback(
        "--fetch", [this] { status_.fresh = status_command::freshness::fetch_first; },
        "Fetch first, and wait");
    sub.add_flag_callback(
        "--trust-config", [this] { status_.programs = status_command::configured_programs::run; },
        "With --fetch: run programs that the repositories' own configuration names");
    sub.add_flag_callback(
        "--exit-code", [this] { status_.rule = exit_rule::tell_attention; },
        "End with 1 if anything is not in sync");
    sub.add_flag_callback(
        "--all-branches", [this] { status_.branches = branch_choice::all; },
        "Show branches without an upstream too");
    sub.add_option_function<std::string>(
           "--sort", [this](const std::string& word) { status_.order = orders.at(word); },
           "Order of the projects")
        ->check(CLI::IsMember(names_of(orders)))
        ->type_name("ORDER");
    sub.add_option_function<std::string>(
           "--state",
           [this](const std::string& word) {
             status_.filter.branch = branch_state_from(word);
             status_.filter.project = project_state_from(word);
           },
           "Only branches in this state, or projects")
        ->check(CLI::IsMember(state_names()))
        ->type_name("STATE");
    sub.add_option_function<std::string>(
           "--format", [this](const std::string& text) { status_.format = template_of(text); },
           "A line of one's own a branch, such as \"{project} {branch} {behind}\"; fields: " +
               line_template::fields())
        ->type_name("TEMPLATE")
        ->excludes(json);
  }

  void add() {
    auto& sub = subcommand("add", "Register repositories with a node", add_);
    sub.add_option("path", add_.paths, "Repositories")->type_name("PATH")->required();
    sub.add_flag_callback(
        "--discover", [this] { add_.where = add_command::search::below; },
        "Register every repository below PATH");
  }

  void remove() {
    subcommand("remove", "Make a node forget projects; the clones stay as they are", remove_)
        .add_option("id", remove_.ids, "Ids, as list prints them")
        ->type_name("ID")
        ->required();
  }

  void suspend() {
    subcommand("suspend", "Make a node fetch nothing of projects until they are resumed", suspend_)
        .add_option("id", suspend_.ids, "Ids, as list prints them")
        ->type_name("ID")
        ->required();
  }

  void resume() {
    resume_.wish = project_activity::active;
    subcommand("resume", "Make a node fetch suspended projects again", resume_)
        .add_option("id", resume_.ids, "Ids, as list prints them")
        ->type_name("ID")
        ->required();
  }

  void list() {
    subcommand("list", "The projects of a node", list_)
        .add_flag_callback(
            "--json", [this] { list_.form = wire_form::json; }, "Print a JSON array");
  }

  void fetch() {
    auto& sub = subcommand("fetch", "Make a node fetch projects now, and wait for the end", fetch_);
    auto* const ids = sub.add_option("id", fetch_.ids, "Ids, as list prints them")->type_name("ID");
    auto* const all = sub.add_flag("--all", fetch_all_, "All projects")->excludes(ids);
    sub.add_flag_callback(
        "--timings", [this] { fetch_.timings = fetch_command::times::shown; },
        "Show where the time of each fetch went");
    // Not `callback`, which would take the place of the one that chooses the command.
    sub.parse_complete_callback([ids, all] {
      if (ids->count() == 0 && all->count() == 0)
        throw CLI::ValidationError("fetch", "name projects by their ids, or give --all");
    });
  }

  void watch() {
    auto& sub = subcommand(
        "watch",
        "Show all projects of a node, live; elsewhere than on a terminal, a table now and then",
        watch_);
    sub.add_option("dir", watch_.directories, "Only projects at or below these")->type_name("DIR");
    sub.add_option_function<std::string>(
           "--interval",
           [this](const std::string& text) {
             watch_.interval = time_of("--interval", text, std::chrono::milliseconds{100});
           },
           "Time between two tables, such as \"5 s\" (the default)")
        ->type_name("TIME");
    sub.add_option("--count", watch_.count, "End after this many tables")
        ->check(CLI::NonNegativeNumber)
        ->type_name("N");
    sub.add_flag_callback(
        "--all-branches", [this] { watch_.branches = branch_choice::all; },
        "Show branches without an upstream too");
  }

  void doctor() {
    subcommand("doctor", "Check what Headway needs, and say what to do about it", doctor_);
  }

  void completion() {
    auto& sub = subcommand("completion", "Print completions for a shell", completion_);
    sub.add_option_function<std::string>(
           "shell", [this](const std::string& word) { completion_.which = shells.at(word); },
           "bash, zsh or fish")
        ->check(CLI::IsMember(names_of(shells)))
        ->type_name("SHELL")
        ->required();
  }

  void database() {
    auto& sub = *app_.add_subcommand("db", "Check, back up, restore or compact a node's database");
    sub.require_subcommand(1);
    using task = database_command::task;
    database(sub, "check", "Read all of it and tell of damage; a node may run", task::check);
    add_file(database(sub, "backup", "Copy it as it is now; a node may run", task::backup),
             "The copy; headway.db.bak in the data directory by default");
    add_file(database(sub, "restore", "Put a backup in its place, and keep what was there",
                      task::restore),
             "The backup; headway.db.bak in the data directory by default");
    database(sub, "compact", "Rewrite it without gaps", task::compact);
  }

  void plan() {
    auto& sub =
        subcommand("plan", "What a fleet of projects will cost, and how fresh it will be", plan_);
    auto& what = plan_.what;
    auto& fetch = plan_.settings.fetch;
    number(sub, "--projects", what.projects, 1, "Clones that a node keeps")->required();
    number(sub, "--hosts", what.hosts, 1, "Hosts that their remotes are on")->required();
    number(sub, "--branches", what.branches, 0, "Tracked branches of each");
    number(sub, "--commits", what.commits, 0, "Of the history of each");
    number(sub, "--changes", what.changes, 0, "Pushes to the remote of each in a day");
    number(sub, "--requests", what.requests, 0, "For a status, in a second");
    time(sub, "--round-trip", what.round_trip, "To a host (50 ms)");
    time(sub, "--answers-in", what.answers_in,
         "What a host takes to list its refs, beside the round trip (50 ms)");
    time(sub, "--interval", fetch.min_interval, "fetch.min_interval (1 min)");
    sub.add_option("--budget", fetch.budget_percent, "fetch.budget_percent")
        ->check(CLI::Range(1u, 10'000u))
        ->capture_default_str()
        ->type_name("PERCENT");
    sub.add_flag_callback(
        "--json", [this] { plan_.form = wire_form::json; }, "Print a JSON object");
  }

  static CLI::Option* number(CLI::App& to, const char* name, double& value, double least,
                             const char* meaning) {
    auto* const made = to.add_option(name, value, meaning)->check(CLI::Range(least, 1e9));
    return made->type_name("N")->capture_default_str();
  }

  static void time(CLI::App& to, const char* name, std::chrono::milliseconds& value,
                   const char* meaning) {
    to.add_option_function<std::string>(
          name,
          [name, &value](const std::string& text) {
            value = time_of(name, text, std::chrono::milliseconds{1});
          },
          meaning)
        ->type_name("TIME");
  }

  CLI::App& database(CLI::App& parent, const char* name, const char* meaning,
                     database_command::task what) {
    auto& made = *parent.add_subcommand(name, meaning);
    add_common(made);
    made.add_option("--directory", database_.directory,
                    "Data directory of the node; that of the configuration by default")
        ->type_name("DIR");
    made.final_callback([this, what] {
      database_.what = what;
      options_.command = database_;
    });
    return made;
  }

  void add_file(CLI::App& where, const char* meaning) {
    where.add_option("file", database_.file, meaning)->type_name("FILE");
  }

  headway_options& options_;
  CLI::App app_{"The sync status of Git clones: ahead, behind, and how fresh that knowledge is.",
                "headway"};
  status_command status_;
  add_command add_;
  remove_command remove_;
  activity_command suspend_;
  activity_command resume_;
  list_command list_;
  fetch_command fetch_;
  watch_command watch_;
  doctor_command doctor_;
  completion_command completion_;
  database_command database_;
  plan_command plan_;
  bool fetch_all_ = false;
};

}  // namespace

command_words headway_words() {
  headway_options options;
  grammar language{options};
  return words_of(language.app());
}

std::variant<headway_options, early_end> parse_headway_options(
    std::vector<std::string> arguments, const std::optional<std::string>& node_variable) {
  headway_options options;
  grammar language{options};
  auto& app = language.app();
  std::ranges::reverse(arguments);  // As CLI11 takes them.
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    std::ostringstream output;
    std::ostringstream errors;
    const int status = app.exit(error, output, errors) == 0 ? 0 : exit_error;
    auto text = errors.str();
    return early_end{status, output.str(), text.empty() ? text : "headway: " + text};
  }
  if (!options.node && node_variable && !node_variable->empty())
    options.node = node_variable;
  return options;
}

}  // namespace headway::tools

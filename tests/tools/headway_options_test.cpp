#include <sstream>

#include <boost/test/unit_test.hpp>

#include <tools/headway/options.hpp>

namespace headway::test {

using namespace tools;

namespace {

using namespace std::chrono_literals;

headway_options understood(std::vector<std::string> arguments,
                           const std::optional<std::string>& node = std::nullopt) {
  auto parsed = parse_headway_options(std::move(arguments), node);
  if (const auto* end = std::get_if<early_end>(&parsed))
    BOOST_FAIL(end->errors + end->output);
  return std::get<headway_options>(parsed);
}

template <class Command>
Command command(std::vector<std::string> arguments) {
  const auto options = understood(std::move(arguments));
  BOOST_REQUIRE(std::holds_alternative<Command>(options.command));
  return std::get<Command>(options.command);
}

early_end ended(std::vector<std::string> arguments) {
  auto parsed = parse_headway_options(std::move(arguments), std::nullopt);
  BOOST_REQUIRE(std::holds_alternative<early_end>(parsed));
  return std::get<early_end>(parsed);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(headway_options)

BOOST_AUTO_TEST_CASE(status_takes_all_of_its_options) {
  const auto plain = command<status_command>({"status"});
  BOOST_TEST(plain.directories.empty());
  BOOST_CHECK(plain.form == wire_form::table);
  const auto full = command<status_command>(
      {"status", "--json", "--fetch", "a", "--exit-code", "--all-branches", "b"});
  BOOST_TEST(full.directories == (std::vector<std::string>{"a", "b"}));
  BOOST_CHECK(full.form == wire_form::json);
  BOOST_CHECK(full.fresh == status_command::freshness::fetch_first);
  BOOST_CHECK(full.rule == exit_rule::tell_attention);
  BOOST_CHECK(full.branches == branch_choice::all);
}

BOOST_AUTO_TEST_CASE(status_is_arranged_as_asked) {
  const auto full = command<status_command>(
      {"status", "--sort", "behind", "--state", "diverged", "--format", "{project} {behind}"});
  BOOST_CHECK(full.order == status_order::behind);
  BOOST_CHECK(full.filter.branch == branch_state::diverged);
  BOOST_CHECK(!full.filter.project);
  BOOST_TEST(full.format.has_value());
  BOOST_CHECK(command<status_command>({"status", "--state", "error"}).filter.project ==
              project_state::error);
  BOOST_TEST(ended({"status", "--format", "{x}"}).errors.find("'{x}'") != std::string::npos);
  for (const auto& wrong : {std::vector<std::string>{"status", "--sort", "size"},
                            std::vector<std::string>{"status", "--state", "bad"},
                            std::vector<std::string>{"status", "--json", "--format", "{path}"}})
    BOOST_TEST(ended(wrong).status == 2);
}

BOOST_AUTO_TEST_CASE(help_fits_into_eighty_columns_and_loses_no_word) {
  for (const auto& command : headway_words().commands) {
    const auto help = ended({command.name, "--help"}).output;
    std::istringstream lines{help};
    for (std::string line; std::getline(lines, line);)
      BOOST_TEST(line.size() <= 80u, command.name << ": " << line);
    std::istringstream words{command.meaning};
    for (std::string word; words >> word;)
      BOOST_TEST(help.find(word) != std::string::npos, command.name << ": " << word);
  }
}

BOOST_AUTO_TEST_CASE(the_description_has_all_commands) {
  const auto words = headway_words();
  std::vector<std::string> names;
  for (const auto& each : words.commands)
    names.push_back(each.name);
  BOOST_TEST(
      (names == std::vector<std::string>{"status", "add", "remove", "suspend", "resume", "list",
                                         "fetch", "watch", "doctor", "completion", "db", "plan"}));
  const auto& status = words.commands.front();
  const auto sort = std::ranges::find_if(status.options, [](const option_words& option) {
    return option.names == std::vector<std::string>{"--sort"};
  });
  BOOST_REQUIRE(sort != status.options.end());
  BOOST_TEST(sort->value == "ORDER");
  BOOST_TEST(sort->choices.size() == 5u);
}

BOOST_AUTO_TEST_CASE(projects_are_suspended_and_resumed_by_their_ids) {
  const auto suspend = command<activity_command>({"suspend", "a", "b"});
  BOOST_TEST((suspend.wish == project_activity::suspended));
  BOOST_TEST(suspend.ids.size() == 2u);
  BOOST_TEST((command<activity_command>({"resume", "a"}).wish == project_activity::active));
  BOOST_TEST(ended({"suspend"}).status == 2);
}

BOOST_AUTO_TEST_CASE(common_options_stand_before_or_after_the_command) {
  for (const auto& arguments :
       {std::vector<std::string>{"--node", "http://h:1", "--color=never", "list"},
        std::vector<std::string>{"list", "--node", "http://h:1", "--color=never"}}) {
    const auto options = understood(arguments);
    BOOST_TEST(*options.node == "http://h:1");
    BOOST_CHECK(options.color == terminal::color_mode::never);
  }
}

BOOST_AUTO_TEST_CASE(the_command_line_names_the_node_before_the_environment) {
  BOOST_TEST(*understood({"status"}, "http://env").node == "http://env");
  BOOST_TEST(*understood({"status", "--node", "http://me"}, "http://env").node == "http://me");
  BOOST_CHECK(!understood({"status"}, "").node);
  BOOST_CHECK(!understood({"status"}).node);
}

BOOST_AUTO_TEST_CASE(the_other_commands) {
  BOOST_TEST(command<add_command>({"add", "x", "y"}).paths == (std::vector<std::string>{"x", "y"}));
  BOOST_CHECK(command<add_command>({"add", "--discover", "x"}).where == add_command::search::below);
  BOOST_TEST(command<remove_command>({"remove", "x"}).ids == std::vector<std::string>{"x"});
  BOOST_CHECK(command<list_command>({"list", "--json"}).form == wire_form::json);
  BOOST_TEST(command<fetch_command>({"fetch", "x"}).ids == std::vector<std::string>{"x"});
  BOOST_TEST(command<fetch_command>({"fetch", "--all"}).ids.empty());
  BOOST_CHECK(command<fetch_command>({"fetch", "x"}).timings == fetch_command::times::hidden);
  BOOST_CHECK(command<fetch_command>({"fetch", "--timings", "x"}).timings ==
              fetch_command::times::shown);
  const auto watch = command<watch_command>({"watch", "--interval", "2 min", "--count", "3", "d"});
  BOOST_CHECK(watch.interval == 2min);
  BOOST_TEST(watch.count == 3u);
  BOOST_CHECK(command<watch_command>({"watch"}).interval == 5s);
  command<doctor_command>({"doctor"});
}

BOOST_AUTO_TEST_CASE(help_and_version_are_no_errors) {
  BOOST_TEST(ended({"--help"}).status == 0);
  BOOST_TEST(ended({"status", "--help"}).output.find("--exit-code") != std::string::npos);
  BOOST_TEST(ended({"--version"}).output.starts_with("headway 0."));
}

BOOST_AUTO_TEST_CASE(wrong_usage_ends_with_two_and_says_why) {
  const std::vector<std::vector<std::string>> wrong{
      {},
      {"nonsense"},
      {"status", "--nonsense"},
      {"status", "--color=red"},
      {"add"},
      {"remove"},
      {"fetch"},
      {"fetch", "--all", "x"},
      {"watch", "--interval", "5"},
      {"watch", "--interval", "1 ms"},
      {"watch", "--count", "-1"},
      {"doctor", "stray"},
  };
  for (const auto& arguments : wrong) {
    const auto end = ended(arguments);
    BOOST_TEST(end.status == exit_error);
    BOOST_TEST(end.errors.starts_with("headway: "));
  }
}

BOOST_AUTO_TEST_CASE(db_takes_a_task_a_directory_and_a_file) {
  using task = database_command::task;
  const auto plain = command<database_command>({"db", "check"});
  BOOST_CHECK(plain.what == task::check);
  BOOST_TEST(!plain.directory);
  const auto backup = command<database_command>({"db", "backup", "copy.db", "--directory", "/d"});
  BOOST_CHECK(backup.what == task::backup);
  BOOST_TEST(*backup.directory == "/d");
  BOOST_TEST(backup.file == "copy.db");
  BOOST_CHECK(command<database_command>({"db", "restore"}).what == task::restore);
  BOOST_CHECK(command<database_command>({"db", "compact"}).what == task::compact);
  BOOST_TEST(ended({"db"}).status == exit_error);
  BOOST_TEST(ended({"db", "check", "file"}).status == exit_error);
}

BOOST_AUTO_TEST_CASE(plan_takes_a_fleet_and_what_is_configured) {
  const auto plain = command<plan_command>({"plan", "--projects", "1000", "--hosts", "4"});
  BOOST_TEST(plain.what.projects == 1000);
  BOOST_TEST(plain.what.hosts == 4);
  BOOST_CHECK(plain.settings == engine_config{});
  const auto full =
      command<plan_command>({"plan",  "--projects",   "1000",   "--hosts",      "4",   "--branches",
                             "20",    "--commits",    "100000", "--changes",    "3.5", "--requests",
                             "100",   "--round-trip", "120 ms", "--answers-in", "1 s", "--interval",
                             "5 min", "--budget",     "200",    "--json"});
  BOOST_TEST(full.what.branches == 20);
  BOOST_TEST(full.what.commits == 100'000);
  BOOST_TEST(full.what.changes == 3.5);
  BOOST_TEST(full.what.requests == 100);
  BOOST_CHECK(full.what.round_trip == 120ms);
  BOOST_CHECK(full.what.answers_in == 1s);
  BOOST_CHECK(full.settings.fetch.min_interval == 5min);
  BOOST_TEST(full.settings.fetch.budget_percent == 200u);
  BOOST_CHECK(full.form == wire_form::json);
}

BOOST_AUTO_TEST_CASE(a_plan_needs_projects_and_hosts_and_times_with_units) {
  BOOST_TEST(ended({"plan", "--projects", "10"}).errors.find("--hosts") != std::string::npos);
  BOOST_TEST(ended({"plan", "--projects", "0", "--hosts", "1"}).status == 2);
  BOOST_TEST(
      ended({"plan", "--projects", "1", "--hosts", "1", "--round-trip", "50"}).errors.find("50") !=
      std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>
#include <utility>
#include <variant>

#include <benchmarks/history/synthetic_repository.hpp>
#include <benchmarks/measure/machine.hpp>
#include <unistd.h>

#include <tools/load/agenda.hpp>
#include <tools/load/child.hpp>
#include <tools/load/excerpt.hpp>
#include <tools/load/options.hpp>
#include <tools/load/playing.hpp>
#include <tools/load/program.hpp>
#include <tools/load/report.hpp>
#include <tools/load/scenario_reader.hpp>
#include <tools/process/output.hpp>
#include <tools/process/signals.hpp>
#include <tools/process/version.hpp>
#include <tools/terminal/progress.hpp>

namespace headway::load {

namespace fs = std::filesystem;

namespace {

fs::path beside_this_program(const char* name) {
  return fs::read_symlink("/proc/self/exe").parent_path() / name;
}

std::string today() {
  const auto now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  return text;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::vector<std::pair<std::string, std::string>> facts(const stage_options& options) {
  auto result = measure::facts(measure::describe_machine(options.cache));
  result.emplace_back("headway-load", first_line(tools::version_text("headway-load")));
  result.emplace_back("git", output_of({"git", "--version"}));
  result.emplace_back("date", today());
  result.emplace_back("set-up",
                      "harness, node and remotes on this machine; remotes at the lowest priority");
  return result;
}

void write_file(const std::string& name, const std::string& text) {
  if (name.empty())
    return;
  std::ofstream file{name, std::ios::binary};
  file << text;
  if (!file.flush())
    throw std::runtime_error("cannot write " + name);
}

int tell(const options& asked, const report& x) {
  const auto looks = terminal::facts_of(STDOUT_FILENO);
  const auto text = text_of(x, terminal::colors_of(terminal::color_mode::automatic, looks));
  if (tools::write_all(STDOUT_FILENO, text))
    return something_fails;
  write_file(asked.json, json_of(x));
  write_file(asked.html, html_of(x));
  for (const auto& one : x.verdicts)
    if (!one.holds)
      return something_fails;
  return x.seen.troubles.empty() ? all_holds : something_fails;
}

int play_and_tell(const options& asked, const scenario& plan) {
  const tools::signal_inbox signals{SIGINT, SIGTERM};
  const auto looks = terminal::facts_of(STDERR_FILENO);
  const bool live = looks.sink == terminal::screen_facts::kind_of_sink::terminal;
  terminal::progress line{std::cerr,
                          live ? terminal::progress_style::live : terminal::progress_style::silent,
                          terminal::columns_of(looks)};
  std::optional<int> stopped_by;
  const run_watch watch = [&](const std::string& what) {
    if (!stopped_by)
      stopped_by = signals.wait(milliseconds{0});
    line.show(what, std::chrono::steady_clock::now());
    return !stopped_by;
  };
  stage_options options{
      asked.cache.empty() ? history::usual_cache() : fs::path{asked.cache},
      asked.program.empty() ? beside_this_program("headwayd") : fs::path{asked.program},
      asked.node};
  fs::create_directories(options.cache);
  int status = something_fails;
  perform(plan, options, watch, [&](const performance& seen) {
    line.clear();
    status = stopped_by
                 ? tools::status_after(*stopped_by)
                 : tell(asked, {plan, seen, judge(plan, seen), fingerprint(plan), facts(options)});
  });
  return status;
}

}  // namespace

int run_headway_load(std::vector<std::string> arguments) {
  const auto parsed = parse_options(std::move(arguments));
  if (const auto* end = std::get_if<tools::early_end>(&parsed))
    return tools::end_early(*end);
  const auto& asked = std::get<options>(parsed);
  auto read = read_scenario_file(asked.scenario);
  if (!read.problems.empty()) {
    std::cerr << to_string(read.problems);
    return misused;
  }
  read.plan.seed = asked.seed.value_or(read.plan.seed);
  if (asked.duration)
    read.plan = excerpt_of_length(std::move(read.plan), *asked.duration);
  if (asked.projects)
    read.plan = excerpt_of_size(std::move(read.plan), *asked.projects);
  if (asked.check) {
    std::cout << asked.scenario << ": ok, agenda " << fingerprint(read.plan) << '\n';
    return all_holds;
  }
  try {
    return play_and_tell(asked, read.plan);
  } catch (const std::exception& error) {
    std::cerr << "headway-load: " << error.what() << '\n';
    return something_fails;
  }
}

}  // namespace headway::load

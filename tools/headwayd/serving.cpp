#include <algorithm>
#include <chrono>
#include <cstring>
#include <iostream>

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <actors/discovery.hpp>
#include <config/reload.hpp>
#include <messages/error.hpp>
#include <tools/headwayd/activation.hpp>
#include <tools/headwayd/log.hpp>
#include <tools/headwayd/program.hpp>
#include <tools/headwayd/serving.hpp>
#include <tools/process/output.hpp>
#include <tools/report/status_table.hpp>
#include <tools/terminal/screen.hpp>

namespace headway::tools {

namespace {

using std::chrono::steady_clock;

std::string joined(const std::vector<std::string>& words, const char* separator = ", ") {
  std::string text;
  for (const auto& word : words)
    text.append(text.empty() ? "" : separator).append(word);
  return text;
}

void complain(const std::vector<trouble>& troubles) {
  std::cerr << listed("headwayd", troubles);
}

int complain(const caf::error& error) {
  complain({{std::string{to_string(code_of(error))}, detail_of(error)}});
  return node_cannot_run;
}

std::vector<std::string> paths_to_add(const node_options& options, terminal::progress& progress) {
  std::vector<std::string> paths;
  std::vector<trouble> troubles;
  for (const auto& path : options.add)
    paths.push_back(std::filesystem::absolute(path).lexically_normal().string());
  if (options.discover.empty())
    return paths;
  auto found =
      discover_repositories(options.discover, [&](const std::string& folder, std::size_t count) {
        progress.show("discovering: " + std::to_string(count) + " found, in " + folder,
                      steady_clock::now());
      });
  progress.finish(found.paths.empty()
                      ? "no Git repository below " + joined(options.discover)
                      : "discovered " + std::to_string(found.paths.size()) +
                            (found.paths.size() == 1 ? " repository" : " repositories"));
  for (const auto& [folder, error] : found.problems)
    troubles.push_back({folder, describe(error)});
  complain(troubles);
  paths.insert(paths.end(), found.paths.begin(), found.paths.end());
  return paths;
}

std::string names_of(const part_logs& logs) {
  std::vector<std::string> names;
  for (const auto& log : logs)
    names.push_back(log->name());
  return joined(names);
}

/// As many descriptors as the system lets a process have without asking for more: connections take
/// one each. (The usual soft limit of 1,024 is for programs that use select(), which this is not.)
void raise_file_limit() {
  constexpr rlim_t enough = 65'536;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= enough)
    return;
  limit.rlim_cur = std::min(limit.rlim_max, enough);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

serving_node::serving_node(const node_options& options, const node_configuration& configuration,
                           const signal_inbox& signals, const service_manager& manager,
                           std::shared_ptr<spdlog::logger> log)
    : options_(options),
      signals_(signals),
      manager_(manager),
      log_(std::move(log)),
      http_log_(log_->clone("http")),
      config_(configuration.config),
      engine_(config_.engine, log_),
      api_(engine_),
      gateway_(config_.http, api_, http_log_),
      began_on_terminal_(::isatty(STDIN_FILENO) != 0) {
  set_log_levels();
}

caf::error serving_node::start() {
  const auto inherited = activated_sockets(process_environment(), ::getpid());
  forget_activation();
  if (auto error = engine_.start())
    return error;
  auto error = gateway_.start(inherited);
  if (error)
    engine_.stop();
  return error;
}

std::string serving_node::urls() const {
  return joined(gateway_.urls(), " and ");
}

pace serving_node::obey(int signal) {
  // A terminal that was closed says so by the signal by which people ask daemons to reload.
  const bool hung_up = signal == SIGHUP && began_on_terminal_ && ::isatty(STDIN_FILENO) == 0;
  if (signal == SIGHUP && !hung_up) {
    reload();
    return pace::go_on;
  }
  log_->info("stopping: {}", hung_up ? "the terminal is gone" : ::strsignal(signal));
  return pace::stop;
}

void serving_node::reload() {
  manager_.reloading();
  take_over();
  manager_.ready("serving on " + urls());
}

void serving_node::set_log_levels() {
  auto logs = engine_.logs();
  logs.push_back(log_);
  logs.push_back(http_log_);
  for (const auto& part : set_levels(logs, config_.log))
    log_->warn("log.parts: no part is called '{}'; the parts are {}", part, names_of(logs));
}

void serving_node::take_over() {
  const auto wanted = configure(options_, process_environment());
  if (!wanted.problems.empty()) {
    for (const auto& problem : wanted.problems)
      log_->error("{}", to_string(problem));
    log_->error("the configuration is wrong; the node goes on with the one before");
    return;
  }
  auto plan = plan_reload(config_, wanted.config);
  config_ = std::move(plan.effective);
  engine_.reload(config_.engine);
  // Also when no option has changed: the files that they name may have.
  if (const auto error = gateway_.reload(config_.http))
    log_->error("{}; the gateway goes on with what it had", detail_of(error));
  set_log_levels();
  if (!plan.applied.empty())
    log_->info("configuration reloaded; changed: {}", joined(plan.applied));
  if (!plan.needs_restart.empty())
    log_->warn("configuration reloaded; these need a restart: {}", joined(plan.needs_restart));
  if (plan.applied.empty() && plan.needs_restart.empty())
    log_->info("configuration reloaded; nothing has changed");
}

survey_watch serving_node::watch(terminal::progress& progress) {
  return [this, &progress](const char* what, std::size_t done, std::size_t all) {
    if (wanted_ == pace::go_on)
      if (const auto signal = signals_.wait(milliseconds{0}))
        wanted_ = obey(*signal);
    show_life();
    progress.show(terminal::counted(what, done, all), steady_clock::now());
    return wanted_;
  };
}

void serving_node::populate(const std::vector<std::string>& paths, terminal::progress& progress) {
  const auto added = add_all(engine_, paths, watch(progress));
  progress.clear();
  complain(added.troubles);
  if (options_.status_table && wanted_ == pace::go_on)
    print_table(progress);
}

void serving_node::print_table(terminal::progress& progress) {
  const auto found = status_of_all(engine_, watch(progress));
  progress.clear();
  if (!found.complete)
    return;
  const auto facts = terminal::facts_of(STDOUT_FILENO);
  auto text = status_table(found.statuses,
                           {.columns = terminal::columns_of(facts),
                            .colors = terminal::colors_of(terminal::color_mode::automatic, facts),
                            .now = std::chrono::system_clock::now()});
  text += "Serving on " + urls() + "; Ctrl-C stops.\n";
  if (const auto error = write_all(STDOUT_FILENO, text))
    log_->warn("{}", detail_of(error));
  complain(found.troubles);
  complain(troubles_of(found.statuses));
}

void serving_node::run() {
  const auto interval = manager_.watch_interval();
  while (wanted_ == pace::go_on) {
    if (!interval) {
      wanted_ = obey(signals_.wait());
      continue;
    }
    show_life();
    if (const auto signal = signals_.wait(*interval))
      wanted_ = obey(*signal);
  }
}

/// Tells the service manager when both halves of the node take up work: a node that does not is
/// started again.
void serving_node::show_life() {
  const auto interval = manager_.watch_interval();
  const auto now = steady_clock::now();
  if (!interval || (last_sign_ && now - *last_sign_ < *interval / 2))
    return;
  last_sign_ = now;
  const auto listed = engine_.list({.limit = 1});
  if (gateway_.responds(*interval) && (listed || code_of(listed.error()) != ec::deadline_exceeded))
    return manager_.alive();
  log_->error("the node does not respond; the service manager is not told that it is alive");
}

bool serving_node::stop() {
  signals_.make_fatal();
  manager_.stopping();
  // A client that waits, or does not read, is cut off then; nothing is lost by that.
  gateway_.stop(config_.engine.stop_deadline / 3);
  return engine_.stop();
}

int serve(const node_options& options, const node_configuration& configuration) {
  const auto facts = terminal::facts_of(STDERR_FILENO);
  const bool live = facts.sink == terminal::screen_facts::kind_of_sink::terminal;
  terminal::progress progress{
      std::cerr, live ? terminal::progress_style::live : terminal::progress_style::lines,
      terminal::columns_of(facts)};
  // Before signals are taken over: Ctrl-C ends a long search at once, and nothing has begun yet.
  const auto paths = paths_to_add(options, progress);
  raise_file_limit();
  const service_manager manager{process_environment(), ::getpid()};
  const signal_inbox signals{SIGHUP, SIGINT, SIGTERM};
  const auto log = make_log(configuration.config.log, live ? log_surroundings::with_progress_line
                                                      : is_journal(process_environment())
                                                          ? log_surroundings::journal
                                                          : log_surroundings::alone);
  serving_node node{options, configuration, signals, manager, log};
  if (const auto error = node.start())
    return complain(error);
  if (const auto error = write_all(STDOUT_FILENO, "headwayd: ready on " + node.urls() + "\n"))
    log->warn("{}", detail_of(error));
  manager.ready("serving on " + node.urls());
  node.populate(paths, progress);
  node.run();
  if (node.stop())
    return node_ok;
  log->error("not everything ended within {} ms; what was acknowledged is kept",
             configuration.config.engine.stop_deadline.count());
  // Threads that hang would hang the destructors too.
  ::_exit(node_cannot_run);
}

}  // namespace headway::tools

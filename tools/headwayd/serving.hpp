/// A node that runs: engine, gateway, and what signals ask of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <actors/engine.hpp>
#include <actors/gateway/engine_api.hpp>
#include <actors/gateway/http_gateway.hpp>
#include <tools/headwayd/configuration.hpp>
#include <tools/headwayd/log.hpp>
#include <tools/headwayd/service_manager.hpp>
#include <tools/process/signals.hpp>
#include <tools/survey/survey.hpp>
#include <tools/terminal/progress.hpp>

namespace headway::tools {

/// Belongs to the main thread.
class serving_node {
 public:
  /// REQUIRES: `signals` watches SIGHUP, SIGINT and SIGTERM; all references outlive this object.
  serving_node(const node_options& options, const node_configuration& configuration,
               const signal_inbox& signals, const service_manager& manager,
               std::shared_ptr<spdlog::logger> log);

  /// Opens everything. After an error nothing is open.
  caf::error start();

  /// What is served: "http://127.0.0.1:8420 and unix:/run/headway.sock".
  std::string urls() const;

  /// Registers `paths` and prints the table, if the command line asked for it. Signals are obeyed
  /// meanwhile.
  void populate(const std::vector<std::string>& paths, terminal::progress& progress);

  /// Until a signal says stop.
  void run();

  /// Gateway first, engine last. Answers whether everything ended within the deadline. A further
  /// signal ends the process at once.
  bool stop();

 private:
  pace obey(int signal);
  void reload();
  void take_over();
  void set_log_levels();
  void show_life();
  survey_watch watch(terminal::progress& progress);
  void print_table(terminal::progress& progress);

  const node_options& options_;
  const signal_inbox& signals_;
  const service_manager& manager_;
  std::shared_ptr<spdlog::logger> log_;
  std::shared_ptr<spdlog::logger> http_log_;
  node_config config_;
  engine engine_;
  engine_api api_;
  http_gateway gateway_;
  bool began_on_terminal_;
  pace wanted_ = pace::go_on;
  std::optional<std::chrono::steady_clock::time_point> last_sign_;
};

/// The whole life of a node; answers the exit status.
int serve(const node_options& options, const node_configuration& configuration);

}  // namespace headway::tools

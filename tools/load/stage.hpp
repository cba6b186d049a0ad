/// All that a scenario is played on: repositories, their remotes, the node, and what can be done to
/// them.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tools/client/http_client.hpp>
#include <tools/load/agenda.hpp>
#include <tools/load/fault_proxy.hpp>
#include <tools/load/fixtures.hpp>
#include <tools/load/node_process.hpp>
#include <tools/load/performance.hpp>
#include <tools/load/remote_servers.hpp>
#include <tools/load/repository_changes.hpp>

namespace headway::load {

struct stage_options {
  std::filesystem::path cache;    ///< Of templates; runs have a folder in it.
  std::filesystem::path program;  ///< headwayd.
  std::string node_url;           ///< Of a node that runs already; empty: one is started.
};

/// Functions block. Each group of functions belongs to one thread at a time, as noted.
class stage {
 public:
  /// Makes repositories and starts servers; the node is not there yet. Throws.
  stage(const scenario& plan, const stage_options& options, const tell_progress& tell);
  ~stage();
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;

  const scenario& plan() const noexcept { return plan_; }
  fault_proxy& proxy() noexcept { return *proxy_; }
  const std::vector<project_fixture>& projects() const noexcept { return projects_; }

  // Before and after the run.

  /// Starts the node, registers all projects but the spare ones, and waits until each has been
  /// looked at. REQUIRES: the proxy runs. Throws.
  void open(const tell_progress& tell);
  /// By number of the project.
  const std::vector<std::string>& ids() const noexcept { return ids_; }
  std::vector<std::string> spare_paths() const;
  std::string node_address() const;
  std::uint16_t node_port() const;
  /// Of the node that this stage has started; 0 while there is none.
  pid_t node_pid() const noexcept { return node_pid_; }
  metric_values metrics();
  /// Compares every answer with git.
  verification verify(const ledger& book, const tell_progress& tell);
  const std::vector<milliseconds>& restarts() const noexcept { return restarts_; }
  /// Stops the node and looks for what it has left in clones that does not belong there.
  inspection inspect(const tell_progress& tell);
  /// Stops what was started, in order; the destructor deletes what was made. Answers what did not
  /// end as it should.
  std::vector<std::string> close();

  // Of the stagehand's thread.

  /// Answers what the node did not show at once, in words.
  std::vector<std::string> change(const planned_change& what);

  // Of the keeper's thread.

  /// Answers what there is to tell.
  std::string begin(const event_plan& event);
  std::string end(const event_plan& event);

  // Of the observer's thread.

  node_sample observe(microseconds at);

 private:
  void register_projects(const tell_progress& tell);
  void await_first_looks(const tell_progress& tell);
  void compare_list(const ledger& book, verification& to) const;
  void compare_freshness(verification& to) const;
  std::string fill_disk();
  std::string kill_node();
  std::string kill_child();
  std::string start_hogs(const event_plan& event);
  bool stop_node();
  std::string url() const;
  tools::http_client connect() const;

  const scenario& plan_;
  stage_options options_;
  std::filesystem::path folder_;
  bool disk_of_its_own_ = false;
  std::optional<templates> templates_;
  std::unique_ptr<remote_servers> servers_;
  std::unique_ptr<fault_proxy> proxy_;
  std::vector<project_fixture> projects_;
  std::vector<std::string> ids_;
  std::unique_ptr<node_process> node_;
  std::atomic<pid_t> node_pid_{0};

  repository_changes changes_;
  std::optional<tools::http_client> stagehands_client_;
  std::optional<tools::http_client> observers_client_;
  node_watch watch_;
  std::map<event_kind, std::vector<std::unique_ptr<child>>> hogs_;
  std::vector<milliseconds> restarts_;
};

}  // namespace headway::load

/// The actor that knows all projects: registers them, starts their actors, lists them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <actors/actor_shell.hpp>
#include <actors/owed_answer.hpp>
#include <actors/project/project.hpp>
#include <config/engine_config.hpp>
#include <messages/interfaces.hpp>

namespace headway {

class project_registry : public actor_shell<project_registry_actor> {
 public:
  project_registry(caf::actor_config& config, engine_context shared, projects_config settings,
                   fetch_config::background_mode background);

  void on_exit() override;

 protected:
  behavior_type make_behavior() override;

 private:
  using info_promise = owed_answer<project_info>;
  using time_point = std::chrono::steady_clock::time_point;
  struct record {
    project_info info;
    project_actor actor;  ///< Null after it failed twice in a row, until somebody asks.
    time_point started{};
    project_activity activity = project_activity::active;
  };

  caf::result<std::uint64_t> load();
  caf::error not_loaded(caf::error why);
  void loaded(const stored_state& state);
  void sweep_retired();
  caf::result<project_info> add(const add_project& request);
  void located(const repository_location& location, info_promise promise);
  void stored(const project_id& id, const std::string& path, info_promise promise);
  caf::result<project_info> remove(const remove_project& request);
  caf::result<project_info> set(const set_activity& wish);
  void stored(const set_activity& wish, info_promise promise);
  caf::result<fetch_report_ptr> fetch(const fetch_request& request);
  caf::result<project_page> list(const list_projects& query) const;
  void start(const stored_project& known);
  void spawn_project(record& entry, sync_status_ptr last_status, std::vector<remote_state> remotes);
  void ended(const caf::down_msg& message);
  void settle_removal(const project_id& id);
  void forget(const project_id& id);
  void published(const sync_status_ptr& status);
  void tell(const engine_event& news);
  caf::error allowed(const std::string& path) const;
  std::string slug_for(const std::string& path) const;
  void count(const project_info& info, int by);
  caf::error unknown(const project_id& id) const;

  projects_config settings_;
  fetch_config::background_mode background_;
  bool loaded_ = false;
  std::map<std::string, record> projects_;                // By slug.
  std::unordered_map<std::string, std::string> by_path_;  // To slug.
  std::map<std::string, std::string> retired_;            // Slug to path.
  std::vector<std::string> to_sweep_;                     // Paths of retired ones.
  std::set<std::string> being_added_;                     // Paths.
  std::set<std::string> reserved_;                        // Slugs being stored.
  std::unordered_map<std::string, std::vector<info_promise>> waiting_for_add_;
  std::map<caf::actor_addr, project_id> leaving_;  // Removed, not ended yet.
  std::vector<std::size_t> by_state_;              // Indexed by `project_state`.
};

}  // namespace headway

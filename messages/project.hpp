/// Projects: registering them, listing them, asking how they stand.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <messages/fetch.hpp>
#include <messages/ids.hpp>
#include <messages/status.hpp>

namespace headway {

struct add_project {
  std::string path;
};

struct remove_project {
  project_id project;
};

/// A line of the project list.
struct project_info {
  project_id id;
  std::string path;
  project_state state = project_state::stale;
  std::string reason;

  friend bool operator==(const project_info&, const project_info&) = default;
};

/// Projects in order of their ids, after `after`.
struct list_projects {
  std::optional<project_id> after;
  std::size_t limit = 100;
  std::optional<project_state> state;
};

struct project_page {
  std::vector<project_info> projects;
  bool more = false;
};

/// Asks how a project stands: local refs as on disk when the request is served.
struct status_request {
  project_id project;
};

struct status_answer {
  sync_status_ptr status;
  status_timing timing;
};

}  // namespace headway

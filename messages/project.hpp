/// Projects: registering them, listing them, asking how they stand.
#pragma once

#include <array>
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

/// Whether the remotes of a project are asked and fetched.
enum class project_activity : std::uint8_t {
  active,
  suspended,  ///< Not until a person resumes it.
};

/// Suspends or resumes a project. Durable before it is answered.
struct set_activity {
  project_id project;
  project_activity wish = project_activity::active;
};

/// What a list needs to know of a document.
struct project_summary {
  wall_time as_of{};
  std::string head;      ///< The branch that is checked out; empty when HEAD names none.
  std::string upstream;  ///< Of `head`; may be empty.
  std::optional<branch_state> head_state;
  std::optional<std::uint64_t> ahead;                   ///< Of `head`; exact or absent.
  std::optional<std::uint64_t> behind;                  ///< Of `head`; exact or absent.
  std::array<std::uint32_t, branch_states> branches{};  ///< How many, by `branch_state`.
  /// End of the last successful fetch that the counts of `head` rest upon; where no remote is
  /// behind them, of the one that is longest ago.
  std::optional<wall_time> last_fetch;
  std::optional<wall_time> next_due;  ///< The first of its remotes.

  friend bool operator==(const project_summary&, const project_summary&) = default;
};

/// A line of the project list.
struct project_info {
  project_id id;
  std::string path;
  project_state state = project_state::stale;
  std::string reason;
  std::optional<project_summary> summary;  ///< Absent until there is a document.

  friend bool operator==(const project_info&, const project_info&) = default;
};

project_summary summary_of(const sync_status& document);

/// The line that a document makes.
project_info line_of(const sync_status& document);

/// A project is registered no more.
struct project_removed {
  project_id project;
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

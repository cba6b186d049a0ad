/// Why remotes are fetched when they are: what the scheduler says of itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <messages/fetch.hpp>
#include <messages/ids.hpp>

namespace headway {

/// Asks how the remotes of one project stand in the schedule.
struct schedule_request {
  project_id project;
};

/// One remote of one project.
struct remote_schedule {
  std::string remote;
  std::string host;
  std::string step;  ///< "due_later", "waits_for_probe", "probing", "waits_for_transfer",
                     ///< "transferring", "not_scheduled".
  std::string why;   ///< In words.
  std::optional<fetch_reason> reason;   ///< Of what waits or runs.
  std::optional<std::size_t> position;  ///< In the queue it waits in; the first is 1.
  std::optional<wall_time> next_due;
  std::optional<wall_time> last_success;
  std::uint32_t failures = 0;  ///< In a row.
  std::optional<wall_time> host_blocked_until;
};

struct project_schedule {
  project_id project;
  std::vector<remote_schedule> remotes;
};

using project_schedule_ptr = std::shared_ptr<const project_schedule>;

/// One stage of fetching.
struct stage_state {
  std::size_t waiting = 0;
  std::size_t running = 0;
  std::size_t limit = 0;
  std::size_t limit_per_host = 0;
  std::string limited_by;  ///< The factor that sets `limit`, in words.
  std::string stopped_by;  ///< Why nothing of it starts at all now; empty: it does.
};

/// A host that is not well, or has something running.
struct host_state {
  std::string host;
  std::size_t probing = 0;
  std::size_t limit = 0;       ///< Of probes at once.
  std::uint32_t failures = 0;  ///< In a row.
  std::optional<wall_time> blocked_until;
  std::string why;  ///< Empty when nothing keeps it from being asked.
};

/// What the settings of a node let it fetch at all.
struct fetch_rules {
  std::vector<std::string> allowed_schemes;
  /// Directories of repositories whose own configuration may name programs.
  std::vector<std::string> trusted_repositories;
};

struct scheduler_state {
  std::size_t remotes = 0;
  std::size_t due_within_a_minute = 0;
  std::optional<wall_time> next_due;
  stage_state probes;
  stage_state transfers;
  std::vector<host_state> hosts;  ///< By name; at most 100, those with trouble first.
  fetch_rules rules;
};

using scheduler_state_ptr = std::shared_ptr<const scheduler_state>;

}  // namespace headway

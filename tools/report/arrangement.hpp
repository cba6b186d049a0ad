/// Which documents are shown, and in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <messages/status.hpp>

namespace headway::tools {

enum class status_order : std::uint8_t {
  as_found,
  project,
  path,
  attention,  ///< What needs somebody first.
  behind,     ///< The largest count first, of any branch.
  ahead,
};

/// Nothing means: whatever it is.
struct status_filter {
  std::optional<project_state> project;
  std::optional<branch_state> branch;  ///< And of each document only such branches.
};

/// Positions in `statuses`, in order; equal ones as they were.
std::vector<std::size_t> arranged(const std::vector<sync_status_ptr>& statuses,
                                  const status_filter& filter, status_order order);

/// The document with only those branches that `filter` asks for.
sync_status_ptr narrowed(const sync_status_ptr& status, const status_filter& filter);

}  // namespace headway::tools

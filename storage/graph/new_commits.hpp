/// Commits that a graph does not contain yet, read from the object database.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <caf/error.hpp>

#include <messages/ids.hpp>
#include <storage/graph/parent_list.hpp>
#include <storage/graph/parent_rules.hpp>

namespace headway::graph {

/// Complete commits only: all ancestors of each are here or in the graph already.
struct new_commits {
  /// Number `i` gets the dense id `first + i`. Ordered by level among themselves, so that a walk
  /// from the youngest meets every child before its parents and leaves old side lines for last.
  std::vector<oid> ids;
  std::vector<std::uint32_t> first_parents;
  std::vector<parent_list::edge> other_parents;
  /// Tips of which some ancestor could not be read, and why.
  std::vector<std::pair<oid, caf::error>> unreachable;
};

/// Dense id of a commit that the graph contains.
using known_commit = std::function<std::optional<std::uint32_t>(const oid&)>;

/// Reads `tips` and their ancestors down to known ones. Costs time and memory in proportion to what
/// is read; a million commits deep needs no deep stack. A cycle, which only grafts and replace refs
/// can make, is `corrupt`.
new_commits read_new_commits(std::uint32_t first, std::span<const oid> tips,
                             const known_commit& known, const parent_rules& rules,
                             const parent_reader& read);

}  // namespace headway::graph

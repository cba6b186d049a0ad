/// What is to be done of a batch of writes. Private to db/.
#pragma once

#include <cstddef>
#include <vector>

#include <caf/error.hpp>

#include <storage/db/store.hpp>

namespace headway::db {

enum class durability {
  derived,   ///< Can be computed again: synchronous=NORMAL.
  registry,  ///< Nobody else knows it: synchronous=FULL.
};

struct batch_plan {
  std::vector<const write*> writes;  ///< In order, without those that a later one replaces.
  std::size_t coalesced = 0;
  durability needs = durability::derived;
  bool only_registry = true;  ///< Nothing that can be computed again is in it.
};

/// Documents coalesce by project, remotes by project and remote, reports by fetch. Changes of the
/// registry never do: a project that is added and removed in one batch leaves its retired slug.
/// REQUIRES: `writes` outlives the plan, and no document or report in it is null.
batch_plan plan(const std::vector<write>& writes);

/// `invalid_argument` when a write lacks its document or report.
caf::error check_complete(const std::vector<write>& writes);

}  // namespace headway::db

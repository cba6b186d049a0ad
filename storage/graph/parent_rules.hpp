/// What the parents of a commit are once shallow boundaries, grafts and replacements have had their
/// say.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <caf/expected.hpp>

#include <messages/graph.hpp>
#include <messages/ids.hpp>
#include <storage/graph/commit_graph.hpp>

namespace headway::graph {

/// Git's order of precedence: the shallow boundary has no parents; a graft names them; else they
/// are those of the object that stands for the commit. The commit keeps its own id in every case.
/// Immutable after construction: any thread.
class parent_rules {
 public:
  explicit parent_rules(const ancestry_overrides& overrides);

  bool empty() const noexcept {
    return shallow_.empty() && grafts_.empty() && replacements_.empty();
  }

  /// Reads the commit in every case: one that is missing stays missing, whatever a graft says.
  /// Errors are those of `read`, or `corrupt` for a chain of replacements longer than Git follows.
  caf::expected<std::vector<oid>> parents(const oid& commit, const parent_reader& read) const;

 private:
  caf::expected<oid> stand_in(const oid& commit) const;

  std::unordered_set<oid> shallow_;
  std::unordered_map<oid, std::vector<oid>> grafts_;
  std::unordered_map<oid, oid> replacements_;
};

}  // namespace headway::graph

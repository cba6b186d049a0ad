/// Commits and how many of them lie between two, as sets: slow, and too simple to be wrong.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include <messages/graph.hpp>
#include <messages/ids.hpp>

namespace headway::simulation {

class history {
 public:
  oid commit(std::vector<oid> parents);

  /// Null for what was never made. A graft makes its commit a root.
  const std::vector<oid>* parents(const oid& commit, const std::optional<oid>& graft) const;

  ahead_behind count(const oid& local, const oid& upstream, const std::optional<oid>& graft);

 private:
  std::set<oid> ancestry(const oid& tip, const std::optional<oid>& graft) const;

  std::map<oid, std::vector<oid>> commits_;
  std::map<std::tuple<oid, oid, std::optional<oid>>, ahead_behind> counted_;
};

}  // namespace headway::simulation

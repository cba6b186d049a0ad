/// What people do to repositories while a node watches them, by real git.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <tools/load/agenda.hpp>
#include <tools/load/fixtures.hpp>

namespace headway::load {

/// A tip that is known to be there since `apply` returned.
struct moved_tip {
  std::string branch;
  std::string oid;
};

/// One thread at a time.
class repository_changes {
 public:
  /// Carries the change out. Answers the tips of branches of the clone that it moved: what a node
  /// must show from now on. Throws with git's words.
  std::vector<moved_tip> apply(const planned_change& change, const project_fixture& project);

 private:
  void churn(const std::string& clone);

  /// By clone, oldest first.
  std::map<std::string, std::deque<std::string>> churned_;
  std::uint64_t number_ = 0;  ///< Makes commits of one second different.
};

}  // namespace headway::load

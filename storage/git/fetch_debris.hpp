/// What a killed git leaves behind, and the rules by which it may be removed from a clone in which
/// a person works too.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <messages/repo.hpp>

namespace headway::git {

/// Made before the first child starts; `sweep` after the last has ended badly.
///
/// git names its temporary files at random and its locks after the refs, so no name says who made
/// it. A file counts as ours when it was not there before, belongs to this user, is not open in any
/// process, and no other git is at work in the repository. In doubt a file stays, and `git gc`
/// takes temporary ones after two weeks. Not thread-safe.
class debris_watch {
 public:
  /// REQUIRES: both outlive this object.
  debris_watch(const repository_location& location, const std::vector<tracked_ref>& refs);

  /// Temporary packs and loose objects. REQUIRES: no child of ours is alive.
  void sweep_objects() const;
  /// Locks of the tracked refs, of packed-refs and of shallow: only after a child was killed, since
  /// git removes its locks in every other case. REQUIRES: as above.
  void sweep_locks() const;

 private:
  std::vector<std::string> temporary_objects() const;
  std::vector<std::string> locks() const;
  void remove(const std::vector<std::string>& suspects) const;

  const repository_location& location_;
  const std::vector<tracked_ref>& refs_;
  std::chrono::system_clock::time_point start_;
  std::set<std::string> before_;
};

}  // namespace headway::git

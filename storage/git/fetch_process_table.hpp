/// What other processes do in a repository, as /proc tells.
#pragma once

#include <set>
#include <span>
#include <string>

namespace headway::git {

struct process_sighting {
  /// A program whose name starts with "git" has its working directory or an open file in there.
  bool git_at_work = false;
  std::set<std::string> open_files;  ///< Files in there that any process has open.
};

/// Looks at all processes that this user may look at. `folders` are absolute and free of symbolic
/// links. Costs a few milliseconds: for the aftermath of failures only.
process_sighting look_at_processes(std::span<const std::string> folders);

}  // namespace headway::git

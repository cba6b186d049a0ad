/// On which disk a path lies, without asking the disk: a look at one that hangs would hang, too.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <actors/repo/disk_lanes.hpp>

namespace headway {

/// What is mounted where, as the kernel tells it (proc(5), /proc/[pid]/mountinfo). A path that
/// leads through a symbolic link counts as on the disk of the link.
class mount_table {
 public:
  /// `mountinfo`: the content of that file. Lines that are none are passed over.
  explicit mount_table(std::string_view mountinfo = {});

  /// As it is now; empty where the system does not tell.
  static mount_table of_this_process();

  /// Zero for a path under no mount that is known. REQUIRES: `path` is absolute and normal.
  disk_id disk_of(std::string_view path) const;

 private:
  std::map<std::string, disk_id, std::less<>> mounts_;  // By mount point, "/" as "".
};

/// Tells what is mounted where, now.
using mount_reader = std::function<mount_table()>;

}  // namespace headway

/// On which disk a path lies, without asking the disk: a look at one that hangs would hang, too.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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

/// The table, read anew for whoever asks when it is a second old: disks come and go, and to read it
/// for each of thousands of clones would cost more than what is done with them. One thread.
class recent_mounts {
 public:
  explicit recent_mounts(mount_reader read) : read_(std::move(read)) {}

  const mount_table& at(std::chrono::steady_clock::time_point now);

 private:
  mount_reader read_;
  mount_table table_;
  std::optional<std::chrono::steady_clock::time_point> read_at_;
};

}  // namespace headway

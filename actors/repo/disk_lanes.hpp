/// Which job goes to a blocking worker next, when some lie on disks that are slow or hang. Plain
/// class: jobs and disks are numbers, there is no clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include <actors/worker_queue.hpp>
#include <messages/repo.hpp>

namespace headway {

/// A disk, or whatever else is mounted, by its device number; zero where that is not known.
using disk_id = std::uint64_t;

/// Whether a job works with a repository that is open, or looks at one for the first time: on a
/// cold disk that takes hundreds of times as long.
enum class job_pace { quick, opening };

/// A lane for each disk. A lane has at most `workers` at once, of which openings leave one; and
/// there are so many more workers, for each disk beyond the first, that a lane finds two whenever
/// it has nothing running, whatever the others do. So a disk that hangs holds up nobody else's
/// jobs, and slow openings hold up no job with a repository that is open.
///
/// Within that, people go before the background, but not for ever, and each first come, first
/// served.
class disk_lanes {
 public:
  /// Disks that have a lane of their own; others share them.
  static constexpr std::size_t most_lanes = 8;

  /// REQUIRES: `workers` is not zero.
  explicit disk_lanes(std::size_t workers) noexcept : workers_(workers) {}

  /// How many workers there ought to be for the disks seen so far; never fewer than before.
  std::size_t workers() const noexcept;

  void add(std::uint64_t job, disk_id disk, urgency who, job_pace pace);

  /// The job that is to begin now, if any may. REQUIRES: there are `workers()` of them.
  std::optional<std::uint64_t> next();

  /// A person waits now for a job of the background; nothing happens to another.
  void promote(std::uint64_t job);

  /// A job that has begun is over.
  void ended(std::uint64_t job);

  /// A job gives up; false when it does not wait (any more).
  bool abandon(std::uint64_t job);

  std::size_t waiting() const noexcept { return waiting_; }

 private:
  struct wait {
    std::uint64_t job;
    std::uint64_t order;
  };
  struct lane {
    disk_id disk = 0;
    std::array<std::array<std::deque<wait>, 2>, 2> waiting;  // By urgency and pace.
    std::size_t running = 0;
    std::size_t opening = 0;
  };
  struct begun {
    std::size_t lane;
    job_pace pace;
  };

  std::size_t lane_of(disk_id disk);
  std::size_t share() const noexcept;
  bool may_begin(const lane& one, job_pace pace) const noexcept;
  bool background_waits() const noexcept;

  std::size_t workers_;
  std::vector<lane> lanes_;
  std::unordered_map<std::uint64_t, begun> running_;
  std::size_t waiting_ = 0;
  std::size_t in_a_row_ = 0;  ///< Jobs of people that have begun while the background waited.
  std::uint64_t next_order_ = 0;
};

}  // namespace headway

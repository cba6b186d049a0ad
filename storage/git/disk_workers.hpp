/// Threads for work that blocks on disks, one for each disk, so that one that hangs (a network file
/// system whose server is gone) holds up nobody else's. Private to storage/git.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>

namespace headway::git {

struct disk_workers_options {
  /// A thread that has had nothing to do for so long ends.
  std::chrono::milliseconds idle{10'000};
  /// A job that takes longer hangs, as far as `stop` is concerned.
  std::chrono::milliseconds grace{200};
};

/// Jobs of one disk run one after the other in their order, those of different disks side by side.
/// All functions: any thread.
class disk_workers {
 public:
  /// Threads at most. What comes for yet another disk goes to one of them that has nothing to do,
  /// or has not been busy for long: it does not seem to hang.
  static constexpr std::size_t most = 8;

  /// Whose hanging makes a job hang: most need one disk, and those that need two have a thread
  /// of their own, so that either holds up no job that needs only the other. The numbers are the
  /// caller's.
  using disk_set = std::set<std::uint64_t>;
  /// Must not throw.
  using job = std::function<void()>;

  explicit disk_workers(const disk_workers_options& options = {});
  /// As `stop`.
  ~disk_workers();
  disk_workers(const disk_workers&) = delete;
  disk_workers& operator=(const disk_workers&) = delete;

  /// False when no thread could be had; after `stop`, too. The job is dropped then.
  bool give(const disk_set& disks, job work);

  /// Drops what has not begun and waits for what has, but not for what hangs: its thread is let
  /// go, and ends when the disk answers. So jobs own whatever they touch.
  void stop();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace headway::git

/// A disk as slow as one that turns.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace headway::repo_open_latency {

/// Lets this process read no more than so many requests a second from the device of a folder, by
/// the throttle of the kernel: `io.max` of a control group of its own, or
/// `blkio.throttle.read_iops_device` of the first version. Needs the privilege to make that group.
class slow_disk {
 public:
  /// Null when that is not permitted, or the kernel has no such throttle; `why_not` says which.
  static std::unique_ptr<slow_disk> of(const std::filesystem::path& where, unsigned reads_a_second,
                                       std::string& why_not);
  ~slow_disk();
  slow_disk(const slow_disk&) = delete;
  slow_disk& operator=(const slow_disk&) = delete;

  /// The name of the throttle.
  const std::string& how() const noexcept { return how_; }

  /// All threads of the process are throttled for as long as this lives.
  class turning {
   public:
    explicit turning(const slow_disk* disk);
    ~turning();
    turning(const turning&) = delete;
    turning& operator=(const turning&) = delete;

   private:
    const slow_disk* disk_;  // Null: nothing is throttled.
  };

 private:
  slow_disk(std::filesystem::path home, std::filesystem::path group, std::string how);

  std::filesystem::path home_;   // Where the process belongs.
  std::filesystem::path group_;  // Where it is slow.
  std::string how_;
};

}  // namespace headway::repo_open_latency

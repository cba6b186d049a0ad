/// Which object stores are being fetched into, also by workers of a scheduler that has failed: what
/// one of them has begun goes on for a while. Plain class.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

namespace headway {

/// Shared over restarts of the scheduler; used by one at a time.
class store_claims {
 public:
  /// Holds for as long as somebody else keeps `work`, which goes with the job, or until `release`.
  void claim(const std::string& common_dir, std::weak_ptr<const void> work) {
    held_[common_dir] = std::move(work);
  }

  void release(const std::string& common_dir) { held_.erase(common_dir); }

  bool claimed(const std::string& common_dir) const {
    const auto it = held_.find(common_dir);
    return it != held_.end() && !it->second.expired();
  }

 private:
  std::unordered_map<std::string, std::weak_ptr<const void>> held_;
};

}  // namespace headway

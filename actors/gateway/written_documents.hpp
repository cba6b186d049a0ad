/// Sync statuses as bytes, written once a change.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>

#include <messages/status.hpp>

namespace headway::gateway {

/// Keeps the last document of each project, its bytes and its tag: of a document that says the same
/// as the one before, only the time of its "as_of" is written again. Not thread-safe.
class written_documents {
 public:
  /// Beyond `most_bytes` all are given up: those that are asked for come back at once.
  explicit written_documents(std::size_t most_bytes = 64u << 20) : most_bytes_(most_bytes) {}

  struct written {
    sync_status_ptr status;
    std::string body;  ///< As by `sync_status_json`.
    std::string tag;   ///< As by `status_tag`.
    std::size_t as_of_at = 0;
  };

  /// Valid until the next call. REQUIRES: `status` is not null.
  const written& of(const sync_status_ptr& status);

 private:
  std::unordered_map<std::string, written> known_;  ///< By project.
  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
};

}  // namespace headway::gateway

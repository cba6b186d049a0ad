/// Exclusive use of an open repository for as long as the lease lives.
#pragma once

#include <cstdint>
#include <memory>

#include <caf/expected.hpp>

#include <messages/interfaces.hpp>
#include <storage/git/repository.hpp>

namespace headway {

/// What a pool slot keeps between leases: the handle, if it was ever opened.
struct open_repository {
  repository_location location;
  std::unique_ptr<git::repository> handle;
};

/// Made by the pool, moved inside messages, used by one worker's thread at a time. Destroying it
/// gives the slot back.
class repo_lease {
 public:
  repo_lease(std::uint64_t ticket, std::shared_ptr<open_repository> slot, repo_pool_actor pool)
      : ticket_(ticket), slot_(std::move(slot)), pool_(std::move(pool)) {}
  ~repo_lease();
  repo_lease(const repo_lease&) = delete;
  repo_lease& operator=(const repo_lease&) = delete;

  const repository_location& location() const noexcept { return slot_->location; }

  /// Opens on first use; opens anew when another repository has been put at the path. Blocks:
  /// worker threads only.
  caf::expected<git::repository*> repository();

 private:
  std::uint64_t ticket_;
  std::shared_ptr<open_repository> slot_;
  repo_pool_actor pool_;
};

}  // namespace headway

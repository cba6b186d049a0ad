#include <caf/send.hpp>

#include <actors/repo/repo_lease.hpp>

namespace headway {

repo_lease::~repo_lease() {
  if (slot_->handle)
    slot_->handle->rest();
  slot_.reset();  // Before the pool hears of it: the slot is the pool's alone then.
  caf::anon_send(pool_, lease_returned{ticket_});
}

caf::expected<git::repository*> repo_lease::repository() {
  auto& handle = slot_->handle;
  if (handle && !handle->still_in_place())
    handle.reset();
  if (!handle) {
    auto opened = git::repository::open(slot_->location);
    if (!opened)
      return std::move(opened.error());
    handle = std::move(*opened);
  }
  return handle.get();
}

}  // namespace headway

#include <sys/ioctl.h>

#include <storage/git/clone_moves.hpp>
#include <storage/git/ref_mark.hpp>

namespace headway::git {

bool event_queue::is_empty() const noexcept {
  int bytes = 0;
  return events.is_open() && ::ioctl(events.get(), FIONREAD, &bytes) == 0 && bytes == 0;
}

ref_mark::ref_mark(std::shared_ptr<const clone_moves> of) noexcept
    : of_{std::move(of)}, moves_{of_ ? of_->count() : 0} {}

bool ref_mark::holds() const noexcept {
  return of_ && of_->are_still(moves_);
}

ref_mark ref_marks::make(const std::string& clone) const {
  const std::lock_guard guard{mutex_};
  const auto found = clones_.find(clone);
  return found == clones_.end() ? ref_mark{} : ref_mark{found->second};
}

void ref_marks::set(const std::string& clone, std::shared_ptr<const clone_moves> moves) {
  const std::lock_guard guard{mutex_};
  clones_.insert_or_assign(clone, std::move(moves));
}

void ref_marks::erase(const std::string& clone) {
  const std::lock_guard guard{mutex_};
  clones_.erase(clone);
}

}  // namespace headway::git

#include <utility>

#include <actors/project/status_board.hpp>

namespace headway {

void status_slot::show(shown_status what) {
  auto next = std::make_shared<const shown_status>(std::move(what));
  const std::lock_guard guard{mutex_};
  if (closed_)
    return;
  shown_ = std::move(next);
  ++version_;
}

void status_slot::hide() {
  const std::lock_guard guard{mutex_};
  shown_.reset();
  ++version_;
}

void status_slot::close() {
  closed_ = true;
  hide();
}

std::shared_ptr<const shown_status> status_slot::shown() const {
  const std::lock_guard guard{mutex_};
  return shown_;
}

status_slot_ptr status_board::open(const project_id& project) {
  const std::lock_guard guard{mutex_};
  auto& slot = slots_[project.slug];
  if (!slot)
    slot = std::make_shared<status_slot>();
  return slot;
}

status_slot_ptr status_board::find(const project_id& project) const {
  const std::lock_guard guard{mutex_};
  const auto found = slots_.find(project.slug);
  return found == slots_.end() ? nullptr : found->second;
}

void status_board::close(const project_id& project) {
  const std::lock_guard guard{mutex_};
  const auto node = slots_.extract(project.slug);
  if (node)
    node.mapped()->close();
}

}  // namespace headway

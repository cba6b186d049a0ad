#include <utility>

#include <actors/gateway/event_feed.hpp>

namespace headway::gateway {

namespace {

/// Events with one subject replace each other.
struct subject_of {
  std::string operator()(const project_info& line) const { return "line " + line.id.slug; }
  std::string operator()(const sync_status_ptr& status) const {
    return "line " + status->project.slug;
  }
  std::string operator()(const project_removed& gone) const { return "line " + gone.project.slug; }
  std::string operator()(const remotes_changed& change) const {
    return "remotes " + change.project.slug;
  }
};

}  // namespace

bool event_feed::note(engine_event news) {
  auto subject = std::visit(subject_of{}, news);
  const std::scoped_lock lock{mutex_};
  const bool first = order_.empty();
  if (waiting_.insert_or_assign(subject, std::move(news)).second)
    order_.push_back(std::move(subject));
  return first;
}

std::vector<engine_event> event_feed::take(std::size_t most) {
  const std::scoped_lock lock{mutex_};
  std::vector<engine_event> taken;
  while (!order_.empty() && taken.size() < most) {
    taken.push_back(std::move(waiting_.extract(order_.front()).mapped()));
    order_.pop_front();
  }
  return taken;
}

bool event_feed::empty() const {
  const std::scoped_lock lock{mutex_};
  return order_.empty();
}

}  // namespace headway::gateway

#include <algorithm>
#include <array>

#include <actors/repo/disk_lanes.hpp>

namespace headway {

// Of a lane that has nothing running: one for an opening, one for what is open.
std::size_t disk_lanes::share() const noexcept {
  return std::min<std::size_t>(workers_, 2);
}

std::size_t disk_lanes::workers() const noexcept {
  return workers_ + share() * (std::max<std::size_t>(lanes_.size(), 1) - 1);
}

std::size_t disk_lanes::lane_of(disk_id disk) {
  const auto found = std::ranges::find(lanes_, disk, &lane::disk);
  if (found != lanes_.end())
    return static_cast<std::size_t>(found - lanes_.begin());
  if (lanes_.size() == most_lanes)
    return disk % most_lanes;
  lanes_.emplace_back().disk = disk;
  return lanes_.size() - 1;
}

void disk_lanes::add(std::uint64_t job, disk_id disk, urgency who, job_pace pace) {
  auto& queues = lanes_[lane_of(disk)].waiting;
  queues[static_cast<std::size_t>(who)][static_cast<std::size_t>(pace)].push_back(
      {job, next_order_++});
  ++waiting_;
}

bool disk_lanes::may_begin(const lane& one, job_pace pace) const noexcept {
  if (one.running >= workers_)
    return false;
  if (pace == job_pace::opening && one.opening >= std::max<std::size_t>(workers_, 2) - 1)
    return false;
  std::size_t kept_for_others = 0;
  for (const auto& other : lanes_)
    if (&other != &one)
      kept_for_others += share() - std::min(share(), other.running);
  return running_.size() + kept_for_others < workers();
}

bool disk_lanes::background_waits() const noexcept {
  return std::ranges::any_of(lanes_, [](const lane& one) {
    const auto& queues = one.waiting[static_cast<std::size_t>(urgency::background)];
    return std::ranges::any_of(queues, [](const auto& queue) { return !queue.empty(); });
  });
}

std::optional<std::uint64_t> disk_lanes::next() {
  std::array order{urgency::foreground, urgency::background};
  if (in_a_row_ >= most_of_people_in_a_row)
    std::swap(order[0], order[1]);
  for (const auto who : order) {
    std::deque<wait>* first = nullptr;
    begun start{};
    for (std::size_t i = 0; i < lanes_.size(); ++i)
      for (const auto pace : {job_pace::quick, job_pace::opening}) {
        auto& queue =
            lanes_[i].waiting[static_cast<std::size_t>(who)][static_cast<std::size_t>(pace)];
        if (queue.empty() || !may_begin(lanes_[i], pace))
          continue;
        if (first == nullptr || queue.front().order < first->front().order) {
          first = &queue;
          start = {i, pace};
        }
      }
    if (first == nullptr)
      continue;
    const auto job = first->front().job;
    first->pop_front();
    --waiting_;
    in_a_row_ = who == urgency::foreground && background_waits() ? in_a_row_ + 1 : 0;
    auto& its_lane = lanes_[start.lane];
    ++its_lane.running;
    its_lane.opening += start.pace == job_pace::opening ? 1 : 0;
    running_.emplace(job, start);
    return job;
  }
  return std::nullopt;
}

void disk_lanes::promote(std::uint64_t job) {
  for (auto& one : lanes_) {
    auto& [people, background] = one.waiting;
    for (std::size_t pace = 0; pace < background.size(); ++pace) {
      const auto found = std::ranges::find(background[pace], job, &wait::job);
      if (found == background[pace].end())
        continue;
      background[pace].erase(found);
      people[pace].push_back({job, next_order_++});
      return;
    }
  }
}

void disk_lanes::ended(std::uint64_t job) {
  const auto found = running_.find(job);
  if (found == running_.end())
    return;
  auto& its_lane = lanes_[found->second.lane];
  --its_lane.running;
  its_lane.opening -= found->second.pace == job_pace::opening ? 1 : 0;
  running_.erase(found);
}

bool disk_lanes::abandon(std::uint64_t job) {
  for (auto& one : lanes_)
    for (auto& queues : one.waiting)
      for (auto& queue : queues) {
        const auto found = std::ranges::find(queue, job, &wait::job);
        if (found == queue.end())
          continue;
        queue.erase(found);
        --waiting_;
        return true;
      }
  return false;
}

}  // namespace headway

#include <algorithm>

#include <tools/load/excerpt.hpp>

namespace headway::load {

namespace {

constexpr int least_part_for_judging = 5;

}  // namespace

scenario excerpt_of_length(scenario plan, std::chrono::milliseconds duration) {
  plan.duration = duration;
  plan.warm_up = std::min(plan.warm_up, duration / least_part_for_judging);
  return plan;
}

scenario excerpt_of_size(scenario plan, std::uint64_t projects) {
  auto left = plan.project_count();
  auto groups_behind = plan.projects.size();
  for (auto& group : plan.projects) {
    --groups_behind;
    const auto most = std::max(projects, groups_behind + 1) - groups_behind;
    // Of what is left for this group and those behind it, so that no rounding adds up.
    const auto share = (projects * group.count + left / 2) / left;
    left -= group.count;
    group.count = std::clamp<std::uint64_t>(share, 1, most);
    projects -= std::min(projects, group.count);
  }
  return plan;
}

}  // namespace headway::load

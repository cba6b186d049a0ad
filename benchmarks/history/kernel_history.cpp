#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <ostream>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmarks/history/commit_stream.hpp>
#include <benchmarks/history/dice.hpp>
#include <benchmarks/history/kernel_history.hpp>

namespace headway::history {

namespace {

constexpr std::int64_t day = 86'400;
constexpr std::int64_t cycle_length = 63 * day;
constexpr std::int64_t merge_window = 14 * day;
constexpr std::uint32_t weeks_of_fixes = 7;
constexpr std::uint32_t most_lines_of_work = 110;
constexpr std::uint32_t commits_a_cycle = 13'500;
/// Fewer lines in a small history: else it would consist of merges.
constexpr std::uint32_t commits_a_line = 120;
/// Linux tolerates octopuses of more parents; these are its usual ones.
constexpr std::uint32_t most_topics_at_once = 16;

std::string branch_name(std::uint32_t number) {
  auto digits = std::to_string(number);
  return "b" + std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

/// The newest commit of a line and when its author was there.
struct tip {
  commit_mark mark = 0;
  std::int64_t time = 0;
};

class kernel {
 public:
  kernel(const kernel_plan& plan, std::ostream& out)
      : plan_{plan},
        cycles_{std::max(8u, plan.commits / commits_a_cycle)},
        lines_{std::clamp(plan.commits / cycles_ / commits_a_line, 4u, most_lines_of_work)},
        dice_{plan.seed},
        stream_{out, dice_, plan.skewed} {}

  kernel_figures write() {
    trunk_ = {stream_.commit({}, start), start};
    on_trunk_ = 1;
    remember_trunk();
    fork_points_ = {trunk_};
    for (std::uint32_t cycle = 0; cycle < cycles_; ++cycle)
      write_cycle(cycle);
    stream_.set("refs/heads/main", trunk_.mark);
    stream_.set("refs/remotes/origin/main", trunk_.mark);
    if (integration_)
      stream_.set("refs/heads/integration", integration_->mark);
    for (std::size_t i = 0; i < stable_.size(); ++i)
      stream_.set("refs/heads/stable/" + std::to_string(i), stable_[i].mark);
    write_branches();
    stream_.finish();
    return {stream_.commits(), stream_.merges(), stream_.octopuses()};
  }

 private:
  static constexpr std::int64_t start = 1'113'690'036;

  void write_cycle(std::uint32_t cycle) {
    // Projects grow: the last cycle is almost five times the first.
    const auto growth = 0.35 + 1.3 * cycle / (cycles_ - 1);
    const auto budget = growth * plan_.commits / cycles_;
    const auto begin = start + cycle * cycle_length;
    auto lines = grow_lines(budget * 0.78, begin);
    dice_.shuffle(lines);
    merge_lines(lines, begin + cycle_length - merge_window - weeks_of_fixes * day);
    fix(static_cast<std::uint32_t>(budget * 0.2));
    grow_beside(cycle, lines);
  }

  std::vector<tip> grow_lines(double budget, std::int64_t begin) {
    double all_weights = 0;
    for (std::uint32_t i = 0; i < lines_; ++i)
      all_weights += weight(i);
    std::vector<tip> lines;
    for (std::uint32_t i = 0; i < lines_; ++i) {
      const auto count =
          static_cast<std::uint32_t>(budget * weight(i) / all_weights * (0.5 + dice_.real()));
      if (count == 0)
        continue;
      auto line = begin_line(i, begin);
      grow(line, count);
      if (lives_long(i))
        long_lived_[i] = line;
      lines.push_back(line);
    }
    return lines;
  }

  /// A few lines do most of the work.
  static double weight(std::uint32_t line) { return std::pow(line + 2, -0.85); }
  static bool lives_long(std::uint32_t line) { return line % 6 == 3; }

  tip begin_line(std::uint32_t number, std::int64_t begin) {
    auto& old = long_lived_[number];
    if (!old)
      return {dice_.recent(fork_points_, 1.1).mark, begin};
    auto line = *old;
    line.time = std::max(line.time, begin);
    if (dice_.chance(0.6))
      merge(line, {trunk_.mark}, dice_.below(5 * day));
    return line;
  }

  /// Patches one after the other, and topics that are merged.
  void grow(tip& line, std::uint32_t count) {
    while (count > 0) {
      if (dice_.chance(0.45)) {
        count -= append(line, std::min(count, patches()));
        continue;
      }
      std::vector<commit_mark> topics;
      const auto together =
          dice_.chance(0.03) ? std::min(most_topics_at_once, 2 + dice_.exponential(1.3)) : 1;
      for (std::uint32_t i = 0; i < together && count > 0; ++i) {
        auto topic = dice_.chance(0.7) ? line : dice_.recent(fork_points_, 1.4);
        topic.time = std::max(topic.time, line.time);
        count -= append(topic, std::min(count, patches()));
        topics.push_back(topic.mark);
      }
      merge(line, std::move(topics), 600);
      count -= std::min(count, 1u);
    }
  }

  /// Of one series.
  std::uint32_t patches() { return 1 + dice_.exponential(9); }

  std::uint32_t append(tip& line, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      // A series that is applied at once has one time.
      line.time += dice_.chance(0.6) ? dice_.exponential(3'000) : 0;
      line.mark = stream_.commit({line.mark}, line.time);
    }
    on_trunk_ += count;
    return count;
  }

  void merge(tip& line, std::vector<commit_mark> others, std::int64_t later) {
    line.time += later;
    others.insert(others.begin(), line.mark);
    line.mark = stream_.commit(others, line.time);
    ++on_trunk_;
  }

  void merge_lines(const std::vector<tip>& lines, std::int64_t begin) {
    trunk_.time = std::max(trunk_.time, begin);
    for (const auto& line : lines)
      advance_trunk({line.mark}, merge_window / static_cast<std::int64_t>(lines.size() + 1));
    advance_trunk({}, 3'600);
    fork_points_.push_back(trunk_);
  }

  void fix(std::uint32_t count) {
    for (std::uint32_t week = 0; week < weeks_of_fixes; ++week) {
      std::vector<tip> fixes;
      for (auto left = count / weeks_of_fixes; left > 0;) {
        auto line = dice_.recent(fork_points_, 0.8);
        line.time = std::max(line.time, trunk_.time);
        left -= append(line, std::min(left, patches()));
        fixes.push_back(line);
      }
      for (const auto& line : fixes)
        advance_trunk({line.mark}, 7 * day / static_cast<std::int64_t>(fixes.size() + 1));
      advance_trunk({}, day);
      if (week < 4)
        fork_points_.push_back(trunk_);
    }
    if (fork_points_.size() > 12)
      fork_points_.erase(fork_points_.begin(), fork_points_.end() - 12);
  }

  void advance_trunk(std::vector<commit_mark> merged, std::int64_t later) {
    merge(trunk_, std::move(merged), later);
    remember_trunk();
  }

  void remember_trunk() { trunk_points_.emplace_back(on_trunk_, trunk_); }

  /// What the trunk never merges.
  void grow_beside(std::uint32_t cycle, const std::vector<tip>& lines) {
    const auto counted = on_trunk_;
    if (!integration_)
      integration_ = trunk_;
    integration_->time = std::max(integration_->time, trunk_.time);
    for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), 25); ++i)
      merge(*integration_, {lines[i].mark}, 0);
    merge(*integration_, {trunk_.mark}, 0);
    if (cycle % 5 == 4)
      stable_.push_back(trunk_);
    const auto alive = std::min<std::size_t>(stable_.size(), 6);
    for (auto i = stable_.size() - alive; i < stable_.size(); ++i)
      append(stable_[i], static_cast<std::uint32_t>(0.09 * plan_.commits / cycles_ /
                                                    static_cast<double>(alive)));
    on_trunk_ = counted;
  }

  void write_branches() {
    constexpr std::array<std::uint32_t, 10> own{0, 1, 10, 0, 100, 3, 1, 30, 1'000, 10};
    constexpr std::array<std::uint32_t, 10> distances{0,      1,       10,        100, 1'000,
                                                      10'000, 100'000, 1'000'000, 3,   30};
    const auto scale = std::min(1.0, plan_.commits / 1'300'000.0);
    for (std::uint32_t i = 0; i < plan_.branches; ++i) {
      auto distance = distances[i % 10];
      if (distance > 1'000)
        distance = static_cast<std::uint32_t>(distance * scale);
      auto ahead = std::min(own[i / 10 % 10], distance);
      auto local = trunk_behind(distance - ahead);
      append(local, ahead);
      // Upstreams are not all the same commit: most have something that is theirs alone.
      auto upstream = trunk_;
      append(upstream, i % 10 < 2 ? 0 : i % 3);
      if (distance == 0)
        upstream = local;
      stream_.set("refs/heads/" + branch_name(i), local.mark);
      stream_.set("refs/remotes/origin/" + branch_name(i), upstream.mark);
    }
  }

  /// The newest commit of the trunk that lacks at least `distance` of its commits.
  tip trunk_behind(std::uint32_t distance) const {
    const auto newest = trunk_points_.back().first;
    const auto limit = newest - std::min(newest - 1, distance);
    const auto above = std::upper_bound(trunk_points_.begin(), trunk_points_.end(), limit,
                                        [](auto count, const auto& x) { return count < x.first; });
    return std::prev(above)->second;
  }

  kernel_plan plan_;
  std::uint32_t cycles_;
  std::uint32_t lines_;
  dice dice_;
  commit_stream stream_;
  tip trunk_;
  std::uint32_t on_trunk_ = 0;  ///< Commits made for it, merged or about to be.
  std::vector<std::pair<std::uint32_t, tip>> trunk_points_;
  std::vector<tip> fork_points_;  ///< Where work begins: recent release candidates.
  std::array<std::optional<tip>, most_lines_of_work> long_lived_;
  std::optional<tip> integration_;
  std::vector<tip> stable_;
};

}  // namespace

kernel_figures write_kernel_history(const kernel_plan& plan, std::ostream& out) {
  return kernel{plan, out}.write();
}

void write_branch_settings(const kernel_plan& plan, std::ostream& out) {
  out << "[remote \"origin\"]\n\turl = https://example.org/kernel.git\n"
         "\tfetch = +refs/heads/*:refs/remotes/origin/*\n"
         "[branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n";
  for (std::uint32_t i = 0; i < plan.branches; ++i)
    out << "[branch \"" << branch_name(i) << "\"]\n\tremote = origin\n\tmerge = refs/heads/"
        << branch_name(i) << '\n';
}

}  // namespace headway::history

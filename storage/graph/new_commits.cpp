#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>

#include <messages/error.hpp>
#include <storage/graph/new_commits.hpp>
#include <storage/graph/oid_table.hpp>

namespace headway::graph {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

/// Commits by the order in which they were found; `index` below always means that.
class collection {
 public:
  collection(const known_commit& known, const parent_rules& rules, const parent_reader& read)
      : known_{known}, rules_{rules}, read_{read} {}

  void read_all(std::span<const oid> tips);
  void order();
  new_commits result(std::uint32_t first, std::span<const oid> tips) const;

 private:
  struct parent {
    std::uint32_t index;  ///< Of a new commit, or `none`.
    std::uint32_t dense;  ///< Of a known one.
  };

  std::span<const parent> parents(std::uint32_t index) const {
    return std::span{parents_}.subspan(parents_from_[index],
                                       parents_from_[index + 1] - parents_from_[index]);
  }
  std::span<const std::uint32_t> children(std::uint32_t index) const {
    return std::span{children_}.subspan(children_from_[index],
                                        children_from_[index + 1] - children_from_[index]);
  }

  void read_one(std::uint32_t index);
  void find_children();
  void find_levels();
  void spread_failures();
  void number_by_level();
  caf::error failure(std::uint32_t index) const;

  const known_commit& known_;
  const parent_rules& rules_;
  const parent_reader& read_;
  oid_table found_;
  std::vector<std::size_t> parents_from_{0};
  std::vector<parent> parents_;
  std::vector<std::size_t> children_from_;
  std::vector<std::uint32_t> children_;
  std::unordered_map<std::uint32_t, caf::error> failures_;
  std::vector<std::uint32_t> levels_;    ///< 0: not complete.
  std::vector<std::uint32_t> culprits_;  ///< The commit that could not be read, or `none`.
  std::vector<std::uint32_t> ordered_;   ///< Complete ones, parents first.
  std::vector<std::uint32_t> numbers_;   ///< Place in `ordered_`.
};

void collection::read_all(std::span<const oid> tips) {
  for (const auto& tip : tips)
    if (!known_(tip))
      found_.insert(tip);
  for (std::uint32_t i = 0; i < found_.ids().size(); ++i)
    read_one(i);
}

void collection::read_one(std::uint32_t index) {
  // A copy: `found_` grows below.
  const oid commit = found_.ids()[index];
  const auto ids = rules_.parents(commit, read_);
  if (!ids)
    failures_.emplace(index, ids.error());
  else
    for (const auto& id : *ids) {
      const auto dense = known_(id);
      parents_.push_back(dense ? parent{none, *dense} : parent{found_.insert(id).index, 0});
    }
  parents_from_.push_back(parents_.size());
}

void collection::order() {
  find_children();
  find_levels();
  spread_failures();
  number_by_level();
}

void collection::find_children() {
  const auto count = found_.ids().size();
  children_from_.assign(count + 1, 0);
  for (const auto& one : parents_)
    if (one.index != none)
      ++children_from_[one.index + 1];
  std::partial_sum(children_from_.begin(), children_from_.end(), children_from_.begin());
  children_.resize(children_from_.back());
  auto next = children_from_;
  for (std::uint32_t child = 0; child < count; ++child)
    for (const auto& one : parents(child))
      if (one.index != none)
        children_[next[one.index]++] = child;
}

/// Kahn's algorithm: whatever is left over has an ancestor that failed, or is its own.
void collection::find_levels() {
  const auto count = static_cast<std::uint32_t>(found_.ids().size());
  std::vector<std::uint32_t> waiting(count, 0);
  levels_.assign(count, 0);
  for (std::uint32_t i = 0; i < count; ++i) {
    for (const auto& one : parents(i))
      waiting[i] += one.index != none ? 1 : 0;
    if (waiting[i] == 0 && !failures_.contains(i))
      ordered_.push_back(i);
  }
  for (std::size_t next = 0; next < ordered_.size(); ++next) {
    const auto index = ordered_[next];
    for (const auto& one : parents(index))
      if (one.index != none)
        levels_[index] = std::max(levels_[index], levels_[one.index]);
    ++levels_[index];
    for (const auto child : children(index))
      if (--waiting[child] == 0)
        ordered_.push_back(child);
  }
}

void collection::spread_failures() {
  culprits_.assign(failures_.empty() ? 0 : found_.ids().size(), none);
  std::vector<std::uint32_t> open;
  for (const auto& [index, reason] : failures_) {
    culprits_[index] = index;
    open.push_back(index);
  }
  while (!open.empty()) {
    const auto index = open.back();
    open.pop_back();
    for (const auto child : children(index)) {
      if (culprits_[child] != none)
        continue;
      culprits_[child] = culprits_[index];
      open.push_back(child);
    }
  }
}

void collection::number_by_level() {
  std::vector<std::uint32_t> start;
  for (const auto index : ordered_) {
    if (start.size() <= levels_[index])
      start.resize(levels_[index] + 1, 0);
    ++start[levels_[index]];
  }
  std::exclusive_scan(start.begin(), start.end(), start.begin(), 0u);
  numbers_.assign(found_.ids().size(), none);
  std::vector<std::uint32_t> by_level(ordered_.size());
  for (const auto index : ordered_) {
    numbers_[index] = start[levels_[index]]++;
    by_level[numbers_[index]] = index;
  }
  ordered_ = std::move(by_level);
}

new_commits collection::result(std::uint32_t first, std::span<const oid> tips) const {
  new_commits commits;
  commits.ids.reserve(ordered_.size());
  commits.first_parents.reserve(ordered_.size());
  for (const auto index : ordered_) {
    commits.ids.push_back(found_.ids()[index]);
    commits.first_parents.push_back(parent_list::none);
    const auto child = first + numbers_[index];
    bool at_first = true;
    for (const auto& one : parents(index)) {
      const auto dense = one.index == none ? one.dense : first + numbers_[one.index];
      if (std::exchange(at_first, false))
        commits.first_parents.back() = dense;
      else
        commits.other_parents.push_back({child, dense});
    }
  }
  for (const auto& tip : tips)
    if (const auto index = found_.find(tip); index && levels_[*index] == 0)
      commits.unreachable.emplace_back(tip, failure(*index));
  return commits;
}

caf::error collection::failure(std::uint32_t index) const {
  const auto& tip = found_.ids()[index];
  const auto culprit = culprits_.empty() ? none : culprits_[index];
  if (culprit == none)
    return make_error(ec::corrupt, "grafts or replace refs make an ancestor of " + tip.hex() +
                                       " its own ancestor; remove them");
  const auto& reason = failures_.at(culprit);
  return make_error(code_of(reason),
                    "commit " + found_.ids()[culprit].hex() + ": " + detail_of(reason));
}

}  // namespace

new_commits read_new_commits(std::uint32_t first, std::span<const oid> tips,
                             const known_commit& known, const parent_rules& rules,
                             const parent_reader& read) {
  collection commits{known, rules, read};
  commits.read_all(tips);
  commits.order();
  return commits.result(first, tips);
}

}  // namespace headway::graph

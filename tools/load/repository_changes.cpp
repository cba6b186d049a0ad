#include <algorithm>

#include <tools/load/child.hpp>
#include <tools/load/repository_changes.hpp>

namespace headway::load {

namespace {

/// So many branches that churn made are in a clone at a time.
constexpr std::size_t most_churned = 5;

std::vector<std::string> some_branches(const planned_change& change,
                                       const project_fixture& project) {
  auto all = project.branches;
  dice random{change.seed};
  random.shuffle(all);
  all.resize(std::min<std::size_t>(all.size(), change.branches));
  return all;
}

/// Commits for `git fast-import`: on top of each branch, or in place of its tip.
std::string commits_on(const std::vector<std::string>& branches, const planned_change& change,
                       std::uint64_t number) {
  std::string text;
  for (const auto& branch : branches)
    for (std::uint32_t i = 0; i < change.commits; ++i) {
      const auto message =
          "change " + std::to_string(number) + "." + std::to_string(i) + " of " + branch + "\n";
      text += "commit refs/heads/" + branch + "\ncommitter Load <load@example.org> now\ndata " +
              std::to_string(message.size()) + "\n" + message;
      if (i == 0)
        text += "from refs/heads/" + branch +
                (change.kind == change_kind::force_push ? "~1" : "^0") + "\n";
      text += "\n";
    }
  return text;
}

void import(const std::filesystem::path& repository, const std::string& commits) {
  output_of(
      {"git", "-C", repository.string(), "fast-import", "--quiet", "--force", "--date-format=now"},
      commits);
}

}  // namespace

std::vector<moved_tip> repository_changes::apply(const planned_change& change,
                                                 const project_fixture& project) {
  ++number_;
  const auto clone = project.clone.string();
  switch (change.kind) {
    case change_kind::push:
    case change_kind::force_push:
      import(project.bare, commits_on(some_branches(change, project), change, number_));
      return {};
    case change_kind::commit: {
      const auto branches = some_branches(change, project);
      import(project.clone / ".git", commits_on(branches, change, number_));
      std::vector<moved_tip> moved;
      for (const auto& branch : branches)
        moved.push_back(
            {branch, output_of({"git", "-C", clone, "rev-parse", "refs/heads/" + branch})});
      return moved;
    }
    case change_kind::churn:
      churn(clone);
      return {};
    case change_kind::gc:
      output_of({"git", "-C", clone, "-c", "gc.auto=0", "gc", "--quiet"});
      return {};
  }
  return {};
}

void repository_changes::churn(const std::string& clone) {
  auto& there = churned_[clone];
  there.push_back("churn/" + std::to_string(number_));
  output_of({"git", "-C", clone, "branch", "--quiet", there.back(), "origin/main"});
  if (there.size() <= most_churned)
    return;
  output_of({"git", "-C", clone, "branch", "--quiet", "-D", there.front()});
  there.pop_front();
}

}  // namespace headway::load

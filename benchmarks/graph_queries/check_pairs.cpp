#include <algorithm>

#include <benchmarks/graph_queries/contest_clone.hpp>
#include <benchmarks/graph_queries/in_process.hpp>
#include <benchmarks/graph_queries/sections.hpp>

namespace headway::graph_queries {

namespace {

/// Git's single walk wants one base for many tips.
constexpr std::size_t tips_a_base = 100;

/// Rather than a process for each: what they share is walked once.
void compare_with_single_walks(contest& x, std::size_t count) {
  const git_counts newest{x.asked.newest_git};
  const auto pairs = random_pairs(x.of, count, x.random);
  for (std::size_t begin = 0; begin < count; begin += tips_a_base) {
    std::vector<oid> tips;
    for (auto i = begin; i < std::min(count, begin + tips_a_base); ++i)
      tips.push_back(pairs[i].local);
    const auto clone =
        make_contest_clone(x.of, x.scratch / "check", tips, graph_files::as_they_are);
    const auto& base = pairs[begin].upstream;
    const auto theirs = newest.ahead_behind_of(clone.path, base.hex()).counts;
    for (const auto& [name, branch] : clone.branches) {
      const tip_pair pair{branch.local, base};
      const auto ours = count_one(*x.indexed, pair);
      x.answers.compare("newest git for-each-ref %(ahead-behind)", counterpart::exact, x.of, pair,
                        ours, theirs.at(name));
      x.answers.compare("Headway, walking", counterpart::exact, x.of, pair, ours,
                        count_one(*x.walked, pair));
    }
  }
}

void compare_with_rev_list(contest& x, std::size_t count) {
  const git_counts git{"git"};
  for (const auto& pair : random_pairs(x.of, count, x.random)) {
    const auto ours = count_one(*x.indexed, pair);
    x.answers.compare("git rev-list", counterpart::dated, x.of, pair, ours,
                      git.rev_list(x.of.path(), pair).counts);
    x.answers.compare("Headway, walking", counterpart::exact, x.of, pair, ours,
                      count_one(*x.walked, pair));
  }
}

}  // namespace

void check_pairs(contest& x, std::size_t count) {
  if (x.asked.newest_git.empty())
    compare_with_rev_list(x, count);
  else
    compare_with_single_walks(x, count);
}

}  // namespace headway::graph_queries

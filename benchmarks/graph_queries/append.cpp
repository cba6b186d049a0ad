#include <optional>
#include <ostream>

#include <benchmarks/graph_queries/contest_clone.hpp>
#include <benchmarks/graph_queries/in_process.hpp>
#include <benchmarks/graph_queries/sections.hpp>
#include <benchmarks/history/program_input.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/summary.hpp>

namespace headway::graph_queries {

namespace {

constexpr std::uint32_t new_commits = 1'000;
constexpr std::size_t branches = 200;

/// A line with a side line every seventh commit, merged at once: what a day brings.
void write_new_commits(const oid& onto, std::ostream& out) {
  out << "feature done\n";
  for (std::uint32_t i = 1; i <= new_commits; ++i) {
    const auto parent = [&](std::uint32_t back) {
      return i > back ? ":" + std::to_string(i - back) : onto.hex();
    };
    out << "commit refs/remotes/origin/main\nmark :" << i << "\ncommitter C <c@example.org> "
        << 2'000'000'000 + i << " +0000\ndata 4\nnew\n\n";
    out << "from " << parent(i % 14 == 7 ? 2 : 1) << '\n';
    if (i % 14 == 8)
      out << "merge " << parent(2) << '\n';
    out << '\n';
  }
  out << "done\n" << std::flush;
}

class append_contest {
 public:
  explicit append_contest(contest& x)
      : x_{x},
        clone_{make_contest_clone(x.of, x.scratch / "append",
                                  branch_like_tips(x.of, branches, x.random),
                                  graph_files::as_they_are)} {
    history::program_input import{
        {"git", "-C", clone_.path.string(), "fast-import", "--quiet", "--force"}};
    write_new_commits(x.of.main_tip(), import.stream());
    import.finish();
    grown_.emplace(clone_.path);
    for (const auto& tip : grown_->tips())
      if (!x_.walked->find(tip))
        tip_ = tip;
    for (const auto& [name, pair] : clone_.branches)
      pairs_.push_back({pair.local, tip_});
  }

  void run() {
    const std::vector<measure::contender> contenders{
        {"graph", [this] { return extend(x_.walked, grown_->list_reader()); }},
        {"graph and index", [this] { return extend(x_.indexed, grown_->list_reader()); }},
        {"objects too", [this] { return extend(x_.indexed, grown_->object_reader()); }},
        {"answers", [this] { return answer(); }},
        {"answers again", [this] { return answer_again(); }},
        {"git", [this] { return git(); }},
    };
    extend(x_.indexed, grown_->list_reader());
    compare_answers();
    const auto costs = measure::run_rounds(x_.asked.rounds, contenders);
    // Everything from the moved ref on, commits read through libgit2 included.
    std::vector<double> all;
    std::vector<double> without_objects;
    for (std::size_t round = 0; round < costs[2].size(); ++round) {
      all.push_back(costs[2][round] + costs[3][round]);
      without_objects.push_back(costs[1][round] + costs[3][round]);
    }
    auto& section = x_.report.begin(
        x_.title("1,000 new commits on the main branch, then 200 branches; us"),
        {"graph, a commit", "with index, a commit", "with objects, a commit", "answers, all",
         "again", "git for-each-ref", "git / ours", "git / ours without objects"});
    const auto each = [&](std::size_t i) { return 1e6 * measure::median(costs[i]) / new_commits; };
    section.add({each(0), each(1), each(2), 1e6 * measure::median(costs[3]),
                 1e6 * measure::median(costs[4]), 1e6 * measure::median(costs[5]),
                 measure::ratio_of(costs[5], all), measure::ratio_of(costs[5], without_objects)});
  }

 private:
  double extend(const graph::commit_graph_ptr& graph, const graph::parent_reader& read) {
    const std::vector<oid> tips{tip_};
    extended_ = nullptr;
    return seconds_of([&] { extended_ = graph::commit_graph::extend(graph, tips, read).graph; });
  }

  double answer() {
    return seconds_of([&] { graph::count(*extended_, pairs_); });
  }

  /// With what the first time has brought into the processor's caches.
  double answer_again() {
    answer();
    return answer();
  }

  git_counts counterpart_git() const {
    return git_counts{x_.asked.newest_git.empty() ? "git" : x_.asked.newest_git};
  }

  counted_branches counted_by_git() const {
    return x_.asked.newest_git.empty()
               ? counterpart_git().track(clone_.path)
               : counterpart_git().ahead_behind_of(clone_.path, "refs/remotes/origin/main");
  }

  double git() { return measure::in_seconds(counted_by_git().cost.wall); }

  void compare_answers() {
    const auto theirs = counted_by_git();
    for (const auto& [name, pair] : clone_.branches) {
      const tip_pair moved{pair.local, tip_};
      x_.answers.compare("git, after 1,000 new commits",
                         x_.asked.newest_git.empty() ? counterpart::dated : counterpart::exact,
                         *grown_, moved, count_one(*extended_, moved), theirs.counts.at(name));
    }
  }

  contest& x_;
  contest_clone clone_;
  std::optional<subject> grown_;
  oid tip_;
  std::vector<tip_pair> pairs_;
  graph::commit_graph_ptr extended_;
};

}  // namespace

void measure_append(contest& x) {
  append_contest{x}.run();
}

}  // namespace headway::graph_queries

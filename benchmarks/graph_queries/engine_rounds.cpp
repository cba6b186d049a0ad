#include <charconv>
#include <optional>
#include <stdexcept>

#include <benchmarks/graph_queries/contest_clone.hpp>
#include <benchmarks/graph_queries/in_process.hpp>
#include <benchmarks/graph_queries/sections.hpp>
#include <benchmarks/history/program_input.hpp>
#include <benchmarks/measure/summary.hpp>

#include <actors/engine.hpp>
#include <messages/error.hpp>

namespace headway::graph_queries {

namespace {

constexpr std::size_t forced = 10;
constexpr const char* upstream = "refs/remotes/origin/main";

engine_config settings() {
  engine_config config;
  config.fetch.background = fetch_config::background_mode::off;
  return config;
}

/// The value of a counter in Prometheus's text form.
std::uint64_t counter(const std::string& text, const std::string& name) {
  const auto at = text.find("\n" + name + " ");
  std::uint64_t value = 0;
  if (at != std::string::npos)
    std::from_chars(text.data() + at + name.size() + 2, text.data() + text.size(), value);
  return value;
}

/// What a host asks of an engine, again and again, while refs of one clone move.
class engine_contest {
 public:
  engine_contest(contest& x, const std::vector<oid>& tips)
      : x_{x},
        clone_{make_contest_clone(x.of, x.scratch / "engine", tips, graph_files::as_they_are)} {}

  void run() {
    auto& section = x_.report.begin(
        x_.title("status of " + std::to_string(clone_.branches.size()) +
                 " branches from an engine, refs and all, while refs move; ms"),
        {"what", "rounds", "p50", "greatest", "git", "git / engine", "counted each"});
    add(section, "the first: graph and index from files", 1, [this] { start(); });
    add(section, "nothing has moved", 10, [] {});
    add(section, "a branch has moved on", x_.asked.rounds, [this] { move_on(); });
    add(section, "10 branches were forced", x_.asked.rounds, [this] { force(); });
    add(section, "the upstream of all has moved", x_.asked.rounds, [this] { move_upstream(); });
    const auto hits = counter(engine_->metrics(), "headway_graph_pair_hits_total");
    const auto all = hits + misses();
    x_.report.state(x_.of.name() + ", pairs answered from memory",
                    std::to_string(hits) + " of " + std::to_string(all));
  }

 private:
  void start() {
    engine_.emplace(settings());
    if (const auto error = engine_->start())
      throw std::runtime_error(describe(error));
    auto added = engine_->add(clone_.path.string());
    if (!added)
      throw std::runtime_error(describe(added.error()));
    project_ = added->id;
  }

  /// `change` is not part of what is measured, except for the first.
  template <class Change>
  void add(measure::section& section, const std::string& what, std::size_t rounds, Change change) {
    std::vector<double> ours;
    std::vector<double> theirs;
    const auto before = engine_ ? misses() : 0;
    for (std::size_t i = 0; i < rounds; ++i) {
      const bool first = !engine_;
      const auto changed = seconds_of(change);
      ours.push_back(1e3 * (seconds_of([this] { ask(); }) + (first ? changed : 0)));
      theirs.push_back(1e3 * git());
    }
    const auto known = measure::summarize(ours);
    section.add({what, std::uint64_t{rounds}, known.p50, known.greatest, measure::median(theirs),
                 measure::ratio_of(theirs, ours), (misses() - before) / rounds});
  }

  void ask() {
    const auto answer = engine_->sync_status(project_);
    if (!answer)
      throw std::runtime_error(describe(answer.error()));
    status_ = answer->status;
  }

  double git() {
    const bool newest = !x_.asked.newest_git.empty();
    const git_counts git{newest ? x_.asked.newest_git : "git"};
    const auto theirs =
        newest ? git.ahead_behind_of(clone_.path, upstream) : git.track(clone_.path);
    for (const auto& branch : status_->branches)
      if (branch.ahead)
        x_.answers.compare("git, while refs move", newest ? counterpart::exact : counterpart::dated,
                           x_.of, {*branch.local_oid, *branch.remote_oid},
                           {*branch.ahead, *branch.behind}, theirs.counts.at(branch.name));
    return measure::in_seconds(theirs.cost.wall);
  }

  std::uint64_t misses() { return counter(engine_->metrics(), "headway_graph_pair_misses_total"); }

  void update(const std::vector<std::pair<std::string, oid>>& refs) const {
    history::program_input input{{"git", "-C", clone_.path.string(), "update-ref", "--stdin"}};
    for (const auto& [name, id] : refs)
      input.stream() << "update " << name << ' ' << id.hex() << '\n';
    input.finish();
  }

  oid any_commit() { return x_.of.commits()[x_.random() % x_.of.commits().size()]; }
  std::string any_branch() {
    auto branch = clone_.branches.begin();
    std::advance(branch, x_.random() % clone_.branches.size());
    return "refs/heads/" + branch->first;
  }

  /// So many first parents below the main tip.
  oid main_line(std::uint64_t below) const {
    auto commit = x_.of.number(x_.of.main_tip());
    for (; below > 0 && !x_.of.parents(commit).empty(); --below)
      commit = x_.of.parents(commit).front();
    return x_.of.commits()[commit];
  }

  void move_on() { update({{any_branch(), main_line(1 + x_.random() % 100)}}); }

  void force() {
    std::vector<std::pair<std::string, oid>> refs;
    auto branch = clone_.branches.begin();
    for (std::size_t i = 0; i < forced; ++i, ++branch)
      refs.emplace_back("refs/heads/" + branch->first, any_commit());
    update(refs);
  }

  /// Each time to a commit where it has not been, so that no pair is known.
  void move_upstream() { update({{upstream, main_line(100 * ++moves_)}}); }

  contest& x_;
  contest_clone clone_;
  std::optional<engine> engine_;
  project_id project_;
  sync_status_ptr status_;
  std::uint64_t moves_ = 0;
};

}  // namespace

void measure_engine(contest& x) {
  engine_contest{x, branch_like_tips(x.of, x.asked.whole_branches, x.random)}.run();
}

}  // namespace headway::graph_queries

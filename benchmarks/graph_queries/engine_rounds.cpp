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
constexpr std::size_t still_rounds = 10;

// What a person waits for without noticing.
constexpr std::size_t small_batch = 10;
constexpr double longest_ms = 100;
constexpr const char* upstream = "refs/remotes/origin/main";

engine_config settings(std::size_t workers) {
  engine_config config;
  config.graph.workers = workers;
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
  engine_contest(contest& x, std::size_t branches, std::size_t workers)
      : x_{x},
        workers_{workers},
        clone_{make_contest_clone(x.of, x.scratch / "engine",
                                  branch_like_tips(x.of, branches, x.random),
                                  graph_files::as_they_are)} {}

  void add_to(measure::section& section) {
    add(section, "nothing is loaded", x_.asked.rounds, counting::from_scratch, [this] { start(); });
    add(section, "nothing has moved", still_rounds, counting::what_moved, [] {});
    add(section, "a branch has moved on", x_.asked.rounds, counting::what_moved,
        [this] { move_on(); });
    add(section, "10 branches were forced", x_.asked.rounds, counting::what_moved,
        [this] { force(forced); });
    add(section, "all branches were forced", x_.asked.rounds, counting::what_moved,
        [this] { force(clone_.branches.size()); });
    add(section, "the upstream of all has moved", x_.asked.rounds, counting::what_moved,
        [this] { move_upstream(); });
  }

  /// A batch of pairs of which none is known, many times; in milliseconds.
  std::vector<double> unknown_batches(std::size_t count) {
    start();
    ask();
    std::vector<double> samples;
    for (std::size_t i = 0; i < count; ++i) {
      force(clone_.branches.size());
      samples.push_back(1e3 * seconds_of([this] { ask(); }));
    }
    return samples;
  }

 private:
  /// Whether what makes a round different is a part of what is measured.
  enum class counting : std::uint8_t { from_scratch, what_moved };

  void start() {
    engine_.emplace(settings(workers_));
    if (const auto error = engine_->start())
      throw std::runtime_error(describe(error));
    auto added = engine_->add(clone_.path.string());
    if (!added)
      throw std::runtime_error(describe(added.error()));
    project_ = added->id;
  }

  template <class Change>
  void add(measure::section& section, const std::string& what, std::size_t rounds, counting how,
           Change change) {
    std::vector<double> ours;
    std::vector<double> theirs;
    std::uint64_t counted = 0;
    for (std::size_t i = 0; i < rounds; ++i) {
      if (how == counting::from_scratch)
        engine_.reset();
      const auto misses_before = misses();
      const auto changed = seconds_of(change);
      ours.push_back(
          1e3 * (seconds_of([this] { ask(); }) + (how == counting::from_scratch ? changed : 0)));
      counted += misses() - misses_before;
      // Once more for each round would take minutes and tell nothing new.
      theirs.push_back(i < x_.asked.rounds ? 1e3 * git() : theirs.back());
    }
    const auto summary = measure::summarize(ours);
    section.add({std::uint64_t{clone_.branches.size()}, std::uint64_t{workers_}, what,
                 std::uint64_t{rounds}, summary.p50, summary.greatest, measure::median(theirs),
                 measure::ratio_of(theirs, ours), counted / rounds,
                 100 - 100 * static_cast<double>(counted) /
                           static_cast<double>(rounds * clone_.branches.size())});
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

  std::uint64_t misses() { return told("headway_graph_pair_misses_total"); }
  std::uint64_t told(const std::string& name) {
    return engine_ ? counter(engine_->metrics(), name) : 0;
  }

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

  void force(std::size_t count) {
    std::vector<std::pair<std::string, oid>> refs;
    auto branch = clone_.branches.begin();
    for (std::size_t i = 0; i < count && branch != clone_.branches.end(); ++i, ++branch)
      refs.emplace_back("refs/heads/" + branch->first, any_commit());
    update(refs);
  }

  /// Each time to a commit where it has not been, so that no pair is known.
  void move_upstream() { update({{upstream, main_line(100 * ++moves_)}}); }

  contest& x_;
  std::size_t workers_;
  contest_clone clone_;
  std::optional<engine> engine_;
  project_id project_;
  sync_status_ptr status_;
  std::uint64_t moves_ = 0;
};

}  // namespace

void measure_engine(contest& x) {
  auto& section =
      x.report.begin(x.title("status from an engine, refs and all, while refs move; ms"),
                     {"branches", "workers", "what", "rounds", "p50", "greatest", "git",
                      "git / engine", "counted each", "from memory, %"});
  for (const std::size_t branches : {1, 10, 100, 1'000})
    for (const std::size_t workers : {1, 2})
      if (branches <= x.asked.whole_branches)
        engine_contest{x, branches, workers}.add_to(section);
}

void measure_floor(contest& x) {
  auto& section = x.report.begin(x.title("a batch of 10 from an engine, no pair known; ms"),
                                 {"batches", "p50", "p95", "p99"});
  const auto samples = measure::summarize(
      engine_contest{x, small_batch, 2}.unknown_batches(10 * x.asked.rounds + 50));
  section.add({std::uint64_t{samples.count}, samples.p50, samples.p95, samples.p99});
  x.report.judge(x.title("a batch of 10 from an engine: p99 < 100 ms"), samples.p99,
                 samples.p99 < longest_ms);
  x.report.name("engine_batch_of_10_p99_ms" + x.key, samples.p99);
}

}  // namespace headway::graph_queries

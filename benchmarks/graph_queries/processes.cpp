#include <algorithm>
#include <set>
#include <stdexcept>

#include <benchmarks/graph_queries/contest_clone.hpp>
#include <benchmarks/graph_queries/sections.hpp>
#include <benchmarks/measure/rounds.hpp>
#include <benchmarks/measure/stopwatch.hpp>
#include <benchmarks/measure/summary.hpp>
#include <boost/json.hpp>

namespace headway::graph_queries {

namespace {

constexpr const char* base = "refs/remotes/origin/main";

/// Whether `headway` finds what an earlier run of it has left in the cache directory.
enum class cache_state : std::uint8_t { warm, empty };

/// What the runs of one program cost, by round.
struct program_costs {
  std::vector<double> wall;
  std::vector<double> cpu;
  std::uint64_t peak = 0;

  double add(const measure::command_cost& one) {
    wall.push_back(measure::in_seconds(one.wall));
    cpu.push_back(measure::in_seconds(one.cpu));
    peak = std::max(peak, one.peak_resident_bytes);
    return wall.back();
  }
};

std::map<std::string, ahead_behind> parse_status(const std::string& json) {
  std::map<std::string, ahead_behind> counts;
  const auto document = boost::json::parse(json);
  for (const auto& branch : document.at(0).at("branches").as_array())
    if (branch.at("ahead").is_number())
      counts[branch.at("name").as_string().c_str()] = {
          branch.at("ahead").to_number<std::uint64_t>(),
          branch.at("behind").to_number<std::uint64_t>()};
  return counts;
}

class process_contest {
 public:
  process_contest(contest& x, const std::vector<oid>& tips, graph_files files, cache_state cache)
      : x_{x},
        files_{files},
        state_{cache},
        clone_{make_contest_clone(x.of, x.scratch / "process", tips, files)} {}

  void add_to(measure::section& section) {
    std::filesystem::remove_all(cache());
    compare_answers();
    std::vector<measure::contender> contenders{
        {"headway", [this] { return ours_.add(headway({"status"})); }}};
    if (walks_are_short())
      contenders.push_back({"track", [this] { return track_.add(git_.track(clone_.path).cost); }});
    if (x_.has_newest())
      contenders.push_back({"ahead-behind", [this] { return newest_.add(single_walk().cost); }});
    measure::run_rounds(x_.asked.rounds, contenders);
    const auto& theirs = x_.has_newest() ? newest_ : track_;
    section.add({static_cast<std::uint64_t>(clone_.branches.size()),
                 files_ == graph_files::none ? "none" : "there",
                 state_ == cache_state::empty ? "empty" : "warm", milliseconds(ours_.wall),
                 milliseconds(ours_.cpu), milliseconds(track_.wall), milliseconds(newest_.wall),
                 ratio_of(track_.wall, ours_.wall), ratio_of(theirs.wall, ours_.wall),
                 ratio_of(theirs.cpu, ours_.cpu), mebibytes(ours_.peak), mebibytes(theirs.peak)});
  }

 private:
  bool walks_are_short() const { return x_.walks_are_short(clone_.branches.size()); }
  std::filesystem::path cache() const { return x_.scratch / "headway-cache"; }

  static measure::figure milliseconds(const std::vector<double>& seconds) {
    return seconds.empty() ? measure::figure{} : measure::figure{1e3 * measure::median(seconds)};
  }
  static measure::figure ratio_of(const std::vector<double>& other,
                                  const std::vector<double>& ours) {
    return other.empty() ? measure::figure{} : measure::figure{measure::ratio_of(other, ours)};
  }
  static double mebibytes(std::uint64_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(1 << 20);
  }

  measure::command_cost headway(std::vector<std::string> arguments) const {
    if (state_ == cache_state::empty)
      std::filesystem::remove_all(cache());
    arguments.insert(arguments.begin(), std::filesystem::absolute(x_.asked.headway).string());
    arguments.push_back(clone_.path.string());
    auto cost = measure::run(
        {.argv = std::move(arguments), .environment = {{"XDG_CACHE_HOME", cache().string()}}});
    if (cost.status != 0)
      throw std::runtime_error(x_.asked.headway + " failed in " + clone_.path.string() + ": " +
                               cost.errors);
    return cost;
  }

  counted_branches single_walk() const {
    return git_counts{x_.asked.newest_git}.ahead_behind_of(clone_.path, base);
  }

  /// The first run also fills the cache directory.
  void compare_answers() {
    const auto ours = parse_status(headway({"status", "--json"}).output);
    if (walks_are_short()) {
      const auto track = git_.track(clone_.path).counts;
      for (const auto& [name, pair] : clone_.branches)
        x_.answers.compare("git for-each-ref %(upstream:track)", counterpart::dated, x_.of, pair,
                           ours.at(name), track.at(name));
    }
    if (!x_.has_newest())
      return;
    const auto newest = single_walk().counts;
    for (const auto& [name, pair] : clone_.branches)
      x_.answers.compare("newest git for-each-ref %(ahead-behind)", counterpart::exact, x_.of, pair,
                         ours.at(name), newest.at(name));
  }

  contest& x_;
  graph_files files_;
  cache_state state_;
  contest_clone clone_;
  git_counts git_{"git"};
  program_costs ours_;
  program_costs track_;
  program_costs newest_;
};

}  // namespace

void measure_processes(contest& x) {
  if (x.asked.headway.empty())
    return;
  auto& section = x.report.begin(
      x.title("`headway status` and git as whole processes, branches against one base; ms, MiB"),
      {"branches", "commit-graph", "our cache", "headway", "cpu", "git track",
       "newest ahead-behind", "track / headway", "best git / headway", "the same in cpu", "peak",
       "peak of git"});
  for (const auto branches : std::set<std::size_t>{
           std::min<std::size_t>(200, x.asked.whole_branches), x.asked.whole_branches}) {
    const auto tips = branch_like_tips(x.of, branches, x.random);
    for (const auto files : {graph_files::as_they_are, graph_files::none})
      for (const auto cache : {cache_state::warm, cache_state::empty})
        process_contest{x, tips, files, cache}.add_to(section);
  }
}

}  // namespace headway::graph_queries

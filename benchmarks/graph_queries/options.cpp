#include <algorithm>

#include <CLI/CLI.hpp>
#include <benchmarks/graph_queries/options.hpp>
#include <benchmarks/history/synthetic_repository.hpp>

namespace headway::graph_queries {

namespace {

constexpr const char* about =
    "Ahead and behind by Headway, git and libgit2, side by side; all answers are compared.\n\n"
    "Sections, for each repository:\n"
    "  distance  one pair, 1 to 1,000,000 commits apart: index, walk, libgit2, a git process\n"
    "  batch     1 to 1,000 pairs with one base: index, walk, git's for-each-ref\n"
    "  cold      nothing loaded yet: files, objects, index\n"
    "  threads   one thread and two\n"
    "  append    1,000 new commits, then 200 branches\n"
    "  memory    bytes a commit\n"
    "  engine    an engine asked again and again while refs move\n"
    "  floor     a batch of 10 unknown pairs through an engine, against 100 ms\n"
    "  process   `headway status` and git as whole processes (needs --headway)";

/// Small enough to be made and measured in a minute.
void make_quick(options& asked) {
  asked.rounds = 3;
  asked.pairs = 20;
  asked.whole_branches = 100;
  asked.plan.commits = std::min(asked.plan.commits, 20'000u);
}

}  // namespace

bool options::wants(const std::string& section) const {
  return sections.empty() || std::ranges::find(sections, section) != sections.end();
}

std::variant<options, int> parse(int argc, const char* const* argv) {
  options asked;
  bool quick = false;
  std::string cache;
  CLI::App line{about};
  line.add_option("--repository", asked.repositories, "A repository to count in; repeatable");
  line.add_option("--cache", cache,
                  "Where made-up histories are kept (default: $XDG_CACHE_HOME/headway-benchmarks)");
  line.add_option("--commits", asked.plan.commits, "Of the made-up history's main branch")
      ->capture_default_str();
  line.add_option("--seed", asked.plan.seed, "Of the made-up history")->capture_default_str();
  line.add_option("--section", asked.sections, "Measure this one only; repeatable")
      ->check(CLI::IsMember({"distance", "batch", "cold", "threads", "append", "memory", "engine",
                             "floor", "process"}));
  line.add_option("--git", asked.newest_git,
                  "A git of 2.41 or newer, for for-each-ref %(ahead-behind)");
  line.add_option("--headway", asked.headway, "The program, for whole processes");
  line.add_option("--rounds", asked.rounds, "Of each comparison")->capture_default_str();
  line.add_option("--pairs", asked.pairs, "For each distance")->capture_default_str();
  line.add_option("--check", asked.checked_pairs,
                  "Measure nothing: compare so many random pairs with git");
  line.add_option("--json", asked.json, "Write all figures to this file");
  line.add_option("--plot", asked.plot, "Draw time over distance to this file, as SVG");
  line.add_flag("--quick", quick, "Few samples of a small history");
  try {
    line.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return line.exit(end);
  }
  if (quick)
    make_quick(asked);
  asked.cache = cache.empty() ? history::usual_cache() : std::filesystem::path{cache};
  return asked;
}

}  // namespace headway::graph_queries

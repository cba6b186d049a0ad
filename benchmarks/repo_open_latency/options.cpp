#include <CLI/CLI.hpp>
#include <benchmarks/history/synthetic_repository.hpp>
#include <benchmarks/repo_open_latency/options.hpp>

namespace headway::repo_open_latency {

namespace {

constexpr const char* about =
    "How long until a repository can be read, for 1, 10 and 50 users at once: a lease from the "
    "pool\n"
    "of an engine, Headway's own opening without a pool, and git_repository_open for each "
    "request.\n\n"
    "Tables, for each size of repository:\n"
    "  warm  its files are in the page cache; the ratio compares the p99 of each round\n"
    "  cold  the page cache is dropped before each sample (as root; else only the files of\n"
    "        the repository, which the facts say). \"reads\" are requests to the device\n"
    "        meanwhile, and \"p99 and 8 ms a read\" is arithmetic: what a disk of 7,200 turns a\n"
    "        minute would make of it that serves one after the other.\n"
    "  cold, from an emulated hard disk  the same while the kernel lets the process have 125\n"
    "        reads a second (io.max of a control group, or\n"
    "        blkio.throttle.read_iops_device; as root: where that is not permitted the facts\n"
    "        say so). It is harsher than the arithmetic: some 30 ms a read were seen.";

}  // namespace

std::variant<options, int> parse(int argc, const char* const* argv) {
  options asked;
  bool quick = false;
  std::string cache;
  CLI::App line{about};
  line.add_option("--cache", cache,
                  "Where made-up histories are kept (default: $XDG_CACHE_HOME/headway-benchmarks)");
  line.add_option("--commits", asked.commits, "Sizes of the made-up repositories")
      ->capture_default_str();
  line.add_option("--users", asked.users, "At once")->capture_default_str();
  line.add_option("--rounds", asked.rounds, "Of each comparison")->capture_default_str();
  line.add_option("--cold", asked.cold_samples, "Samples with a cold cache, for each contender")
      ->capture_default_str();
  line.add_option("--hard-disk", asked.hard_disk_samples,
                  "The same, from an emulated hard disk; 0: none")
      ->capture_default_str();
  line.add_option("--json", asked.json, "Write all figures to this file");
  line.add_flag("--quick", quick, "Few samples of small repositories");
  try {
    line.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return line.exit(end);
  }
  if (quick) {
    asked.rounds = 2;
    asked.cold_samples = 2;
    asked.hard_disk_samples = 1;
    asked.commits = {500, 2'000};
    asked.each = std::chrono::milliseconds{100};
  }
  asked.cache = cache.empty() ? history::usual_cache() : std::filesystem::path{cache};
  return asked;
}

}  // namespace headway::repo_open_latency

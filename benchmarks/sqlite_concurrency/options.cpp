#include <algorithm>

#include <CLI/CLI.hpp>
#include <benchmarks/sqlite_concurrency/options.hpp>

namespace headway::sqlite_concurrency {

namespace {

constexpr const char* about =
    "The store of Headway (one writer, group commit) against ten connections with a busy timeout\n"
    "and against one bulk transaction, on the same schema.\n\n"
    "Sections:\n"
    "  derived   documents of 20 branches, synchronous=NORMAL: rows/s and acknowledgements. All "
    "write\n"
    "            the same rows, of branches and project; the ten a transaction for each, and "
    "whole\n"
    "            rows, as who does not know what is there must\n"
    "  registry  changes of the registry, synchronous=FULL: the same\n"
    "  reads     a document is looked up while nobody writes, and while others write flat out;\n"
    "            WAL against the DELETE journal\n"
    "  pressed   writes while two readers read flat out\n"
    "  matches   projects that need a pull, by the partial index and without: 10, 100, 1,000\n"
    "  start     a start with all projects, after a stop and after a kill\n"
    "  upkeep    how long its steps hold up who would write, and how large the file is afterwards";

/// Enough to see that all works.
void make_quick(options& asked) {
  asked.rounds = 2;
  asked.projects = 1'000;
  asked.each = std::chrono::milliseconds{200};
}

}  // namespace

bool options::wants(const std::string& section) const {
  return sections.empty() || std::ranges::find(sections, section) != sections.end();
}

std::variant<options, int> parse(int argc, const char* const* argv) {
  options asked;
  bool quick = false;
  std::size_t milliseconds = 1'000;
  CLI::App line{about};
  line.add_option("--directory", asked.directory, "On the disk to measure (default: here)");
  line.add_option("--section", asked.sections, "Measure this one only; repeatable")
      ->check(
          CLI::IsMember({"derived", "registry", "reads", "pressed", "matches", "start", "upkeep"}));
  line.add_option("--rounds", asked.rounds, "Of each comparison")->capture_default_str();
  line.add_option("--projects", asked.projects, "With 20 branches each")->capture_default_str();
  line.add_option("--each", milliseconds, "Milliseconds for each contender in each round")
      ->capture_default_str();
  line.add_option("--json", asked.json, "Write all figures to this file");
  line.add_flag("--quick", quick, "Few samples of a small database");
  try {
    line.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return line.exit(end);
  }
  asked.each = std::chrono::milliseconds{milliseconds};
  if (quick)
    make_quick(asked);
  if (asked.directory.empty())
    asked.directory = std::filesystem::current_path();
  return asked;
}

}  // namespace headway::sqlite_concurrency

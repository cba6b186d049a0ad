// Runs seeds; the first one that goes wrong ends it with status 1 and is printed with the way to
// replay it.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <tests/simulation/run.hpp>
#include <unistd.h>

namespace {

using headway::simulation::journal;
using headway::simulation::outcome;
using headway::simulation::run_seed;

struct options {
  std::vector<std::uint64_t> seeds;
  journal::verbosity trace = journal::verbosity::silent;
  unsigned times = 1;
  bool go_on = false;
};

int usage() {
  std::fputs(
      "simulate --seeds N [--first N]   so many seeds, from the first on (1)\n"
      "simulate --seed N [--trace]      one seed; with everything that happens in it\n"
      "simulate --list FILE             the seeds in a file, one a line\n"
      "  --twice      each seed twice, to see that it comes out the same\n"
      "  --go-on      all of them, also after one that went wrong\n",
      stderr);
  return 2;
}

bool number(const char* text, std::uint64_t& into) {
  const auto* end = text + std::strlen(text);
  return std::from_chars(text, end, into).ptr == end && end != text;
}

void add_list(const char* file, std::vector<std::uint64_t>& seeds) {
  std::ifstream lines{file};
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line[0] != '#')
      seeds.push_back(std::stoull(line));
}

bool parse(int argc, char** argv, options& result) {
  std::uint64_t count = 0;
  std::uint64_t first = 1;
  std::uint64_t one = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--trace")
      result.trace = journal::verbosity::spoken;
    else if (option == "--twice")
      result.times = 2;
    else if (option == "--go-on")
      result.go_on = true;
    else if (option == "--list")
      add_list(argv[++i], result.seeds);
    else if (option == "--seeds" && number(value, count))
      ++i;
    else if (option == "--first" && number(value, first))
      ++i;
    else if (option == "--seed" && number(value, one))
      ++i, result.seeds.push_back(one);
    else
      return false;
  }
  for (std::uint64_t seed = first; seed < first + count; ++seed)
    result.seeds.push_back(seed);
  return !result.seeds.empty();
}

/// In memory where there is such a place: the fsyncs are real.
std::string directory() {
  const std::filesystem::path shared = "/dev/shm";
  const auto base =
      ::access(shared.c_str(), W_OK) == 0 ? shared : std::filesystem::temp_directory_path();
  return (base / ("headway-simulation-" + std::to_string(::getpid()))).string();
}

}  // namespace

int main(int argc, char** argv) {
  options chosen;
  if (!parse(argc, argv, chosen))
    return usage();
  const auto where = directory();
  const auto begin = std::chrono::steady_clock::now();
  outcome sum;
  std::uint64_t runs = 0;
  std::uint64_t wrong = 0;
  for (const auto seed : chosen.seeds) {
    std::uint64_t fingerprint = 0;
    for (unsigned time = 0; time < chosen.times; ++time) {
      auto one = run_seed(seed, where, chosen.trace);
      if (time > 0 && one.complaint.empty() && one.fingerprint != fingerprint)
        one.complaint = "it came out in another way when it was run again";
      fingerprint = one.fingerprint;
      ++runs;
      sum.messages += one.messages;
      sum.documents += one.documents;
      sum.probes += one.probes;
      sum.fetches += one.fetches;
      sum.questions += one.questions;
      sum.lives += one.lives;
      sum.simulated += one.simulated;
      if (one.complaint.empty())
        continue;
      ++wrong;
      std::printf("seed %llu: %s\n  tests/simulate --seed %llu --trace\n",
                  static_cast<unsigned long long>(seed), one.complaint.c_str(),
                  static_cast<unsigned long long>(seed));
      std::fflush(stdout);
      break;
    }
    if (wrong > 0 && !chosen.go_on)
      break;
  }
  std::filesystem::remove_all(where);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf(
      "%llu runs in %.1f s (%.1f a second): %.1f simulated hours, %llu lives, %llu messages, %llu "
      "documents, %llu probes, %llu fetches, %llu questions; %llu went wrong\n",
      static_cast<unsigned long long>(runs), took.count(), double(runs) / took.count(),
      double(sum.simulated.count()) / 3'600'000, static_cast<unsigned long long>(sum.lives),
      static_cast<unsigned long long>(sum.messages), static_cast<unsigned long long>(sum.documents),
      static_cast<unsigned long long>(sum.probes), static_cast<unsigned long long>(sum.fetches),
      static_cast<unsigned long long>(sum.questions), static_cast<unsigned long long>(wrong));
  return wrong > 0 ? 1 : 0;
}

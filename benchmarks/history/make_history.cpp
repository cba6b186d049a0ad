/// make_history [--commits N] [--branches N] [--seed N]: a stream for `git fast-import` on standard
/// output; `kernel_history.hpp` says of what. Figures go to standard error.
#include <iostream>

#include <CLI/CLI.hpp>
#include <benchmarks/history/kernel_history.hpp>

int main(int argc, char** argv) {
  headway::history::kernel_plan plan;
  CLI::App options{"Writes a history like that of Linux as a stream for git fast-import."};
  options.add_option("--commits", plan.commits, "On the main branch")->capture_default_str();
  options.add_option("--branches", plan.branches, "Each with an upstream")->capture_default_str();
  options.add_option("--seed", plan.seed, "Another seed makes another history")
      ->capture_default_str();
  CLI11_PARSE(options, argc, argv);
  std::ios::sync_with_stdio(false);
  const auto figures = headway::history::write_kernel_history(plan, std::cout);
  std::cerr << figures.commits << " commits, " << figures.merges << " merges, " << figures.octopuses
            << " octopuses\n";
  return std::cout.good() ? 0 : 1;
}

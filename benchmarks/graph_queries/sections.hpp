/// What is measured in one repository; each adds a table to the report.
#pragma once

#include <filesystem>

#include <benchmarks/graph_queries/git_counts.hpp>
#include <benchmarks/graph_queries/options.hpp>
#include <benchmarks/graph_queries/pair_choice.hpp>
#include <benchmarks/graph_queries/subject.hpp>
#include <benchmarks/graph_queries/verdicts.hpp>
#include <benchmarks/measure/plot.hpp>
#include <benchmarks/measure/report.hpp>

namespace headway::graph_queries {

/// One repository and everything that its sections share.
struct contest {
  const subject& of;
  const options& asked;
  measure::report& report;
  verdicts& answers;
  std::filesystem::path scratch;  ///< For clones; on the disk of the repository's choice.
  random_engine random{1};

  /// Of the whole history.
  graph::commit_graph_ptr walked;
  graph::commit_graph_ptr indexed;  ///< The same with an index.
  /// Behind the names of figures: empty for the first repository, ".NAME" for the others.
  std::string key;

  std::string title(const std::string& what) const { return of.name() + ": " + what; }

  bool has_newest() const { return !asked.newest_git.empty(); }
  /// Whether `%(upstream:track)` of so many branches is to be asked for. It walks for each branch:
  /// hours, at a million commits and a thousand branches. Where a newer git is there to compare
  /// with, the long ones are left out.
  bool walks_are_short(std::size_t branches) const {
    return !has_newest() || branches * of.commits().size() <= longest_walks;
  }

  static constexpr std::size_t longest_walks = 50'000'000;  ///< Branches times commits.
};

/// Loads both graphs.
contest begin_contest(const subject& of, const options& asked, measure::report& report,
                      verdicts& answers, std::filesystem::path scratch);

/// Answers the curves of time over distance.
std::vector<measure::curve> measure_distances(contest& x);
void measure_batches(contest& x);
void measure_cold(contest& x);
void measure_threads(contest& x);
void measure_append(contest& x);
void measure_memory(contest& x);
void measure_engine(contest& x);
void measure_floor(contest& x);
void measure_processes(contest& x);

/// Measures nothing: compares random pairs with git, by walk and by index.
void check_pairs(contest& x, std::size_t count);

}  // namespace headway::graph_queries

/// Who is compared, on one repository.
#pragma once

#include <string>
#include <vector>

#include <benchmarks/measure/report.hpp>
#include <benchmarks/repo_open_latency/options.hpp>
#include <benchmarks/repo_open_latency/slow_disk.hpp>
#include <benchmarks/repo_open_latency/users.hpp>

namespace headway::repo_open_latency {

struct way {
  std::string name;
  make_opening make;
};

struct contest {
  const options& asked;
  measure::report& report;
  std::filesystem::path repository;
  std::string title;                     ///< "10,000 commits"
  std::string key;                       ///< "10000_commits", for names of figures.
  std::vector<way> ways;                 ///< Ours first, the counterpart last.
  const slow_disk* hard_disk = nullptr;  ///< Null: none can be emulated.
};

void measure_warm(contest& x);
void measure_cold(contest& x);

}  // namespace headway::repo_open_latency

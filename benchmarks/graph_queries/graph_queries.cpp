#include <cstdlib>
#include <fstream>
#include <ostream>
#include <stdexcept>

#include <benchmarks/graph_queries/graph_queries.hpp>
#include <benchmarks/graph_queries/libgit2_counts.hpp>
#include <benchmarks/graph_queries/sections.hpp>
#include <benchmarks/history/synthetic_repository.hpp>
#include <benchmarks/measure/machine.hpp>

namespace headway::graph_queries {

namespace {

/// A folder for clones beside what they are clones of, so that objects can be linked; removed with
/// this object.
class scratch_folder {
 public:
  explicit scratch_folder(const std::filesystem::path& beside) {
    auto pattern = (beside / ".graph-queries-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      pattern = (std::filesystem::temp_directory_path() / "graph-queries-XXXXXX").string();
      if (::mkdtemp(pattern.data()) == nullptr)
        throw std::runtime_error("no folder for clones can be made in " + pattern);
    }
    path_ = pattern;
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

void state_versions(measure::report& report, const options& asked) {
  report.state("git", git_counts{"git"}.version());
  report.state("newest git", asked.newest_git.empty()
                                 ? "not given by --git: for-each-ref %(ahead-behind) is missing"
                                 : git_counts{asked.newest_git}.version());
  report.state("libgit2", libgit2_counts::version());
  if (asked.headway.empty())
    report.state("headway", "not given by --headway: whole processes are missing");
  report.state("rounds", std::to_string(asked.rounds));
}

void measure_repository(const options& asked, const std::filesystem::path& path, std::size_t number,
                        measure::report& report, verdicts& answers,
                        std::vector<measure::curve>& curves) {
  const subject of{path};
  const scratch_folder scratch{of.path().parent_path()};
  auto x = begin_contest(of, asked, report, answers, scratch.path());
  x.key = number == 0 ? "" : "." + of.name();
  report.state(of.name(), std::to_string(of.commits().size()) + " commits, " +
                              std::to_string(of.tips().size()) + " tips");
  if (asked.checked_pairs > 0)
    return check_pairs(x, asked.checked_pairs);
  if (asked.wants("distance"))
    for (auto& curve : measure_distances(x))
      curves.push_back(std::move(curve));
  const std::pair<const char*, void (*)(contest&)> others[] = {
      {"batch", measure_batches}, {"cold", measure_cold},         {"threads", measure_threads},
      {"append", measure_append}, {"memory", measure_memory},     {"engine", measure_engine},
      {"floor", measure_floor},   {"process", measure_processes},
  };
  for (const auto& [name, measure_section] : others)
    if (asked.wants(name))
      measure_section(x);
}

void write_plot(const std::filesystem::path& file, std::vector<measure::curve> curves) {
  std::ofstream stream{file};
  stream << measure::to_svg({.title = "One pair, warm",
                             .x_label = "commits apart",
                             .y_label = "us a pair",
                             .curves = std::move(curves)});
  if (!stream.flush())
    throw std::runtime_error("cannot write " + file.string());
}

int measure_all(const options& asked, std::ostream& out, std::ostream& errors) {
  auto repositories = asked.repositories;
  if (repositories.empty())
    repositories.push_back(history::kernel_repository(
        asked.cache, asked.plan, [&](std::string_view what) { errors << what << std::endl; }));
  measure::report report{"graph_queries", out};
  report.state(measure::facts(measure::describe_machine(repositories.front())));
  state_versions(report, asked);
  verdicts answers;
  std::vector<measure::curve> curves;
  for (std::size_t i = 0; i < repositories.size(); ++i)
    measure_repository(asked, repositories[i], i, report, answers, curves);
  answers.add_to(report);
  report.finish();
  if (!asked.json.empty())
    report.write_json(asked.json);
  if (!asked.plot.empty() && !curves.empty())
    write_plot(asked.plot, std::move(curves));
  if (answers.failed())
    errors << "graph_queries: an answer was wrong; the last table says whose\n";
  return answers.failed() || !report.all_met() ? 1 : 0;
}

}  // namespace

int run(int argc, const char* const* argv, std::ostream& out, std::ostream& errors) {
  const auto asked = parse(argc, argv);
  if (const auto* status = std::get_if<int>(&asked))
    return *status == 0 ? 0 : 2;
  try {
    return measure_all(std::get<options>(asked), out, errors);
  } catch (const std::exception& e) {
    errors << "graph_queries: " << e.what() << '\n';
    return 1;
  }
}

}  // namespace headway::graph_queries

#include <cstdlib>
#include <fstream>
#include <ostream>
#include <stdexcept>
#include <string>

#include <benchmarks/history/program_input.hpp>
#include <benchmarks/history/synthetic_repository.hpp>
#include <benchmarks/measure/command.hpp>

namespace headway::history {

namespace {

/// Another number whenever the same plan begins to mean another history.
constexpr int edition = 1;

std::string name_of(const kernel_plan& plan) {
  return "kernel-" + std::to_string(edition) + "-" + std::to_string(plan.commits) + "-" +
         std::to_string(plan.branches) + "-" + std::to_string(plan.seed) + ".git";
}

}  // namespace

std::filesystem::path usual_cache() {
  if (const auto* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
    return std::filesystem::path{cache} / "headway-benchmarks";
  if (const auto* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return std::filesystem::path{home} / ".cache/headway-benchmarks";
  throw std::runtime_error("neither XDG_CACHE_HOME nor HOME is set; name a folder by --cache");
}

std::filesystem::path kernel_repository(const std::filesystem::path& cache, const kernel_plan& plan,
                                        const std::function<void(std::string_view)>& tell) {
  const auto path = cache / name_of(plan);
  if (std::filesystem::exists(path))
    return path;
  std::filesystem::create_directories(cache);
  // Renamed when it is whole: what an interrupted run leaves is never taken for it.
  const auto unfinished = path.string() + ".unfinished";
  std::filesystem::remove_all(unfinished);
  tell("making a history of " + std::to_string(plan.commits) + " commits in " + path.string());
  measure::output_of({.argv = {"git", "init", "-q", "--bare", "-b", "main", unfinished}});
  program_input import{{"git", "-C", unfinished, "fast-import", "--quiet", "--force"}};
  write_kernel_history(plan, import.stream());
  import.finish();
  std::ofstream settings{unfinished + "/config", std::ios::app};
  write_branch_settings(plan, settings);
  settings.close();
  tell("writing its commit-graph file");
  for (const auto* step : {"pack-refs --all", "commit-graph write --reachable"})
    measure::output_of({.argv = {"sh", "-c", "git " + std::string{step}}, .directory = unfinished});
  std::filesystem::rename(unfinished, path);
  return path;
}

}  // namespace headway::history

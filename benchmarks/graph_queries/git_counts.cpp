#include <sstream>
#include <stdexcept>

#include <benchmarks/graph_queries/git_counts.hpp>

namespace headway::graph_queries {

measure::command_cost git_counts::run(const std::filesystem::path& repository,
                                      std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {program_, "-C", repository.string()});
  auto cost = measure::run({.argv = std::move(arguments),
                            .environment = {{"GIT_CONFIG_NOSYSTEM", "1"}, {"LC_ALL", "C"}}});
  if (cost.status != 0)
    throw std::runtime_error(program_ + " failed in " + repository.string() + ": " + cost.errors);
  return cost;
}

std::string git_counts::version() const {
  const auto words = measure::output_of({.argv = {program_, "--version"}});
  return words.substr(words.rfind(' ') + 1);
}

counted git_counts::rev_list(const std::filesystem::path& repository, const tip_pair& pair) const {
  counted result;
  result.cost = run(repository, {"rev-list", "--left-right", "--count",
                                 pair.local.hex() + "..." + pair.upstream.hex()});
  std::istringstream{result.cost.output} >> result.counts.ahead >> result.counts.behind;
  return result;
}

counted_branches git_counts::track(const std::filesystem::path& repository) const {
  counted_branches result;
  result.cost = run(repository, {"for-each-ref", "refs/heads/",
                                 "--format=%(refname:lstrip=2) %(upstream:track,nobracket)"});
  std::istringstream lines{result.cost.output};
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.find(' ');
    result.counts[line.substr(0, space)] = parse_track(line.substr(space + 1));
  }
  return result;
}

counted_branches git_counts::ahead_behind_of(const std::filesystem::path& repository,
                                             const std::string& base) const {
  counted_branches result;
  result.cost = run(repository, {"for-each-ref", "refs/heads/",
                                 "--format=%(refname:lstrip=2) %(ahead-behind:" + base + ")"});
  std::istringstream lines{result.cost.output};
  std::string name;
  for (ahead_behind counts; lines >> name >> counts.ahead >> counts.behind;)
    result.counts[name] = counts;
  return result;
}

ahead_behind parse_track(const std::string& text) {
  ahead_behind counts;
  std::istringstream words{text};
  std::string word;
  for (std::uint64_t number = 0; words >> word >> number; words.ignore(1))
    (word == "ahead" ? counts.ahead : counts.behind) = number;
  return counts;
}

}  // namespace headway::graph_queries

#include <chrono>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>

#include <tools/load/child.hpp>
#include <tools/load/truth.hpp>

namespace headway::load {

namespace {

constexpr std::chrono::milliseconds worth_keeping{20};

std::string text_in(const boost::json::object& from, std::string_view key) {
  const auto* found = from.if_contains(key);
  return found && found->is_string() ? std::string{found->as_string()} : std::string{};
}

std::optional<std::uint64_t> count_in(const boost::json::object& from, std::string_view key) {
  const auto* found = from.if_contains(key);
  if (!found || !found->is_number())
    return std::nullopt;
  return found->to_number<std::uint64_t>();
}

std::string in_words(const branch_truth& branch) {
  const auto number = [](const auto& x) { return x ? std::to_string(*x) : std::string{"null"}; };
  return branch.state + " " + number(branch.ahead) + "/" + number(branch.behind) + " at " +
         branch.local.substr(0, 12) + " against " + branch.remote.substr(0, 12);
}

std::string state_of(std::uint64_t ahead, std::uint64_t behind) {
  if (ahead > 0 && behind > 0)
    return "diverged";
  return ahead > 0 ? "ahead" : behind > 0 ? "behind" : "in_sync";
}

}  // namespace

std::optional<project_truth> truth_in(std::string_view document) {
  boost::system::error_code error;
  const auto json = boost::json::parse(document, error);
  if (error || !json.is_object() || !json.as_object().contains("branches") ||
      !json.at("branches").is_array())
    return std::nullopt;
  project_truth result;
  for (const auto& item : json.at("branches").as_array()) {
    if (!item.is_object())
      return std::nullopt;
    const auto& branch = item.as_object();
    result[text_in(branch, "name")] = {text_in(branch, "local_oid"), text_in(branch, "remote_oid"),
                                       text_in(branch, "state"), count_in(branch, "ahead"),
                                       count_in(branch, "behind")};
  }
  return result;
}

git_truth::git_truth(std::filesystem::path kept) : kept_{std::move(kept)} {
  std::ifstream file{kept_};
  std::string in;
  std::string not_in;
  for (std::uint64_t count = 0; file >> in >> not_in >> count;)
    known_[{in, not_in}] = count;
}

project_truth git_truth::of(const project_fixture& project) {
  const auto clone = project.clone.string();
  std::map<std::string, std::string> tips;
  std::map<std::string, std::string> upstreams;
  std::istringstream lines{
      output_of({"git", "-C", clone, "for-each-ref",
                 "--format=%(refname) %(objectname) %(upstream)", "refs/heads", "refs/remotes"})};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields{line};
    std::string ref;
    std::string tip;
    std::string upstream;
    fields >> ref >> tip >> upstream;
    tips[ref] = tip;
    upstreams[ref] = upstream;
  }
  project_truth result;
  constexpr std::string_view heads = "refs/heads/";
  for (const auto& [ref, tip] : tips) {
    if (!ref.starts_with(heads))
      continue;
    auto& branch = result[ref.substr(heads.size())];
    branch.local = tip;
    const auto& upstream = upstreams[ref];
    const auto remote = tips.find(upstream);
    if (upstream.empty() || remote == tips.end()) {
      branch.state = upstream.empty() ? "no_upstream" : "upstream_gone";
      continue;
    }
    branch.remote = remote->second;
    branch.ahead = count(clone, branch.local, branch.remote);
    branch.behind = count(clone, branch.remote, branch.local);
    branch.state = state_of(*branch.ahead, *branch.behind);
  }
  return result;
}

std::uint64_t git_truth::count(const std::string& clone, const std::string& in,
                               const std::string& not_in) {
  if (in == not_in)
    return 0;
  const auto [at, is_new] = known_.try_emplace({in, not_in}, 0);
  if (!is_new)
    return at->second;
  const auto begun = std::chrono::steady_clock::now();
  at->second = std::strtoull(
      output_of({"git", "-C", clone, "rev-list", "--count", in, "--not", not_in, "--"}).c_str(),
      nullptr, 10);
  if (!kept_.empty() && std::chrono::steady_clock::now() - begun > worth_keeping)
    std::ofstream{kept_, std::ios::app} << in << ' ' << not_in << ' ' << at->second << '\n';
  return at->second;
}

std::vector<std::string> differences(const std::string& project, const project_truth& git,
                                     const project_truth& node) {
  std::vector<std::string> found;
  for (const auto& [name, branch] : git) {
    const auto told = node.find(name);
    if (told == node.end())
      found.push_back(project + " " + name + ": the node does not know it");
    else if (!(told->second == branch))
      found.push_back(project + " " + name + ": git says " + in_words(branch) + ", the node " +
                      in_words(told->second));
  }
  for (const auto& [name, branch] : node)
    if (!git.contains(name))
      found.push_back(project + " " + name + ": git has no such branch");
  return found;
}

}  // namespace headway::load

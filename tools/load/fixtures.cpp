#include <algorithm>
#include <fstream>
#include <stdexcept>

#include <benchmarks/history/dice.hpp>
#include <benchmarks/history/synthetic_repository.hpp>

#include <tools/load/fixtures.hpp>

namespace headway::load {

namespace fs = std::filesystem;

namespace {

struct size_of_template {
  std::uint32_t commits;
  std::uint32_t branches;
};

constexpr std::array<size_of_template, template_names.size()> sizes_of_templates{
    {{500, 60}, {10'000, 100}, {100'000, 200}, {1'300'000, 200}}};

history::kernel_plan plan_of(template_size size) {
  const auto& wanted = sizes_of_templates[static_cast<std::size_t>(size)];
  return {.commits = wanted.commits, .branches = wanted.branches};
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream stream{file, std::ios::binary};
  stream << text;
  if (!stream.flush())
    throw std::runtime_error("cannot write " + file.string());
}

/// Name and tip of the refs below `prefix`.
std::map<std::string, std::string> refs_below(const fs::path& repository,
                                              const std::string& prefix) {
  std::map<std::string, std::string> refs;
  std::ifstream packed{repository / "packed-refs"};
  for (std::string line; std::getline(packed, line);)
    if (line.size() > 41 && line.compare(41, prefix.size(), prefix) == 0)
      refs[line.substr(41 + prefix.size())] = line.substr(0, 40);
  return refs;
}

std::string packed(const std::map<std::string, std::string>& refs) {
  std::string text = "# pack-refs with: peeled fully-peeled sorted \n";
  for (const auto& [name, tip] : refs)
    text.append(tip).append(" ").append(name).append("\n");
  return text;
}

/// Objects are never written again once they are there, so the links are safe.
void link_objects(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::recursive_directory_iterator{from}) {
    const auto target = to / fs::relative(entry.path(), from);
    if (entry.is_directory()) {
      fs::create_directories(target);
      continue;
    }
    std::error_code problem;
    fs::create_hard_link(entry.path(), target, problem);
    if (problem)
      fs::copy_file(entry.path(), target);
  }
}

void make_bare(const templates::history& from, const fs::path& bare) {
  fs::create_directories(bare / "refs/heads");
  fs::create_directories(bare / "refs/tags");
  link_objects(from.path / "objects", bare / "objects");
  std::map<std::string, std::string> refs;
  for (const auto& [name, tip] : from.upstream)
    refs["refs/heads/" + name] = tip;
  write(bare / "packed-refs", packed(refs));
  write(bare / "HEAD", "ref: refs/heads/main\n");
  write(bare / "config", "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
}

std::string settings_of_clone(const project_fixture& project, const remote_address& address) {
  std::string text =
      "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tlogallrefupdates = true\n"
      "[remote \"origin\"]\n\turl = " +
      address.url + "\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n";
  for (const auto& branch : project.branches)
    text += "[branch \"" + branch + "\"]\n\tremote = origin\n\tmerge = refs/heads/" + branch + "\n";
  for (const auto& [key, value] : address.settings) {
    const auto dot = key.find('.');
    text += "[" + key.substr(0, dot) + "]\n\t" + key.substr(dot + 1) + " = \"" + value + "\"\n";
  }
  return text;
}

void make_clone(const templates::history& from, const project_fixture& project,
                const remote_address& address) {
  const auto git = project.clone / ".git";
  fs::create_directories(git / "refs/heads");
  fs::create_directories(git / "refs/remotes");
  link_objects(from.path / "objects", git / "objects");
  std::map<std::string, std::string> refs;
  for (const auto& branch : project.branches) {
    refs["refs/heads/" + branch] = from.local.at(branch);
    refs["refs/remotes/origin/" + branch] = from.upstream.at(branch);
  }
  write(git / "packed-refs", packed(refs));
  write(git / "HEAD", "ref: refs/heads/main\n");
  write(git / "config", settings_of_clone(project, address));
}

std::vector<std::string> choose_branches(const templates::history& from, const distribution& many,
                                         history::dice& random) {
  const auto count = std::min(
      many.most, many.least + random.exponential(static_cast<double>(many.mean - many.least)));
  std::vector<std::string> others;
  for (const auto& [name, tip] : from.upstream)
    if (name != "main")
      others.push_back(name);
  random.shuffle(others);
  others.insert(others.begin(), "main");
  others.resize(std::min<std::size_t>(others.size(), count));
  return others;
}

}  // namespace

std::uint32_t commits_of(template_size size) noexcept {
  return sizes_of_templates[static_cast<std::size_t>(size)].commits;
}

templates::templates(const fs::path& cache, const std::vector<template_size>& sizes,
                     const tell_progress& tell) {
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    auto& made = made_[static_cast<std::size_t>(sizes[i])];
    if (made)
      continue;
    const auto plan = plan_of(sizes[i]);
    auto path = headway::history::kernel_repository(
        cache, plan, [&](std::string_view what) { tell(what, i, sizes.size()); });
    auto local = refs_below(path, "refs/heads/");
    auto upstream = refs_below(path, "refs/remotes/origin/");
    made = history{std::move(path), plan.commits, std::move(local), std::move(upstream)};
  }
}

const templates::history& templates::of(template_size size) const {
  return *made_[static_cast<std::size_t>(size)];
}

std::vector<project_fixture> make_projects(
    const scenario& plan, const templates& from, const fs::path& folder,
    const std::function<remote_address(const project_fixture&)>& address,
    const tell_progress& tell) {
  std::vector<project_fixture> projects;
  std::vector<project_fixture> spares;
  history::dice random{plan.seed};
  std::size_t all = 0;
  for (const auto& group : plan.projects)
    all += group.count + group.spare;
  for (const auto& group : plan.projects) {
    const auto host = std::ranges::find(plan.hosts, group.host, &host_plan::name);
    for (std::uint64_t i = 0; i < group.count + group.spare; ++i) {
      const auto number = projects.size() + spares.size();
      tell("making projects", number, all);
      project_fixture project;
      project.name = std::string{template_names[static_cast<std::size_t>(group.of)]} + "-" +
                     std::to_string(number);
      project.clone = folder / "clones" / project.name;
      project.bare = folder / "remotes" / (project.name + ".git");
      project.host = static_cast<std::uint32_t>(host - plan.hosts.begin());
      project.of = group.of;
      project.branches = choose_branches(from.of(group.of), group.tracked, random);
      project.spare = i >= group.count;
      make_bare(from.of(group.of), project.bare);
      make_clone(from.of(group.of), project, address(project));
      (project.spare ? spares : projects).push_back(std::move(project));
    }
  }
  projects.insert(projects.end(), spares.begin(), spares.end());
  return projects;
}

}  // namespace headway::load

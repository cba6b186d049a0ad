#include <algorithm>
#include <stdexcept>
#include <string_view>

#include <benchmarks/graph_queries/subject.hpp>
#include <benchmarks/measure/command.hpp>

#include <messages/error.hpp>

namespace headway::graph_queries {

namespace {

template <class T>
T must(caf::expected<T> value) {
  if (!value)
    throw std::runtime_error(describe(value.error()));
  return std::move(*value);
}

oid id_of(std::string_view hex) {
  const auto id = oid::from_hex(hex);
  if (!id)
    throw std::runtime_error("git told \"" + std::string{hex} + "\" as the id of a commit");
  return *id;
}

std::string git(const std::filesystem::path& repository, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"git", "-C", repository.string()});
  return measure::output_of({.argv = std::move(arguments)});
}

repository_location locate(const std::filesystem::path& path) {
  git::initialise_library();
  return must(git::locate(path.string()));
}

/// Calls `visit` with each line.
template <class Visitor>
void for_each_line(std::string_view text, Visitor visit) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

subject::subject(const std::filesystem::path& path)
    : path_{std::filesystem::canonical(path)},
      name_{path_.stem().string()},
      location_{locate(path_)},
      repository_{must(git::repository::open(location_))} {
  read_commits();
  read_refs();
}

void subject::read_commits() {
  const auto text = git(path_, {"rev-list", "--parents", "--all"});
  for_each_line(text, [&](std::string_view line) {
    commits_.push_back(id_of(line.substr(0, 40)));
    numbers_.emplace(commits_.back(), static_cast<std::uint32_t>(commits_.size() - 1));
  });
  // A parent may be listed before its child when dates are skewed, so that numbers come first.
  parents_.reserve(commits_.size());
  for_each_line(text, [&](std::string_view line) {
    auto& mine = parents_.emplace_back();
    for (line.remove_prefix(40); line.size() > 40; line.remove_prefix(41))
      mine.push_back(numbers_.at(id_of(line.substr(1, 40))));
  });
}

void subject::read_refs() {
  main_tip_ = id_of(git(path_, {"rev-parse", "--verify", "HEAD^{commit}"}));
  const auto refs = git(path_, {"for-each-ref", "--format=%(objectname) %(*objectname)"});
  for_each_line(refs, [&](std::string_view line) {
    const auto peeled = line.size() > 41 ? line.substr(41, 40) : line.substr(0, 40);
    if (const auto id = id_of(peeled); numbers_.contains(id))
      tips_.push_back(id);
  });
  std::ranges::sort(tips_);
  tips_.erase(std::ranges::unique(tips_).begin(), tips_.end());
  for (const auto& branch : must(repository_->read_refs()).branches)
    if (branch.tip && branch.upstream && branch.upstream->tip)
      branches_.push_back({*branch.tip, *branch.upstream->tip});
}

graph::graph_source subject::source() const {
  auto overrides = must(repository_->read_overrides());
  const auto signature = git::signature_of(overrides);
  return {repository_->object_directories(), std::move(overrides), signature};
}

graph::parent_reader subject::object_reader() const {
  return [this](const oid& commit) { return repository_->read_parents(commit); };
}

graph::parent_reader subject::list_reader() const {
  return [this](const oid& commit) -> caf::expected<std::vector<oid>> {
    std::vector<oid> ids;
    for (const auto parent : parents_[numbers_.at(commit)])
      ids.push_back(commits_[parent]);
    return ids;
  };
}

ahead_behind subject::truth(const tip_pair& pair) const {
  std::vector<std::uint8_t> sides(commits_.size(), 0);
  const auto paint = [&](std::uint32_t tip, std::uint8_t side) {
    std::vector<std::uint32_t> open{tip};
    while (!open.empty()) {
      const auto commit = open.back();
      open.pop_back();
      if ((sides[commit] & side) != 0)
        continue;
      sides[commit] |= side;
      open.insert(open.end(), parents_[commit].begin(), parents_[commit].end());
    }
  };
  paint(number(pair.local), 1);
  paint(number(pair.upstream), 2);
  return {static_cast<std::uint64_t>(std::ranges::count(sides, 1)),
          static_cast<std::uint64_t>(std::ranges::count(sides, 2))};
}

}  // namespace headway::graph_queries

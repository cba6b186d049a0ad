#include <algorithm>
#include <map>
#include <sstream>

#include <tests/storage/graph/history.hpp>

#include <messages/error.hpp>

namespace headway::test {

namespace {

using random_engine = std::mt19937_64;

std::uint32_t below(random_engine& random, std::uint32_t limit) {
  return static_cast<std::uint32_t>(random() % limit);
}

/// Mostly the latest commits, sometimes any: side lines of every length.
std::uint32_t some_commit(random_engine& random, std::uint32_t before) {
  const auto reach = below(random, 4) == 0 ? before : std::min<std::uint32_t>(before, 12);
  return before - 1 - below(random, reach);
}

std::vector<std::uint32_t> some_commits(random_engine& random, std::uint32_t before,
                                        std::uint32_t count) {
  std::vector<std::uint32_t> commits;
  for (std::uint32_t i = 0; i < count; ++i)
    if (const auto one = some_commit(random, before);
        std::find(commits.begin(), commits.end(), one) == commits.end())
      commits.push_back(one);
  return commits;
}

std::vector<std::uint32_t> random_parents(random_engine& random, shape form, std::uint32_t i) {
  if (i == 0)
    return {};
  switch (form) {
    case shape::linear:
      return {below(random, 25) == 0 ? some_commit(random, i) : i - 1};
    case shape::branching:
      return some_commits(random, i, below(random, 4) == 0 ? 2 : 1);
    case shape::criss_cross:
      // Two lines that merge each other all the time.
      if (i < 3)
        return {0};
      return below(random, 2) == 0 ? std::vector<std::uint32_t>{i - 2, i - 1}
                                   : std::vector<std::uint32_t>{i - 2};
    case shape::octopus:
      return some_commits(random, i, 1 + below(random, below(random, 3) == 0 ? 6 : 1));
    case shape::many_roots:
      return some_commits(random, i, below(random, 8) == 0 ? 0 : 1 + below(random, 2));
  }
  return {};
}

long long random_date(random_engine& random, dates times, std::uint32_t i) {
  constexpr long long start = 1'600'000'000;
  switch (times) {
    case dates::rising:
      return start + i * 60;
    case dates::equal:
      return start;
    case dates::skewed:
      return below(random, 4) == 0 ? 1 + below(random, 2'000'000'000) : start + i * 60;
  }
  return start;
}

}  // namespace

history random_history(std::uint64_t seed, shape form, dates times, std::uint32_t size) {
  random_engine random{seed};
  history plan;
  for (std::uint32_t i = 0; i < size; ++i) {
    plan.parents.push_back(random_parents(random, form, i));
    plan.dates.push_back(random_date(random, times, i));
  }
  return plan;
}

std::vector<std::uint32_t> heads(const history& plan) {
  std::vector<bool> is_parent(plan.size(), false);
  for (const auto& parents : plan.parents)
    for (const auto parent : parents)
      is_parent[parent] = true;
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < plan.size(); ++i)
    if (!is_parent[i])
      found.push_back(i);
  return found;
}

std::vector<std::vector<bool>> ancestries(const history& plan) {
  std::vector<std::vector<bool>> all;
  for (std::uint32_t i = 0; i < plan.size(); ++i) {
    std::vector<bool> mine(plan.size(), false);
    mine[i] = true;
    for (const auto parent : plan.parents[i])
      for (std::uint32_t j = 0; j <= parent; ++j)
        mine[j] = mine[j] || all[parent][j];
    all.push_back(std::move(mine));
  }
  return all;
}

ahead_behind difference(const std::vector<bool>& local, const std::vector<bool>& upstream) {
  ahead_behind counts;
  for (std::size_t i = 0; i < local.size(); ++i) {
    counts.ahead += local[i] && !upstream[i] ? 1 : 0;
    counts.behind += upstream[i] && !local[i] ? 1 : 0;
  }
  return counts;
}

std::vector<oid> import(const sandbox& box, const std::filesystem::path& repository,
                        const history& plan) {
  std::ostringstream stream;
  for (std::uint32_t i = 0; i < plan.size(); ++i) {
    const auto& parents = plan.parents[i];
    if (parents.empty())
      stream << "reset refs/heads/scratch\n\n";
    const auto message = "commit " + std::to_string(i);
    stream << "commit refs/heads/scratch\nmark :" << i + 1 << "\ncommitter C <c@example.org> "
           << plan.dates[i] << " +0000\ndata " << message.size() << "\n"
           << message << "\n";
    for (std::size_t p = 0; p < parents.size(); ++p)
      stream << (p == 0 ? "from :" : "merge :") << parents[p] + 1 << "\n";
    stream << "\n";
  }
  for (const auto head : heads(plan))
    stream << "reset refs/heads/head-" << head << "\nfrom :" << head + 1 << "\n\n";
  stream << "reset refs/heads/scratch\nfrom 0000000000000000000000000000000000000000\n\n";
  const auto marks = box / (repository.filename().string() + ".marks");
  box.git(repository,
          {"fast-import", "--quiet", "--force", "--date-format=raw",
           "--export-marks=" + marks.string()},
          stream.str());
  std::istringstream lines{box.read(marks)};
  std::vector<oid> ids(plan.size());
  std::string mark;
  std::string id;
  while (lines >> mark >> id)
    ids.at(std::stoul(mark.substr(1)) - 1) = oid::from_hex(id).value();
  return ids;
}

std::vector<oid> invented_ids(std::uint32_t size) {
  random_engine random{size};
  std::vector<oid> ids(size);
  for (auto& id : ids)
    for (auto& byte : id.bytes)
      byte = static_cast<std::uint8_t>(random());
  return ids;
}

graph::parent_reader plan_reader::function() {
  std::map<oid, std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < plan.size(); ++i)
    numbers[ids[i]] = i;
  return [this, numbers = std::move(numbers)](const oid& id) -> caf::expected<std::vector<oid>> {
    ++reads;
    const auto number = numbers.find(id);
    if (number == numbers.end() || lost.contains(id))
      return make_error(ec::missing_object, "no such object");
    std::vector<oid> parents;
    for (const auto parent : plan.parents[number->second])
      parents.push_back(ids[parent]);
    return parents;
  };
}

std::set<oid> rev_list(const sandbox& box, const std::filesystem::path& repository,
                       const oid& tip) {
  std::istringstream lines{
      box.git(repository, {"-c", "core.commitGraph=false", "rev-list", tip.hex()})};
  std::set<oid> commits;
  for (std::string line; lines >> line;)
    commits.insert(oid::from_hex(line).value());
  return commits;
}

ahead_behind difference(const std::set<oid>& local, const std::set<oid>& upstream) {
  const auto only = [](const std::set<oid>& a, const std::set<oid>& b) {
    return static_cast<std::uint64_t>(
        std::count_if(a.begin(), a.end(), [&](const oid& id) { return !b.contains(id); }));
  };
  return {only(local, upstream), only(upstream, local)};
}

graph::commit_graph_ptr load_graph(const std::filesystem::path& repository,
                                   ancestry_overrides overrides) {
  return graph::commit_graph::load({.object_directories = {(repository / ".git/objects").string()},
                                    .overrides = std::move(overrides)});
}

std::string to_text(const ahead_behind& counts) {
  return std::to_string(counts.ahead) + "/" + std::to_string(counts.behind);
}

std::string to_text(const pair_count& count) {
  return count.counts ? to_text(*count.counts) : count.reason;
}

}  // namespace headway::test

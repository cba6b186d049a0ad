#include <algorithm>
#include <cmath>

#include <benchmarks/graph_queries/pair_choice.hpp>

#include <storage/graph/ahead_behind.hpp>

namespace headway::graph_queries {

namespace {

ahead_behind count(const graph::commit_graph& graph, const tip_pair& pair) {
  return graph::count(graph, {&pair, 1}).front().counts.value();
}

std::vector<oid> main_line(const subject& of) {
  std::vector<oid> line;
  for (auto at = of.number(of.main_tip());; at = of.parents(at).front()) {
    line.push_back(of.commits()[at]);
    if (of.parents(at).empty())
      break;
  }
  std::ranges::reverse(line);
  return line;
}

/// What people look at: tips of refs, and the history of the main branch, as many of the one as of
/// the other. Not all commits alike: rewritten copies of a history that some ref once brought would
/// be most of them.
class commit_choice {
 public:
  explicit commit_choice(const subject& of) : of_{of} {
    std::vector<bool> seen(of.commits().size(), false);
    std::vector<std::uint32_t> open{of.number(of.main_tip())};
    while (!open.empty()) {
      const auto commit = open.back();
      open.pop_back();
      if (seen[commit])
        continue;
      seen[commit] = true;
      main_history_.push_back(of.commits()[commit]);
      open.insert(open.end(), of.parents(commit).begin(), of.parents(commit).end());
    }
  }

  const oid& any(random_engine& random) const {
    const auto& from = random() % 2 == 0 ? of_.tips() : main_history_;
    return from[random() % from.size()];
  }

 private:
  const subject& of_;
  std::vector<oid> main_history_;
};

const oid& any_of(const std::vector<oid>& ids, random_engine& random) {
  return ids[random() % ids.size()];
}

/// Behind minus ahead grows along the main line: the first commit of it where it is `distance`, or
/// the last where it is -`distance`.
oid on_main_line(const graph::commit_graph& graph, const std::vector<oid>& line, const oid& commit,
                 std::int64_t distance) {
  const auto above = std::ranges::partition_point(line, [&](const oid& other) {
    const auto counts = count(graph, {commit, other});
    return static_cast<std::int64_t>(counts.behind) - static_cast<std::int64_t>(counts.ahead) <
           distance;
  });
  return above == line.end() ? line.back() : *above;
}

bool is_about(std::uint64_t got, std::uint64_t wanted) {
  return 5 * got >= 4 * wanted && 4 * got <= 5 * wanted;
}

std::vector<tip_pair> some_pairs(const subject& of, const graph::commit_graph& indexed,
                                 const std::vector<oid>& line, const commit_choice& choice,
                                 std::uint64_t distance, std::size_t wanted,
                                 random_engine& random) {
  std::vector<tip_pair> pairs;
  for (std::size_t attempt = 0; attempt < 200 * wanted && pairs.size() < wanted; ++attempt) {
    const auto& commit = choice.any(random);
    const auto signed_distance = static_cast<std::int64_t>(distance);
    const auto& parents = of.parents(of.number(commit));
    if (distance == 1 && parents.size() != 1)
      continue;
    const auto other = distance == 1
                           ? of.commits()[parents.front()]
                           : on_main_line(indexed, line, commit,
                                          attempt % 2 == 0 ? signed_distance : -signed_distance);
    const auto pair = attempt % 4 < 2 ? tip_pair{commit, other} : tip_pair{other, commit};
    if (const auto counts = count(indexed, pair); is_about(counts.ahead + counts.behind, distance))
      pairs.push_back(pair);
  }
  return pairs;
}

}  // namespace

std::vector<distance_class> pairs_by_distance(const subject& of, const graph::commit_graph& indexed,
                                              std::size_t count, random_engine& random) {
  const auto line = main_line(of);
  const commit_choice choice{of};
  std::vector<distance_class> classes;
  for (std::uint64_t distance = 1; distance <= 1'000'000 && distance < of.commits().size();
       distance *= 10)
    if (auto pairs = some_pairs(of, indexed, line, choice, distance, count, random);
        pairs.size() >= 5)
      classes.push_back({distance, std::move(pairs)});
  return classes;
}

std::vector<oid> branch_like_tips(const subject& of, std::size_t count, random_engine& random) {
  std::uniform_real_distribution<> magnitude{0, std::log(static_cast<double>(of.commits().size()))};
  std::vector<oid> tips;
  for (std::size_t i = 0; i < count; ++i)
    tips.push_back(of.commits()[static_cast<std::size_t>(std::exp(magnitude(random))) - 1]);
  return tips;
}

std::vector<tip_pair> random_pairs(const subject& of, std::size_t count, random_engine& random) {
  std::vector<tip_pair> pairs;
  for (std::size_t i = 0; i < count; ++i)
    pairs.push_back(
        {any_of(i % 2 == 0 ? of.tips() : of.commits(), random), any_of(of.commits(), random)});
  return pairs;
}

}  // namespace headway::graph_queries

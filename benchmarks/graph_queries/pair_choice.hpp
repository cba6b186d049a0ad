/// Which pairs are asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <benchmarks/graph_queries/subject.hpp>

namespace headway::graph_queries {

using random_engine = std::mt19937_64;

/// Pairs some `distance` apart: ahead plus behind is within a fifth of it.
struct distance_class {
  std::uint64_t distance = 0;
  std::vector<tip_pair> pairs;
};

/// For 1, 10, … 1,000,000, as far as the history goes: the tip of a ref or a commit of the main
/// branch's history, and a commit of the main line, either way round; for 1 its parent instead.
/// `indexed` is a graph of the whole history with its index. Classes with fewer than five pairs are
/// left out.
std::vector<distance_class> pairs_by_distance(const subject& of, const graph::commit_graph& indexed,
                                              std::size_t count, random_engine& random);

/// Commits as branches have them: most of them recent, some as old as the history; without the
/// repository's own refs, which are rarely a thousand. May repeat.
std::vector<oid> branch_like_tips(const subject& of, std::size_t count, random_engine& random);

/// Any two commits; every other with a tip of the repository as one of them.
std::vector<tip_pair> random_pairs(const subject& of, std::size_t count, random_engine& random);

}  // namespace headway::graph_queries

#include <atomic>
#include <thread>
#include <tuple>

#include <boost/test/unit_test.hpp>
#include <tests/storage/graph/history.hpp>

#include <storage/graph/ahead_behind.hpp>
#include <storage/graph/bounded_walk.hpp>
#include <storage/graph/chain_builder.hpp>
#include <storage/graph/chain_file.hpp>
#include <storage/graph/chain_query.hpp>

using namespace headway;
using namespace headway::test;

namespace {

constexpr shape all_shapes[] = {shape::linear, shape::branching, shape::criss_cross, shape::octopus,
                                shape::many_roots};

std::vector<tip_pair> all_pairs(const std::vector<oid>& ids) {
  std::vector<tip_pair> pairs;
  for (const auto& upstream : ids)
    for (const auto& local : ids)
      pairs.push_back({local, upstream});
  return pairs;
}

void require_right(const graph::commit_graph_ptr& graph, const history& plan,
                   const std::vector<oid>& ids, std::uint64_t seed) {
  const auto ancestors = ancestries(plan);
  const auto counts = graph::count(*graph, all_pairs(ids));
  for (std::uint32_t i = 0; i < counts.size(); ++i) {
    const auto expected = difference(ancestors[i % plan.size()], ancestors[i / plan.size()]);
    BOOST_REQUIRE_MESSAGE(counts[i].counts == expected,
                          to_text(counts[i])
                              << " instead of " << to_text(expected) << " for " << i % plan.size()
                              << " and " << i / plan.size() << " with seed " << seed);
  }
}

/// A million commits as in a large project: lines of work that leave the main line, and merges of
/// one commit in fourteen.
graph::parent_list large_history(std::uint32_t size) {
  std::mt19937_64 random{7};
  std::vector<std::uint32_t> first_parents;
  std::vector<graph::parent_list::edge> merges;
  std::vector<std::uint32_t> lines;
  std::uint32_t main = 0;
  for (std::uint32_t i = 0; i < size; ++i) {
    const auto dice = random() % 28;
    if (i == 0) {
      first_parents.push_back(graph::parent_list::none);
      main = i;
    } else if (dice < 2 && !lines.empty()) {
      const auto at = random() % lines.size();
      first_parents.push_back(main);
      merges.push_back({i, lines[at]});
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
      main = i;
    } else if (dice < 4 || lines.empty()) {
      first_parents.push_back(main);
      lines.push_back(i);
    } else {
      auto& line = lines[random() % lines.size()];
      first_parents.push_back(line);
      line = i;
    }
  }
  return {0, std::move(first_parents), merges};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chain_index)

BOOST_AUTO_TEST_CASE(the_index_counts_right_in_histories_of_every_kind_whatever_the_trunk) {
  std::uint64_t seed = 0;
  for (const auto form : all_shapes)
    for (int repeat = 0; repeat < 40; ++repeat) {
      const auto plan = random_history(++seed, form, dates::rising, 2 + 3 * repeat);
      const auto ids = invented_ids(plan.size());
      plan_reader reader{plan, ids};
      const auto graph =
          graph::commit_graph::extend(graph::commit_graph::load({}), ids, reader.function()).graph;
      BOOST_TEST(!graph->indexed());
      BOOST_TEST(graph->wants_index());
      const auto indexed = graph::commit_graph::index(graph);
      BOOST_TEST(indexed->indexed());
      BOOST_TEST(!indexed->wants_index());
      require_right(indexed, plan, ids, seed);
      for (int i = 0; i < 3; ++i)
        require_right(
            graph::commit_graph::index(graph, {&ids[(seed * 7 + i * 31) % plan.size()], 1}), plan,
            ids, seed);
    }
}

BOOST_AUTO_TEST_CASE(an_index_stays_right_while_the_graph_grows_under_it) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const auto form = all_shapes[seed % 5];
    const auto plan = random_history(seed, form, dates::rising, 90);
    const auto ids = invented_ids(plan.size());
    plan_reader reader{plan, ids};
    const auto read = reader.function();
    std::mt19937_64 random{seed};
    auto graph = graph::commit_graph::load({});
    std::vector<graph::commit_graph_ptr> earlier;
    while (graph->size() < plan.size()) {
      const std::vector<oid> tips{ids[random() % 90], ids[random() % 90]};
      graph = graph::commit_graph::extend(graph, tips, read).graph;
      if (random() % 6 == 0 || !graph->indexed())
        graph = graph::commit_graph::index(graph, {&ids[random() % 90], 1});
      earlier.push_back(graph);
    }
    require_right(graph, plan, ids, seed);
    // Older snapshots share memory with newer ones and must not have changed.
    const auto ancestors = ancestries(plan);
    for (const auto& old : earlier)
      for (int i = 0; i < 40; ++i) {
        const auto a = random() % 90;
        const auto b = random() % 90;
        const tip_pair pair{ids[a], ids[b]};
        const auto got = graph::count(*old, {&pair, 1}).front();
        if (old->find(ids[a]) && old->find(ids[b]))
          BOOST_REQUIRE(got.counts == difference(ancestors[a], ancestors[b]));
        else
          BOOST_REQUIRE((a == b || !got.counts));
      }
  }
}

BOOST_AUTO_TEST_CASE(the_index_counts_as_git_does) {
  sandbox box;
  for (std::uint64_t seed = 500; seed < 505; ++seed) {
    const auto plan = random_history(seed, all_shapes[seed % 5], dates::skewed, 200);
    const auto repository = box.init("r" + std::to_string(seed));
    const auto ids = import(box, repository, plan);
    box.git(repository, {"commit-graph", "write", "--stdin-commits"}, ids[120].hex() + "\n");
    plan_reader reader{plan, ids};
    const auto graph = graph::commit_graph::extend(
                           graph::commit_graph::index(load_graph(repository), {&ids[120], 1}), ids,
                           reader.function())
                           .graph;
    BOOST_TEST(graph->indexed());
    std::vector<std::pair<oid, std::set<oid>>> listed;
    for (std::uint32_t i = 3; i < plan.size(); i += 14)
      listed.emplace_back(ids[i], rev_list(box, repository, ids[i]));
    for (const auto& [local, local_set] : listed)
      for (const auto& [upstream, upstream_set] : listed) {
        const tip_pair pair{local, upstream};
        BOOST_REQUIRE(graph::count(*graph, {&pair, 1}).front().counts ==
                      difference(local_set, upstream_set));
      }
  }
}

BOOST_AUTO_TEST_CASE(threads_count_on_a_snapshot_while_others_extend_and_index_it) {
  const auto plan = random_history(31, shape::branching, dates::rising, 2000);
  const auto ids = invented_ids(plan.size());
  plan_reader reader{plan, ids};
  const std::vector<oid> early{ids.begin(), ids.begin() + 1500};
  const auto shared = graph::commit_graph::index(
      graph::commit_graph::extend(graph::commit_graph::load({}), early, reader.function()).graph);
  std::vector<tip_pair> pairs;
  for (std::uint32_t i = 0; i < 1500; ++i)
    pairs.push_back({ids[i], ids[1499 - i]});
  const auto expected = graph::count(*shared, pairs);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto got = graph::count(*shared, pairs);
        for (std::size_t k = 0; k < got.size(); ++k)
          wrong += got[k].counts == expected[k].counts ? 0 : 1;
      }
    });
    threads.emplace_back([&] {
      plan_reader mine{plan, ids};
      const auto read = mine.function();
      auto graph = shared;
      for (std::uint32_t i = 1500; i < plan.size(); i += 25)
        graph = graph::commit_graph::extend(graph, {&ids[i], 1}, read).graph;
      graph = graph::commit_graph::index(graph);
      const auto got = graph::count(*graph, pairs);
      for (std::size_t k = 0; k < got.size(); ++k)
        wrong += got[k].counts == expected[k].counts ? 0 : 1;
    });
  }
  for (auto& thread : threads)
    thread.join();
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(a_graph_of_nothing_needs_no_index) {
  const auto empty = graph::commit_graph::load({});
  BOOST_TEST(!empty->wants_index());
  BOOST_TEST(graph::commit_graph::index(empty) == empty);
}

BOOST_AUTO_TEST_CASE(an_unknown_main_tip_leaves_the_choice_of_the_trunk_to_the_index) {
  const auto plan = random_history(4, shape::branching, dates::rising, 60);
  const auto ids = invented_ids(60);
  plan_reader reader{plan, ids};
  const auto graph =
      graph::commit_graph::extend(graph::commit_graph::load({}), ids, reader.function()).graph;
  const oid unknown{{0xee}};
  require_right(graph::commit_graph::index(graph, {&unknown, 1}), plan, ids, 4);
}

BOOST_AUTO_TEST_CASE(a_rewritten_trunk_wants_another_index_and_counts_are_right_meanwhile) {
  // The main branch is 0 to 9 and then grows by 10 and 11; a forced push makes it 0 to 6, 12, 13.
  history plan;
  for (std::uint32_t i = 0; i < 14; ++i)
    plan.parents.push_back(i == 0    ? std::vector<std::uint32_t>{}
                           : i == 12 ? std::vector<std::uint32_t>{6}
                                     : std::vector<std::uint32_t>{i - 1});
  const auto ids = invented_ids(plan.size());
  plan_reader reader{plan, ids};
  const auto extended = [&](const graph::commit_graph_ptr& graph, std::uint32_t tip) {
    return graph::commit_graph::extend(graph, {&ids[tip], 1}, reader.function()).graph;
  };
  const auto first =
      graph::commit_graph::index(extended(graph::commit_graph::load({}), 9), {&ids[9], 1});
  const auto grown = extended(first, 11);
  BOOST_TEST(!grown->wants_index({&ids[11], 1}));
  // Rewound, or not known here.
  BOOST_TEST(!grown->wants_index({&ids[4], 1}));
  BOOST_TEST(!grown->wants_index({&ids[13], 1}));
  const auto rewritten = extended(grown, 13);
  BOOST_TEST(rewritten->wants_index({&ids[13], 1}));
  // Where several may be the main branch, one that stands on the trunk is enough.
  BOOST_TEST(!rewritten->wants_index(std::vector<oid>{ids[13], ids[11]}));
  require_right(rewritten, plan, ids, 0);
  const auto again = graph::commit_graph::index(rewritten, {&ids[13], 1});
  BOOST_TEST(!again->wants_index({&ids[13], 1}));
  BOOST_TEST(again->wants_index({&ids[11], 1}));
  require_right(again, plan, ids, 0);
}

BOOST_AUTO_TEST_CASE(a_walk_budget_does_not_bind_an_index) {
  const auto plan = random_history(4, shape::linear, dates::rising, 500);
  const auto ids = invented_ids(500);
  plan_reader reader{plan, ids};
  const auto graph =
      graph::commit_graph::extend(graph::commit_graph::load({}), ids, reader.function()).graph;
  const tip_pair pair{ids.back(), ids.front()};
  BOOST_TEST(!graph::count(*graph, {&pair, 1}, {.commits = 10}).front().counts.has_value());
  BOOST_TEST(graph::count(*graph::commit_graph::index(graph), {&pair, 1}, {.commits = 10})
                 .front()
                 .counts.has_value());
}

BOOST_AUTO_TEST_CASE(a_line_that_grew_commit_by_commit_is_a_few_chains) {
  std::vector<graph::parent_list> runs;
  const auto add_run = [&](std::uint32_t from, std::uint32_t count) {
    std::vector<std::uint32_t> parents;
    for (auto i = from; i < from + count; ++i)
      parents.push_back(i == 0 ? graph::parent_list::none : i - 1);
    runs.emplace_back(from, std::move(parents), std::span<const graph::parent_list::edge>{});
  };
  const auto views = [&] {
    std::vector<const graph::parent_list*> all;
    for (const auto& run : runs)
      all.push_back(&run);
    return all;
  };
  add_run(0, 5000);
  auto index = graph::chain_index::build(views(), 4999);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    add_run(5000 + i, 1);
    index = graph::chain_index::extend(*index, views());
  }
  BOOST_TEST(index->size() == 6000u);
  BOOST_TEST(index->extended_by() == 1000u);
  BOOST_TEST(index->chain_count() <= 12u);
  graph::chain_query query;
  for (std::uint32_t i = 0; i < 6000; i += 13)
    BOOST_REQUIRE((query.count(*index, 5999, i) == headway::ahead_behind{5999 - i, 0}));
}

BOOST_AUTO_TEST_CASE(a_million_commits_take_24_bytes_each_and_both_ways_of_counting_agree) {
  constexpr std::uint32_t size = 1'000'000;
  const auto parents = large_history(size);
  const graph::parent_list* const run = &parents;
  const auto index =
      graph::chain_index::build({&run, 1}, graph::tip_of_likely_trunk({&run, 1}, {}));
  // The four bytes are for the dense id of each position in the commit-graph file.
  BOOST_TEST(parents.own_bytes() + index->own_bytes() + 4 * size <= 24 * size);
  BOOST_TEST_MESSAGE("bytes a commit: parents " << static_cast<double>(parents.own_bytes()) / size
                                                << ", index "
                                                << static_cast<double>(index->own_bytes()) / size);
  const sandbox box;
  const auto file = (box / "index").string();
  BOOST_TEST(!graph::write_chain_file(file, {.layers = {{.commits = size}}}, index->lowest()));
  BOOST_TEST(std::filesystem::file_size(file) <= 16 * size);
  BOOST_TEST_MESSAGE("on disk " << static_cast<double>(std::filesystem::file_size(file)) / size);
  graph::bounded_walk walk;
  graph::chain_query query;
  std::mt19937_64 random{1};
  for (int i = 0; i < 200; ++i) {
    const auto local = static_cast<std::uint32_t>(random() % size);
    const auto upstream = static_cast<std::uint32_t>(random() % size);
    BOOST_REQUIRE(walk.count({&run, 1}, local, upstream, 0) ==
                  query.count(*index, local, upstream));
  }
}

BOOST_AUTO_TEST_CASE(answers_stay_right_when_all_marks_of_a_query_have_been_used) {
  constexpr std::uint32_t size = 400;
  const auto parents = large_history(size);
  const graph::parent_list* const run = &parents;
  const auto index =
      graph::chain_index::build({&run, 1}, graph::tip_of_likely_trunk({&run, 1}, {}));
  graph::bounded_walk walk;
  graph::chain_query query;
  std::mt19937_64 random{1};
  std::vector<std::tuple<std::uint32_t, std::uint32_t, headway::ahead_behind>> known;
  for (int i = 0; i < 50; ++i) {
    const auto local = static_cast<std::uint32_t>(random() % size);
    const auto upstream = static_cast<std::uint32_t>(random() % size);
    known.emplace_back(local, upstream, *walk.count({&run, 1}, local, upstream, 0));
  }
  std::size_t wrong = 0;
  for (int i = 0; i < 1'500; ++i)
    for (const auto& [local, upstream, counts] : known)
      wrong += query.count(*index, local, upstream) == counts ? 0 : 1;
  BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_CASE(a_commit_is_level_with_itself_by_walk_too) {
  const auto parents = large_history(10);
  const graph::parent_list* const run = &parents;
  BOOST_TEST((graph::bounded_walk{}.count({&run, 1}, 7, 7, 0) == headway::ahead_behind{}));
}

BOOST_AUTO_TEST_CASE(unknown_tips_among_others_are_told_and_the_others_are_counted) {
  const auto plan = random_history(4, shape::branching, dates::rising, 60);
  const auto ids = invented_ids(60);
  plan_reader reader{plan, ids};
  const auto graph = graph::commit_graph::index(
      graph::commit_graph::extend(graph::commit_graph::load({}), ids, reader.function()).graph);
  const oid unknown{{0xee}};
  const std::vector<tip_pair> pairs{
      {ids[5], ids[3]}, {unknown, ids[3]}, {ids[5], unknown}, {unknown, unknown}};
  const auto got = graph::count(*graph, pairs);
  BOOST_TEST(got[0].counts.has_value());
  BOOST_TEST(!got[1].counts.has_value());
  BOOST_TEST(!got[2].counts.has_value());
  BOOST_TEST((got[3].counts == headway::ahead_behind{}));
}

BOOST_AUTO_TEST_SUITE_END()

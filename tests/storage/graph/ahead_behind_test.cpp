#include <thread>

#include <boost/test/unit_test.hpp>
#include <tests/storage/graph/history.hpp>

#include <storage/graph/ahead_behind.hpp>

using namespace headway;
using namespace headway::test;

namespace {

constexpr shape all_shapes[] = {shape::linear, shape::branching, shape::criss_cross, shape::octopus,
                                shape::many_roots};
constexpr dates all_dates[] = {dates::rising, dates::equal, dates::skewed};

graph::commit_graph_ptr graph_of(const history& plan, const std::vector<oid>& ids) {
  plan_reader reader{plan, ids};
  auto [graph, unreachable] =
      graph::commit_graph::extend(graph::commit_graph::load({}), ids, reader.function());
  BOOST_REQUIRE(unreachable.empty());
  BOOST_REQUIRE(graph->size() == plan.size());
  return graph;
}

std::vector<tip_pair> random_pairs(const std::vector<oid>& ids, std::uint32_t count) {
  std::mt19937_64 random{count};
  std::vector<tip_pair> pairs;
  for (std::uint32_t i = 0; i < count; ++i)
    pairs.push_back({ids[random() % ids.size()], ids[random() % ids.size()]});
  return pairs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ahead_behind)

BOOST_AUTO_TEST_CASE(counts_are_the_sizes_of_the_set_differences_in_histories_of_every_kind) {
  std::uint64_t seed = 0;
  for (const auto form : all_shapes)
    for (int repeat = 0; repeat < 20; ++repeat) {
      const auto plan = random_history(++seed, form, dates::rising, 20 + 7 * repeat);
      const auto ids = invented_ids(plan.size());
      const auto graph = graph_of(plan, ids);
      const auto ancestors = ancestries(plan);
      std::vector<tip_pair> pairs;
      for (const auto& local : ids)
        for (const auto& upstream : ids)
          pairs.push_back({local, upstream});
      const auto counts = graph::count(*graph, pairs);
      BOOST_REQUIRE(counts.size() == pairs.size());
      for (std::uint32_t i = 0; i < pairs.size(); ++i) {
        const auto expected = difference(ancestors[i / plan.size()], ancestors[i % plan.size()]);
        BOOST_REQUIRE_MESSAGE(counts[i].counts == expected,
                              to_text(counts[i])
                                  << " instead of " << to_text(expected) << " with seed " << seed);
      }
    }
}

BOOST_AUTO_TEST_CASE(counts_equal_those_of_git_whatever_the_shape_and_the_dates) {
  sandbox box;
  std::uint64_t seed = 1000;
  for (const auto form : all_shapes)
    for (const auto times : all_dates) {
      const auto plan = random_history(++seed, form, times, 120);
      const auto repository = box.init("r" + std::to_string(seed));
      const auto ids = import(box, repository, plan);
      const auto graph = graph_of(plan, ids);
      std::vector<oid> tips;
      for (std::uint32_t i = 0; i < plan.size(); i += 11)
        tips.push_back(ids[i]);
      tips.push_back(ids.back());
      std::vector<std::set<oid>> listed;
      for (const auto& tip : tips)
        listed.push_back(rev_list(box, repository, tip));
      for (std::size_t i = 0; i < tips.size(); ++i)
        for (std::size_t j = 0; j < tips.size(); ++j) {
          const tip_pair pair{tips[i], tips[j]};
          const auto got = graph::count(*graph, {&pair, 1}).front();
          const auto expected = difference(listed[i], listed[j]);
          BOOST_REQUIRE_MESSAGE(got.counts == expected, to_text(got)
                                                            << " instead of " << to_text(expected)
                                                            << " with seed " << seed);
        }
    }
}

// Two lines of eleven commits from a common root, each of which has one dated 1970: where date
// order stops too early.
BOOST_AUTO_TEST_CASE(one_commit_with_a_broken_clock_changes_nothing) {
  history plan;
  plan.parents = {{}};
  plan.dates = {1'700'000'000};
  for (std::uint32_t i = 1; i <= 20; ++i) {
    plan.parents.push_back({i - 1});
    plan.dates.push_back(i == 19 ? 1 : 1'700'000'000 + i);
  }
  plan.parents.push_back({20});
  plan.dates.push_back(1'700'000'100);
  plan.parents.push_back({20});
  plan.dates.push_back(1'700'000'101);
  const auto ids = invented_ids(plan.size());
  const tip_pair pair{ids[21], ids[22]};
  BOOST_TEST(to_text(graph::count(*graph_of(plan, ids), {&pair, 1}).front()) == "1/1");
}

BOOST_AUTO_TEST_CASE(unrelated_histories_have_everything_to_themselves) {
  history plan;
  for (std::uint32_t i = 0; i < 19; ++i)
    plan.parents.push_back(i == 0 || i == 11 ? std::vector<std::uint32_t>{}
                                             : std::vector<std::uint32_t>{i - 1});
  const auto ids = invented_ids(19);
  const tip_pair pair{ids[10], ids[18]};
  BOOST_TEST(to_text(graph::count(*graph_of(plan, ids), {&pair, 1}).front()) == "11/8");
}

BOOST_AUTO_TEST_CASE(equal_tips_are_in_sync_without_a_look_at_the_graph) {
  const tip_pair pair{oid{{1}}, oid{{1}}};
  BOOST_TEST(to_text(graph::count(*graph::commit_graph::load({}), {&pair, 1}).front()) == "0/0");
}

BOOST_AUTO_TEST_CASE(a_tip_that_the_graph_does_not_contain_gives_a_reason_that_names_it) {
  const auto plan = random_history(3, shape::linear, dates::rising, 5);
  const auto ids = invented_ids(5);
  const auto graph = graph_of(plan, ids);
  const oid stranger{{0xab}};
  for (const tip_pair& pair : {tip_pair{ids[0], stranger}, tip_pair{stranger, ids[0]}}) {
    const auto got = graph::count(*graph, {&pair, 1}).front();
    BOOST_TEST(!got.counts.has_value());
    BOOST_TEST(got.reason.find(stranger.hex()) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(no_pairs_have_no_counts) {
  BOOST_TEST(graph::count(*graph::commit_graph::load({}), {}).empty());
}

BOOST_AUTO_TEST_CASE(a_walk_over_its_budget_says_so_and_leaves_the_next_one_right) {
  history plan;
  for (std::uint32_t i = 0; i < 1000; ++i)
    plan.parents.push_back(i == 0 ? std::vector<std::uint32_t>{}
                                  : std::vector<std::uint32_t>{i - 1});
  const auto ids = invented_ids(1000);
  const auto graph = graph_of(plan, ids);
  const std::vector<tip_pair> pairs{{ids[999], ids[0]}, {ids[999], ids[899]}, {ids[5], ids[7]}};
  const auto tight = graph::count(*graph, pairs, {.commits = 100});
  BOOST_TEST(!tight[0].counts.has_value());
  BOOST_TEST(tight[0].reason == "more than 100 commits would have to be visited");
  BOOST_TEST(to_text(tight[1]) == "100/0");
  BOOST_TEST(to_text(tight[2]) == "0/2");
  const auto free = graph::count(*graph, pairs);
  BOOST_TEST(to_text(free[0]) == "999/0");
}

BOOST_AUTO_TEST_CASE(threads_share_a_snapshot_without_disturbing_each_other) {
  const auto plan = random_history(9, shape::branching, dates::rising, 3000);
  const auto ids = invented_ids(plan.size());
  const auto graph = graph_of(plan, ids);
  const auto pairs = random_pairs(ids, 2000);
  const auto expected = graph::count(*graph, pairs);
  std::vector<std::vector<pair_count>> got(4);
  std::vector<std::thread> threads;
  for (auto& mine : got)
    threads.emplace_back([&] { mine = graph::count(*graph, pairs); });
  for (auto& thread : threads)
    thread.join();
  for (const auto& mine : got)
    for (std::size_t i = 0; i < pairs.size(); ++i)
      BOOST_REQUIRE(mine[i].counts == expected[i].counts);
}

BOOST_AUTO_TEST_CASE(graphs_of_different_sizes_can_take_turns_on_one_thread) {
  const auto small_plan = random_history(21, shape::octopus, dates::rising, 40);
  const auto large_plan = random_history(22, shape::branching, dates::rising, 6000);
  const auto small_ids = invented_ids(small_plan.size());
  const auto large_ids = invented_ids(large_plan.size());
  const auto small = graph_of(small_plan, small_ids);
  const auto large = graph_of(large_plan, large_ids);
  const auto small_pairs = random_pairs(small_ids, 50);
  const auto large_pairs = random_pairs(large_ids, 50);
  const auto first = graph::count(*small, small_pairs);
  graph::count(*large, large_pairs);
  const auto second = graph::count(*small, small_pairs);
  for (std::size_t i = 0; i < first.size(); ++i)
    BOOST_TEST((first[i].counts == second[i].counts));
}

BOOST_AUTO_TEST_SUITE_END()

#include <boost/test/unit_test.hpp>
#include <tests/storage/graph/history.hpp>

#include <messages/error.hpp>
#include <storage/graph/ahead_behind.hpp>

using namespace headway;
using namespace headway::test;

namespace {

history line(std::uint32_t size) {
  history plan;
  for (std::uint32_t i = 0; i < size; ++i)
    plan.parents.push_back(i == 0 ? std::vector<std::uint32_t>{}
                                  : std::vector<std::uint32_t>{i - 1});
  return plan;
}

std::string count_text(const graph::commit_graph_ptr& graph, const oid& local,
                       const oid& upstream) {
  const tip_pair pair{local, upstream};
  return to_text(graph::count(*graph, {&pair, 1}).front());
}

graph::extension extend(const graph::commit_graph_ptr& graph, const std::vector<oid>& tips,
                        const graph::parent_reader& read) {
  return graph::commit_graph::extend(graph, tips, read);
}

/// Repository with a root and eleven commits on "main", of which "side" leaves the fifth with three
/// of its own.
struct forked_repository {
  forked_repository() {
    for (std::uint32_t i = 0; i < 12; ++i)
      plan.parents.push_back(i == 0 ? std::vector<std::uint32_t>{}
                                    : std::vector<std::uint32_t>{i - 1});
    plan.parents.push_back({4});
    plan.parents.push_back({12});
    plan.parents.push_back({13});
    for (std::uint32_t i = 0; i < plan.size(); ++i)
      plan.dates.push_back(1'700'000'000 + i);
    path = box.init("forked");
    ids = import(box, path, plan);
  }

  const oid& main() const { return ids[11]; }
  const oid& side() const { return ids[14]; }

  /// What git counts now, and what we count with these overrides.
  void compare(ancestry_overrides overrides) const {
    const auto expected = difference(rev_list(box, path, main()), rev_list(box, path, side()));
    plan_reader reader{plan, ids};
    const auto [graph, unreachable] =
        extend(load_graph(path, std::move(overrides)), {main(), side()}, reader.function());
    BOOST_TEST(unreachable.empty());
    BOOST_TEST(!graph->note().empty());
    BOOST_TEST(count_text(graph, main(), side()) == to_text(expected));
    BOOST_TEST(count_text(graph, main(), side()) != "7/3");
  }

  sandbox box;
  history plan;
  std::filesystem::path path;
  std::vector<oid> ids;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(commit_graph)

BOOST_AUTO_TEST_CASE(a_graph_of_nothing_is_empty) {
  const auto graph = graph::commit_graph::load({.ancestry_signature = 42});
  BOOST_TEST(graph->size() == 0u);
  BOOST_TEST(graph->note() == "");
  BOOST_TEST(graph->ancestry_signature() == 42u);
  BOOST_TEST(!graph->find(oid{}).has_value());
  BOOST_TEST(!graph->files_changed());
}

BOOST_AUTO_TEST_CASE(an_extension_reads_new_commits_only_and_leaves_the_old_snapshot_as_it_was) {
  const auto plan = line(1000);
  const auto ids = invented_ids(1000);
  plan_reader reader{plan, ids};
  const auto read = reader.function();
  const auto first = extend(graph::commit_graph::load({}), {ids[899]}, read).graph;
  BOOST_TEST(reader.reads == 900u);
  const auto second = extend(first, {ids[999], ids[100]}, read).graph;
  BOOST_TEST(reader.reads == 1000u);
  BOOST_TEST(first->size() == 900u);
  BOOST_TEST(second->size() == 1000u);
  BOOST_TEST(!first->find(ids[950]).has_value());
  BOOST_TEST(count_text(second, ids[999], ids[100]) == "899/0");
  BOOST_TEST(count_text(first, ids[899], ids[100]) == "799/0");
}

BOOST_AUTO_TEST_CASE(an_extension_by_known_tips_is_the_same_snapshot) {
  const auto plan = line(10);
  const auto ids = invented_ids(10);
  plan_reader reader{plan, ids};
  const auto graph = extend(graph::commit_graph::load({}), {ids[9]}, reader.function()).graph;
  BOOST_TEST(extend(graph, {ids[3], ids[9]}, reader.function()).graph == graph);
  BOOST_TEST(extend(graph, {}, reader.function()).graph == graph);
}

BOOST_AUTO_TEST_CASE(parents_have_smaller_dense_ids_however_the_graph_grew) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto plan = random_history(seed, shape::octopus, dates::rising, 300);
    const auto ids = invented_ids(300);
    plan_reader reader{plan, ids};
    const auto read = reader.function();
    auto graph = graph::commit_graph::load({});
    std::mt19937_64 random{seed};
    while (graph->size() < 300)
      graph = extend(graph, {ids[random() % 300], ids[random() % 300]}, read).graph;
    for (std::uint32_t i = 0; i < 300; ++i)
      for (const auto parent : plan.parents[i])
        BOOST_REQUIRE(*graph->find(ids[parent]) < *graph->find(ids[i]));
    const auto ancestors = ancestries(plan);
    for (int i = 0; i < 2000; ++i) {
      const auto a = random() % 300;
      const auto b = random() % 300;
      BOOST_REQUIRE(count_text(graph, ids[a], ids[b]) ==
                    to_text(difference(ancestors[a], ancestors[b])));
    }
  }
}

BOOST_AUTO_TEST_CASE(commits_added_one_by_one_are_all_found_again) {
  const auto plan = line(2000);
  const auto ids = invented_ids(2000);
  plan_reader reader{plan, ids};
  const auto read = reader.function();
  auto graph = graph::commit_graph::load({});
  for (const auto& id : ids)
    graph = extend(graph, {id}, read).graph;
  BOOST_TEST(reader.reads == 2000u);
  for (std::uint32_t i = 0; i < 2000; ++i)
    BOOST_REQUIRE(graph->find(ids[i]) == i);
  BOOST_TEST(count_text(graph, ids[1999], ids[0]) == "1999/0");
}

BOOST_AUTO_TEST_CASE(a_line_of_three_hundred_thousand_commits_needs_no_deep_stack) {
  const auto plan = line(300'000);
  const auto ids = invented_ids(300'000);
  plan_reader reader{plan, ids};
  const auto graph = extend(graph::commit_graph::load({}), {ids.back()}, reader.function()).graph;
  BOOST_TEST(count_text(graph, ids.back(), ids.front()) == "299999/0");
  BOOST_TEST(graph->own_bytes() <= 36 * graph->size());
  BOOST_TEST(graph->memory_bytes() == graph->own_bytes());
}

BOOST_AUTO_TEST_CASE(a_missing_ancestor_leaves_out_the_tips_above_it_and_is_named) {
  // 0 - 1 - 2 - 3, and 1 - 4; 2 is lost.
  history plan;
  plan.parents = {{}, {0}, {1}, {2}, {1}};
  const auto ids = invented_ids(5);
  plan_reader reader{plan, ids, {ids[2]}};
  const auto [graph, unreachable] =
      extend(graph::commit_graph::load({}), {ids[3], ids[4], ids[2]}, reader.function());
  BOOST_REQUIRE(unreachable.size() == 2u);
  BOOST_TEST((unreachable[0].first == ids[3]));
  BOOST_TEST((unreachable[1].first == ids[2]));
  for (const auto& [tip, reason] : unreachable) {
    BOOST_TEST((code_of(reason) == ec::missing_object));
    BOOST_TEST(detail_of(reason).find(ids[2].hex()) != std::string::npos);
  }
  BOOST_TEST(!graph->find(ids[3]).has_value());
  BOOST_TEST(count_text(graph, ids[4], ids[0]) == "2/0");
  BOOST_TEST(count_text(graph, ids[3], ids[4]).find(ids[3].hex()) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_lost_object_that_comes_back_is_read_at_the_next_extension) {
  const auto plan = line(10);
  const auto ids = invented_ids(10);
  plan_reader reader{plan, ids, {ids[5]}};
  const auto read = reader.function();
  const auto broken = extend(graph::commit_graph::load({}), {ids[9]}, read);
  BOOST_TEST(broken.unreachable.size() == 1u);
  reader.lost.clear();
  const auto healed = extend(broken.graph, {ids[9]}, read);
  BOOST_TEST(healed.unreachable.empty());
  BOOST_TEST(count_text(healed.graph, ids[9], ids[0]) == "9/0");
}

BOOST_FIXTURE_TEST_CASE(the_shallow_boundary_has_no_parents_as_in_git, forked_repository) {
  box.git(path, {"commit-graph", "write", "--reachable"});
  box.write(path / ".git/shallow", ids[7].hex() + "\n");
  compare({.shallow = {ids[7]}});
}

BOOST_FIXTURE_TEST_CASE(grafts_replace_the_parents_as_in_git, forked_repository) {
  box.git(path, {"commit-graph", "write", "--reachable"});
  box.write(path / ".git/info/grafts",
            ids[9].hex() + " " + ids[2].hex() + " " + ids[13].hex() + "\n" + ids[13].hex() + "\n");
  compare({.grafts = {{ids[9], {ids[2], ids[13]}}, {ids[13], {}}}});
}

BOOST_FIXTURE_TEST_CASE(the_shallow_boundary_outranks_a_graft_as_in_git, forked_repository) {
  box.write(path / ".git/info/grafts", ids[9].hex() + " " + ids[2].hex() + "\n");
  box.write(path / ".git/shallow", ids[9].hex() + "\n");
  compare({.shallow = {ids[9]}, .grafts = {{ids[9], {ids[2]}}}});
}

BOOST_FIXTURE_TEST_CASE(a_replacement_lends_its_parents_and_not_its_name_as_in_git,
                        forked_repository) {
  box.git(path, {"commit-graph", "write", "--reachable"});
  // The stand-in for the tenth commit of "main" continues the second commit of "side".
  box.git(path, {"replace", ids[9].hex(), ids[14].hex()});
  compare({.replacements = {{ids[9], ids[14]}}});
}

BOOST_FIXTURE_TEST_CASE(replacements_of_replacements_are_followed_as_in_git, forked_repository) {
  box.git(path, {"replace", ids[9].hex(), ids[6].hex()});
  box.git(path, {"replace", ids[6].hex(), ids[3].hex()});
  compare({.replacements = {{ids[9], ids[6]}, {ids[6], ids[3]}}});
}

BOOST_FIXTURE_TEST_CASE(a_graft_outranks_a_replacement_as_in_git, forked_repository) {
  box.git(path, {"replace", ids[9].hex(), ids[6].hex()});
  box.write(path / ".git/info/grafts", ids[9].hex() + " " + ids[2].hex() + "\n");
  compare({.grafts = {{ids[9], {ids[2]}}}, .replacements = {{ids[9], ids[6]}}});
}

BOOST_AUTO_TEST_CASE(a_cycle_of_grafts_is_refused_and_other_tips_are_not) {
  const auto plan = line(10);
  const auto ids = invented_ids(10);
  plan_reader reader{plan, ids};
  const auto loaded = graph::commit_graph::load({.overrides = {.grafts = {{ids[3], {ids[6]}}}}});
  const auto [graph, unreachable] = extend(loaded, {ids[9], ids[2]}, reader.function());
  BOOST_REQUIRE(unreachable.size() == 1u);
  BOOST_TEST((unreachable[0].first == ids[9]));
  BOOST_TEST((code_of(unreachable[0].second) == ec::corrupt));
  BOOST_TEST(count_text(graph, ids[2], ids[0]) == "2/0");
}

BOOST_AUTO_TEST_CASE(replacements_that_go_round_are_refused) {
  const auto plan = line(3);
  const auto ids = invented_ids(3);
  plan_reader reader{plan, ids};
  const auto loaded = graph::commit_graph::load(
      {.overrides = {.replacements = {{ids[1], ids[2]}, {ids[2], ids[1]}}}});
  const auto [graph, unreachable] = extend(loaded, {ids[2]}, reader.function());
  BOOST_REQUIRE(unreachable.size() == 1u);
  BOOST_TEST((code_of(unreachable[0].second) == ec::corrupt));
}

BOOST_AUTO_TEST_CASE(a_grafted_or_replaced_commit_that_is_missing_stays_missing) {
  const auto plan = line(3);
  const auto ids = invented_ids(3);
  plan_reader reader{plan, ids, {ids[1]}};
  for (const auto& overrides :
       {ancestry_overrides{.shallow = {ids[1]}}, ancestry_overrides{.grafts = {{ids[1], {}}}},
        ancestry_overrides{.replacements = {{ids[2], ids[1]}}}}) {
    const auto loaded = graph::commit_graph::load({.overrides = overrides});
    const auto got = extend(loaded, {ids[2]}, reader.function());
    BOOST_REQUIRE(got.unreachable.size() == 1u);
    BOOST_TEST((code_of(got.unreachable[0].second) == ec::missing_object));
  }
}

BOOST_AUTO_TEST_SUITE_END()

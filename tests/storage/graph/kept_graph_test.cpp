#include <boost/test/unit_test.hpp>
#include <tests/storage/graph/history.hpp>

#include <messages/error.hpp>
#include <storage/graph/ahead_behind.hpp>
#include <storage/graph/chain_file.hpp>
#include <storage/graph/kept_graph.hpp>

BOOST_AUTO_TEST_SUITE(kept_graph)

using namespace headway;
using namespace headway::test;
namespace fs = std::filesystem;

namespace {

/// A repository with a history, and a cache directory.
struct fixture {
  explicit fixture(std::uint32_t size = 600)
      : plan{random_history(11, shape::criss_cross, dates::skewed, size)},
        repository{box.init("repo")},
        ids{import(box, repository, plan)},
        reader{plan, ids},
        ancestors{ancestries(plan)} {}

  graph::graph_source source() const {
    graph::graph_source from;
    from.object_directories = {(repository / ".git/objects").string()};
    from.kept_at = (box / "cache/graphs/repo").string();
    return from;
  }

  /// What a process does: loads, reads what is missing, indexes if that pays, keeps it if it can.
  graph::commit_graph_ptr visit() { return visit(ids); }

  graph::commit_graph_ptr visit(std::span<const oid> tips) {
    auto graph =
        graph::commit_graph::extend(graph::commit_graph::load(source()), tips, reader.function())
            .graph;
    if (graph->wants_index())
      graph = graph::commit_graph::index(graph);
    if (graph->wants_keeping()) {
      const auto failure = graph::commit_graph::keep(*graph);
      BOOST_REQUIRE_MESSAGE(!failure, describe(failure));
    }
    return graph;
  }

  void require_right(const graph::commit_graph_ptr& graph, std::size_t known) {
    std::vector<tip_pair> pairs;
    std::vector<ahead_behind> expected;
    for (std::size_t i = 0; i < known; i += 3)
      for (std::size_t j = i % 7; j < known; j += 11) {
        pairs.push_back({ids[i], ids[j]});
        expected.push_back(difference(ancestors[i], ancestors[j]));
      }
    const auto counts = graph::count(*graph, pairs);
    for (std::size_t i = 0; i < pairs.size(); ++i)
      BOOST_REQUIRE_MESSAGE(counts[i].counts == expected[i],
                            to_text(counts[i])
                                << " instead of " << to_text(expected[i]) << " for pair " << i);
  }

  fs::path chains() const { return box / "cache/graphs/repo.chains"; }
  fs::path layer() const { return box / "cache/graphs/repo.graph"; }

  void write_commit_graph(const std::vector<std::string>& options,
                          const std::string& tips = {}) const {
    std::vector<std::string> command{"commit-graph", "write"};
    command.insert(command.end(), options.begin(), options.end());
    box.git(repository, command, tips);
  }

  void flip_byte(const fs::path& file, std::size_t at) const {
    auto bytes = box.read(file);
    bytes.at(at) = static_cast<char>(bytes.at(at) ^ 0x10);
    box.write(file, bytes);
  }

  sandbox box;
  history plan;
  fs::path repository;
  std::vector<oid> ids;
  plan_reader reader;
  std::vector<std::vector<bool>> ancestors;
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_next_process_reads_no_object_and_builds_nothing) {
  fixture here;
  here.require_right(here.visit(), here.plan.size());
  BOOST_TEST(here.reader.reads == here.plan.size());
  here.reader.reads = 0;
  const auto again = graph::commit_graph::load(here.source());
  BOOST_TEST(again->indexed());
  BOOST_TEST(!again->wants_index());
  BOOST_TEST(!again->wants_keeping());
  BOOST_TEST(again->size() == here.plan.size());
  here.require_right(again, here.plan.size());
  here.visit();
  BOOST_TEST(here.reader.reads == 0u);
}

BOOST_AUTO_TEST_CASE(ids_that_the_clone_has_in_commit_graph_files_are_not_kept_again) {
  for (const auto& options : {std::vector<std::string>{"--reachable"},
                              std::vector<std::string>{"--reachable", "--split=no-merge"}}) {
    fixture here;
    here.write_commit_graph(options);
    here.visit();
    BOOST_TEST(fs::exists(here.chains()));
    BOOST_TEST(!fs::exists(here.layer()));
    const auto again = graph::commit_graph::load(here.source());
    BOOST_TEST(again->indexed());
    here.require_right(again, here.plan.size());
    BOOST_TEST(here.reader.reads == 0u);
  }
}

BOOST_AUTO_TEST_CASE(commits_beyond_the_files_are_kept_in_a_layer_upon_them) {
  fixture here;
  here.write_commit_graph({"--stdin-commits"}, here.ids[300].hex() + "\n");
  here.visit();
  BOOST_TEST(fs::exists(here.layer()));
  here.reader.reads = 0;
  const auto again = graph::commit_graph::load(here.source());
  BOOST_TEST(again->size() == here.plan.size());
  here.require_right(again, here.plan.size());
  // What is kept can be read as any commit-graph file, parents included.
  fs::remove(here.chains());
  here.require_right(here.visit(), here.plan.size());
  BOOST_TEST(here.reader.reads == 0u);
}

BOOST_AUTO_TEST_CASE(an_index_that_grew_is_kept_anew_without_reading_objects_twice) {
  fixture here{1200};
  const std::span all{here.ids};
  here.visit(all.first(400));
  const auto known = graph::commit_graph::load(here.source())->size();
  BOOST_TEST(known >= 400u);
  here.reader.reads = 0;
  // Few new commits extend what is kept; many replace it.
  for (const std::size_t count : {450u, 1200u}) {
    const auto graph = here.visit(all.first(count));
    here.require_right(graph, count);
  }
  BOOST_TEST(here.reader.reads <= here.plan.size() - known + 100);
  here.reader.reads = 0;
  const auto again = graph::commit_graph::load(here.source());
  BOOST_TEST(again->size() == here.plan.size());
  here.require_right(again, here.plan.size());
  BOOST_TEST(here.reader.reads == 0u);
}

BOOST_AUTO_TEST_CASE(an_index_made_for_other_files_is_not_used) {
  fixture here;
  here.write_commit_graph({"--stdin-commits"}, here.ids[300].hex() + "\n");
  here.visit();
  here.write_commit_graph({"--reachable"});
  const auto after_a_gc = graph::commit_graph::load(here.source());
  BOOST_TEST(!after_a_gc->indexed());
  BOOST_TEST(after_a_gc->note().empty());
  here.require_right(here.visit(), here.plan.size());
  BOOST_TEST(graph::commit_graph::load(here.source())->indexed());
}

BOOST_AUTO_TEST_CASE(a_damaged_file_of_ours_is_refused_and_replaced) {
  fixture here;
  here.visit();
  const auto size = fs::file_size(here.chains());
  for (const auto at : {std::uintmax_t{0}, std::uintmax_t{9}, size / 3, size / 2, size - 1}) {
    here.flip_byte(here.chains(), at);
    const auto kept = graph::read_chain_file(here.chains().string());
    BOOST_REQUIRE(!kept);
    BOOST_TEST((code_of(kept.error()) == ec::corrupt));
    const auto refused = graph::commit_graph::load(here.source());
    BOOST_TEST(!refused->indexed());
    BOOST_TEST(refused->note().find(here.chains().string()) != std::string::npos);
    here.require_right(here.visit(), here.plan.size());
    const auto replaced = graph::commit_graph::load(here.source());
    BOOST_TEST(replaced->indexed());
    BOOST_TEST(replaced->note() == "");
  }
  for (const auto left : {size - 1, size / 2, std::uintmax_t{20}, std::uintmax_t{0}}) {
    fs::resize_file(here.chains(), left);
    BOOST_TEST(!graph::commit_graph::load(here.source())->indexed());
    here.visit();
  }
  // A layer that is not the one that was indexed any more.
  here.flip_byte(here.layer(), fs::file_size(here.layer()) - 1);
  BOOST_TEST(!graph::commit_graph::load(here.source())->indexed());
  fs::resize_file(here.layer(), 100);
  const auto cut = graph::commit_graph::load(here.source());
  BOOST_TEST(cut->note().find(here.layer().string()) != std::string::npos);
  here.require_right(here.visit(), here.plan.size());
}

BOOST_AUTO_TEST_CASE(an_index_with_another_trunk_is_kept_though_it_covers_the_same_commits) {
  fixture here;
  here.visit();
  const auto loaded = graph::commit_graph::load(here.source());
  const auto off_trunk = std::ranges::find_if(here.ids, [&](const oid& tip) {
    return loaded->wants_index({&tip, 1});
  });
  BOOST_REQUIRE(off_trunk != here.ids.end());
  const auto moved = graph::commit_graph::index(loaded, {&*off_trunk, 1});
  BOOST_REQUIRE(moved->wants_keeping());
  BOOST_TEST(!graph::commit_graph::keep(*moved));
  BOOST_TEST(!moved->wants_keeping());
  const auto again = graph::commit_graph::load(here.source());
  BOOST_TEST(!again->wants_index({&*off_trunk, 1}));
  here.require_right(again, here.plan.size());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_kept_is_told_and_changes_no_answer) {
  fixture here;
  here.box.write(here.box / "cache", "a file where the directory should be");
  auto graph = graph::commit_graph::extend(graph::commit_graph::load(here.source()), here.ids,
                                           here.reader.function())
                   .graph;
  graph = graph::commit_graph::index(graph);
  BOOST_TEST(graph->wants_keeping());
  const auto failure = graph::commit_graph::keep(*graph);
  BOOST_TEST(describe(failure).find("cache/graphs/repo") != std::string::npos);
  BOOST_TEST(!graph->wants_keeping());
  here.require_right(graph, here.plan.size());
}

BOOST_AUTO_TEST_CASE(with_grafts_shallow_or_replace_entries_nothing_kept_is_used) {
  fixture here;
  here.visit();
  auto source = here.source();
  source.overrides.shallow = {here.ids[5]};
  const auto graph = graph::commit_graph::load(source);
  BOOST_TEST(!graph->indexed());
  BOOST_TEST(graph->size() == 0u);
}

BOOST_AUTO_TEST_CASE(what_nobody_has_used_for_three_months_goes) {
  fixture here;
  here.visit();
  const auto directory = (here.box / "cache/graphs").string();
  const auto now = fs::file_time_type::clock::now();
  graph::drop_unused_graphs(directory, now + std::chrono::days{89});
  BOOST_TEST(fs::exists(here.chains()));
  here.box.write(here.box / "cache/graphs/notes.txt", "not ours");
  const auto left = {"0123.chains.AbCdEf", "0123.graph.AbCdEf", "4567.graph"};
  for (const auto* name : left)
    here.box.write(here.box / "cache/graphs" / name, "of one that was killed");
  graph::drop_unused_graphs(directory, now + std::chrono::days{91});
  BOOST_TEST(!fs::exists(here.chains()));
  BOOST_TEST(!fs::exists(here.layer()));
  BOOST_TEST(fs::exists(here.box / "cache/graphs/notes.txt"));
  for (const auto* name : left)
    BOOST_TEST(!fs::exists(here.box / "cache/graphs" / name), name);
  // Using an index renews it.
  here.visit();
  fs::last_write_time(here.chains(), now - std::chrono::days{80});
  BOOST_TEST(graph::commit_graph::load(here.source())->indexed());
  graph::drop_unused_graphs(directory, now + std::chrono::days{20});
  BOOST_TEST(fs::exists(here.chains()));
}

BOOST_AUTO_TEST_CASE(what_is_unused_is_looked_for_once_a_day) {
  fixture here;
  here.visit();
  const auto directory = (here.box / "cache/graphs").string();
  const auto now = fs::file_time_type::clock::now();
  const auto in_days = [&](int count) { return now + std::chrono::days{count}; };
  fs::last_write_time(here.chains(), now);
  graph::drop_unused_graphs_daily(directory, in_days(90));
  BOOST_TEST(fs::exists(here.chains()));
  // It is unused by now, but somebody has looked just before.
  graph::drop_unused_graphs_daily(directory, in_days(90) + std::chrono::hours{23});
  BOOST_TEST(fs::exists(here.chains()));
  graph::drop_unused_graphs_daily(directory, in_days(91) + std::chrono::hours{1});
  BOOST_TEST(!fs::exists(here.chains()));
  // A clock that was wrong does not stop it for long.
  here.visit();
  fs::last_write_time(here.chains(), now);
  graph::drop_unused_graphs_daily(directory, in_days(90));
  fs::last_write_time(here.chains(), now - std::chrono::days{100});
  graph::drop_unused_graphs_daily(directory, now);
  BOOST_TEST(!fs::exists(here.chains()));
}

BOOST_AUTO_TEST_SUITE_END()

#include <fstream>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <tests/storage/graph/graph_file.hpp>
#include <tests/storage/graph/history.hpp>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/graph/ahead_behind.hpp>
#include <storage/graph/commit_graph_chain.hpp>
#include <storage/graph/commit_graph_file.hpp>

using namespace headway;
using namespace headway::test;

namespace {

namespace fs = std::filesystem;

/// A repository with a random history of which all pairs of some tips are known.
struct known_repository {
  explicit known_repository(std::uint64_t seed = 5, shape form = shape::octopus,
                            dates times = dates::rising, std::uint32_t size = 150)
      : plan{random_history(seed, form, times, size)},
        path{box.init("known")},
        ids{import(box, path, plan)},
        ancestors{ancestries(plan)} {}

  std::string objects() const { return (path / ".git/objects").string(); }
  fs::path file() const { return path / ".git/objects/info/commit-graph"; }

  void write_full(const std::vector<std::string>& config = {}) const {
    auto args = config;
    args.insert(args.end(), {"commit-graph", "write", "--reachable"});
    box.git(path, args);
  }

  /// Layers of the chain: everything up to each of these commits.
  void write_split(const std::vector<std::uint32_t>& upto) const {
    for (const auto commit : upto)
      box.git(path, {"commit-graph", "write", "--stdin-commits", "--split=no-merge"},
              ids[commit].hex() + "\n");
  }

  std::vector<fs::path> layers() const {
    const auto directory = path / ".git/objects/info/commit-graphs";
    std::vector<fs::path> files;
    std::istringstream lines{box.read(directory / "commit-graph-chain")};
    for (std::string line; lines >> line;)
      files.push_back(directory / ("graph-" + line + ".graph"));
    return files;
  }

  /// Loads, extends to all commits, and compares many pairs with the definition. Answers how many
  /// commits had to be read from objects.
  std::uint64_t compare_all(const graph::commit_graph_ptr& loaded) const {
    plan_reader reader{plan, ids};
    const auto [graph, unreachable] = graph::commit_graph::extend(loaded, ids, reader.function());
    BOOST_TEST(unreachable.empty());
    BOOST_TEST(graph->size() == plan.size());
    for (std::uint32_t i = 0; i < plan.size(); ++i) {
      std::vector<tip_pair> pairs;
      for (std::uint32_t j = i % 3; j < plan.size(); j += 3)
        pairs.push_back({ids[i], ids[j]});
      const auto counts = graph::count(*graph, pairs);
      for (std::size_t k = 0; k < pairs.size(); ++k)
        BOOST_REQUIRE(counts[k].counts == difference(ancestors[i], ancestors[i % 3 + 3 * k]));
    }
    return reader.reads;
  }

  sandbox box;
  history plan;
  fs::path path;
  std::vector<oid> ids;
  std::vector<std::vector<bool>> ancestors;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(commit_graph_file)

BOOST_AUTO_TEST_CASE(every_layout_that_git_writes_is_read_in_every_kind_of_history) {
  std::uint64_t seed = 0;
  for (const auto form :
       {shape::linear, shape::branching, shape::criss_cross, shape::octopus, shape::many_roots})
    for (const auto times : {dates::rising, dates::equal, dates::skewed}) {
      known_repository repo{++seed, form, times};
      BOOST_TEST_CONTEXT("seed " << seed) {
        BOOST_TEST(repo.compare_all(load_graph(repo.path)) == 150u);
        repo.write_full();
        BOOST_TEST(repo.compare_all(load_graph(repo.path)) == 0u);
        repo.write_full({"-c", "commitGraph.generationVersion=1"});
        BOOST_TEST(repo.compare_all(load_graph(repo.path)) == 0u);
        repo.box.git(repo.path, {"commit-graph", "write", "--reachable", "--changed-paths"});
        BOOST_TEST(repo.compare_all(load_graph(repo.path)) == 0u);
        fs::remove(repo.file());
        repo.write_split({40, 41, 90});
        const auto half = load_graph(repo.path);
        BOOST_TEST(half->note() == "");
        BOOST_TEST(half->size() > 0u);
        BOOST_TEST(repo.compare_all(half) == 150u - half->size());
      }
    }
}

BOOST_AUTO_TEST_CASE(a_graph_over_dates_beyond_34_bits_counts_right) {
  sandbox box;
  const auto path = box.init("far");
  auto plan = random_history(4, shape::branching, dates::rising, 60);
  for (std::uint32_t i = 0; i < plan.size(); ++i)
    plan.dates[i] = i % 3 == 0 ? 99'999'999'999 : i % 3 == 1 ? 0 : 4'000'000'000 + i;
  const auto ids = import(box, path, plan);
  box.git(path, {"commit-graph", "write", "--reachable"});
  const auto graph = load_graph(path);
  BOOST_TEST(graph->note() == "");
  BOOST_TEST(graph->size() == 60u);
  const auto ancestors = ancestries(plan);
  for (std::uint32_t i = 0; i < 60; ++i)
    for (std::uint32_t j = 0; j < 60; ++j) {
      const tip_pair pair{ids[i], ids[j]};
      BOOST_REQUIRE(graph::count(*graph, {&pair, 1}).front().counts ==
                    difference(ancestors[i], ancestors[j]));
    }
}

BOOST_AUTO_TEST_CASE(
    commits_that_the_file_lists_are_trusted_when_their_objects_are_gone_as_in_git) {
  known_repository repo;
  repo.write_full();
  plan_reader reader{repo.plan, repo.ids, {repo.ids[3]}};
  const auto [graph, unreachable] =
      graph::commit_graph::extend(load_graph(repo.path), repo.ids, reader.function());
  BOOST_TEST(unreachable.empty());
  BOOST_TEST(reader.reads == 0u);
}

BOOST_AUTO_TEST_CASE(a_stale_file_is_completed_from_objects) {
  known_repository repo;
  repo.box.git(repo.path, {"commit-graph", "write", "--stdin-commits"}, repo.ids[70].hex() + "\n");
  const auto graph = load_graph(repo.path);
  BOOST_TEST(graph->size() > 0u);
  BOOST_TEST(graph->size() < 150u);
  BOOST_TEST(repo.compare_all(graph) == 150u - graph->size());
}

BOOST_AUTO_TEST_CASE(the_alternates_files_are_used_and_a_chain_may_stand_on_them) {
  known_repository repo{5, shape::branching};
  repo.write_split({60});
  const auto fork = repo.box / "fork";
  repo.box.git(repo.box.root(),
               {"clone", "-q", "--bare", "--shared", repo.path.string(), fork.string()});
  const auto load = [&] {
    return graph::commit_graph::load(
        {.object_directories = {(fork / "objects").string(), repo.objects()}});
  };
  const auto borrowed = load()->size();
  BOOST_TEST(borrowed > 0u);
  repo.compare_all(load());
  repo.box.git(fork, {"commit-graph", "write", "--reachable", "--split=no-merge"});
  BOOST_TEST(load()->size() == 150u);
  BOOST_TEST(load()->note() == "");
  BOOST_TEST(repo.compare_all(load()) == 0u);
}

BOOST_AUTO_TEST_CASE(the_monolithic_file_goes_before_the_chain_as_in_git) {
  known_repository repo;
  repo.write_split({50});
  const auto chain = repo.path / ".git/objects/info/commit-graphs";
  const auto kept = repo.box / "kept";
  fs::rename(chain, kept);
  repo.write_full();
  fs::rename(kept, chain);
  BOOST_TEST(load_graph(repo.path)->size() == 150u);
}

BOOST_AUTO_TEST_CASE(a_broken_monolithic_file_makes_way_for_the_chain) {
  known_repository repo;
  repo.write_split({50, 149});
  replace_file(repo.file(), "not a graph");
  const auto graph = load_graph(repo.path);
  BOOST_TEST(graph->size() > 0u);
  BOOST_TEST(graph->note().find("too short") != std::string::npos);
  repo.compare_all(graph);
}

BOOST_AUTO_TEST_CASE(overrides_switch_the_files_off) {
  known_repository repo;
  repo.write_full();
  const auto graph = load_graph(repo.path, {.shallow = {oid{{9}}}});
  BOOST_TEST(graph->size() == 0u);
  BOOST_TEST(graph->note().find("shallow") != std::string::npos);
  BOOST_TEST(!graph->files_changed());
  BOOST_TEST(repo.compare_all(graph) == 150u);
}

BOOST_AUTO_TEST_CASE(a_graph_outlives_the_replacement_and_the_deletion_of_its_files) {
  known_repository repo{6, shape::branching, dates::rising, 150};
  repo.write_full();
  const auto graph = load_graph(repo.path);
  BOOST_TEST(!graph->files_changed());
  repo.box.git(repo.path, {"commit-graph", "write", "--stdin-commits"}, repo.ids[20].hex() + "\n");
  BOOST_TEST(graph->files_changed());
  fs::remove(repo.file());
  BOOST_TEST(graph->files_changed());
  BOOST_TEST(repo.compare_all(graph) == 0u);
}

BOOST_AUTO_TEST_CASE(a_new_chain_is_a_change) {
  known_repository repo;
  const auto graph = load_graph(repo.path);
  BOOST_TEST(!graph->files_changed());
  repo.write_split({50});
  BOOST_TEST(graph->files_changed());
  const auto again = load_graph(repo.path);
  BOOST_TEST(!again->files_changed());
  repo.write_split({100});
  BOOST_TEST(again->files_changed());
}

// 30,000 commits make a file of some two megabytes: mapped, not copied.
BOOST_AUTO_TEST_CASE(a_mapped_file_is_read_after_it_was_deleted_and_keeps_only_its_ids_in_memory) {
  sandbox box;
  const auto path = box.init("large");
  const auto plan = random_history(8, shape::branching, dates::rising, 30'000);
  const auto ids = import(box, path, plan);
  box.git(path, {"commit-graph", "write", "--reachable"});
  const auto file = path / ".git/objects/info/commit-graph";
  BOOST_REQUIRE(fs::file_size(file) > graph::mapped_file::copied_below_bytes);
  const auto graph = load_graph(path);
  fs::remove(file);
  BOOST_TEST(graph->note() == "");
  std::set<std::uint32_t> dense;
  for (const auto& id : ids)
    dense.insert(graph->find(id).value());
  BOOST_TEST(dense.size() == ids.size());
  BOOST_TEST(*dense.rbegin() == ids.size() - 1);
  for (std::uint32_t i = 0; i < plan.size(); ++i)
    for (const auto parent : plan.parents[i])
      BOOST_REQUIRE(*graph->find(ids[parent]) < *graph->find(ids[i]));
  auto stranger = ids[0];
  stranger.bytes[19] ^= 1;
  BOOST_TEST(!graph->find(stranger).has_value());
  BOOST_TEST(graph->own_bytes() <= 12 * graph->size());
  BOOST_TEST(graph->memory_bytes() - graph->own_bytes() == 20 * graph->size());
}

BOOST_AUTO_TEST_CASE(ids_at_the_edges_of_the_table_are_found_or_not) {
  known_repository repo{11, shape::linear, dates::rising, 400};
  repo.write_full();
  const auto graph = load_graph(repo.path);
  oid last;
  last.bytes.fill(0xff);
  BOOST_TEST(!graph->find(oid{}).has_value());
  BOOST_TEST(!graph->find(last).has_value());
  for (const auto& id : repo.ids) {
    BOOST_TEST(graph->find(id).has_value());
    for (std::size_t byte : {0, 1, 4, 5, 19})
      for (int change : {1, 0x80}) {
        auto other = id;
        other.bytes[byte] = static_cast<std::uint8_t>(other.bytes[byte] ^ change);
        BOOST_TEST(!graph->find(other).has_value());
      }
  }
}

BOOST_AUTO_TEST_CASE(the_commits_that_any_file_lists_are_known_without_loading_it) {
  known_repository repo;
  const auto listed = [&] {
    const auto commits = graph::listed_commits::open({repo.objects()});
    BOOST_TEST(!commits.contains(oid{{9}}));
    return std::ranges::count_if(repo.ids, [&](const oid& id) { return commits.contains(id); });
  };
  BOOST_TEST(listed() == 0);
  repo.write_split({50, 90});
  const auto in_chain = load_graph(repo.path)->size();
  BOOST_TEST(in_chain > 0u);
  BOOST_TEST(listed() == in_chain);
  repo.write_full();
  BOOST_TEST(listed() == 150);
  const auto content = repo.box.read(repo.file());
  for (std::size_t length = 0; length < content.size(); length += 37) {
    replace_file(repo.file(), content.substr(0, length));
    BOOST_REQUIRE(listed() == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_sha256_graph_is_refused_by_name) {
  sandbox box;
  const auto path = box.init("sha256", {"--object-format=sha256"});
  box.commit(path, "one");
  box.git(path, {"commit-graph", "write", "--reachable"});
  const auto graph = load_graph(path);
  BOOST_TEST(graph->size() == 0u);
  BOOST_TEST(graph->note().find("SHA-256") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_readable_file_is_refused_and_never_waited_for) {
  known_repository repo;
  fs::create_directories(repo.file());
  BOOST_TEST(load_graph(repo.path)->note().find("not a regular file") != std::string::npos);
  fs::remove(repo.file());
  BOOST_REQUIRE(::mkfifo(repo.file().c_str(), 0600) == 0);
  BOOST_TEST(load_graph(repo.path)->note().find("not a regular file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_of_another_user_is_refused_and_the_objects_answer) {
  known_repository repo;
  repo.write_full();
  fs::permissions(repo.file(), fs::perms::none);
  fs::permissions(repo.box.root(), fs::perms{0755});
  // Root may read everything: become somebody else for the moment.
  const bool root = ::geteuid() == 0;
  if (root)
    BOOST_REQUIRE(::seteuid(65534) == 0);
  const auto graph = load_graph(repo.path);
  if (root)
    BOOST_REQUIRE(::seteuid(0) == 0);
  BOOST_TEST(graph->note().find("Permission denied") != std::string::npos);
  BOOST_TEST(repo.compare_all(graph) == 150u);
}

BOOST_AUTO_TEST_CASE(a_file_cut_short_anywhere_is_refused) {
  known_repository repo{5, shape::octopus, dates::rising, 60};
  repo.write_full();
  const auto content = repo.box.read(repo.file());
  for (std::size_t length = 0; length < content.size(); length += length < 200 ? 1 : 37) {
    replace_file(repo.file(), content.substr(0, length));
    const auto graph = load_graph(repo.path);
    BOOST_REQUIRE(graph->size() == 0u);
    BOOST_REQUIRE(!graph->note().empty());
  }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_that_matters_is_refused_or_harmless) {
  known_repository repo{5, shape::octopus, dates::rising, 60};
  repo.write_full();
  const auto content = repo.box.read(repo.file());
  const auto ids = chunk(content, "OIDL");
  const auto rows = chunk(content, "CDAT");
  const auto edges = chunk(content, "EDGE");
  BOOST_REQUIRE(edges.until > edges.from);
  const auto trusted = [&](std::size_t offset) {
    const bool parents = offset >= rows.from && offset < rows.until &&
                         (offset - rows.from) % 36 >= 20 && (offset - rows.from) % 36 < 28;
    return parents || (offset >= ids.from && offset < ids.until) ||
           (offset >= edges.from && offset < edges.until);
  };
  std::size_t trusted_flips = 0;
  std::size_t accepted = 0;
  for (std::size_t offset = 0; offset < content.size(); ++offset)
    for (const int bit : {0, 3, 7}) {
      auto damaged = content;
      damaged[offset] = static_cast<char>(damaged[offset] ^ 1 << bit);
      replace_file(repo.file(), damaged);
      const auto graph = load_graph(repo.path);
      BOOST_REQUIRE(graph->size() == 60u || !graph->note().empty());
      // Git believes ids and parents that are possible, and so do we; there must be no other way to
      // a wrong answer, and no crash on that one.
      if (!trusted(offset)) {
        if (offset % 7 == 0 || graph->size() != 0)
          repo.compare_all(graph);
        continue;
      }
      ++trusted_flips;
      accepted += graph->size() != 0 ? 1 : 0;
      std::vector<tip_pair> pairs;
      for (const auto& id : repo.ids)
        pairs.push_back({id, repo.ids.back()});
      graph::count(*graph, pairs);
    }
  BOOST_TEST_MESSAGE(accepted << " of " << trusted_flips << " flips in ids and parents accepted");
}

BOOST_AUTO_TEST_CASE(random_rubbish_within_the_chunks_never_crashes) {
  known_repository repo{5, shape::octopus, dates::rising, 60};
  repo.write_full();
  const auto content = repo.box.read(repo.file());
  std::mt19937_64 random{1};
  for (int i = 0; i < 3000; ++i) {
    auto damaged = content;
    for (auto writes = 1 + random() % 4; writes > 0; --writes)
      set_word(damaged, random() % (content.size() / 4) * 4,
               random() % 2 == 0 ? static_cast<std::uint32_t>(random())
                                 : static_cast<std::uint32_t>(random() % 70) |
                                       static_cast<std::uint32_t>(random() % 2) << 31);
    replace_file(repo.file(), damaged);
    const auto graph = load_graph(repo.path);
    BOOST_REQUIRE(graph->size() == 60u || !graph->note().empty());
    std::vector<tip_pair> pairs;
    for (const auto& id : repo.ids)
      pairs.push_back({id, repo.ids.back()});
    graph::count(*graph, pairs);
  }
}

BOOST_AUTO_TEST_CASE(impossible_rows_are_refused_with_the_commit_they_belong_to) {
  known_repository repo{5, shape::octopus, dates::rising, 60};
  repo.write_full();
  const auto content = repo.box.read(repo.file());
  const auto rows = chunk(content, "CDAT");
  const auto edges = chunk(content, "EDGE");
  struct damage {
    std::size_t offset;
    std::uint32_t value;
  };
  for (const auto& [offset, value] :
       {damage{rows.from + 20, 60}, damage{rows.from + 20, 0x80000001}, damage{rows.from + 24, 60},
        damage{rows.from + 24, 0xffffffff}, damage{rows.from + 20, 0}, damage{rows.from + 28, 0},
        damage{edges.until - 4, 1}, damage{edges.from, 60}}) {
    auto damaged = content;
    set_word(damaged, offset, value);
    replace_file(repo.file(), damaged);
    const auto graph = load_graph(repo.path);
    BOOST_TEST(graph->size() == 0u);
    BOOST_TEST(!graph->note().empty());
    repo.compare_all(graph);
  }
}

BOOST_AUTO_TEST_CASE(edge_lists_that_share_their_ends_are_refused_before_they_cost_much) {
  known_repository repo{5, shape::octopus, dates::rising, 60};
  repo.write_full();
  auto content = repo.box.read(repo.file());
  const auto rows = chunk(content, "CDAT");
  for (auto row = rows.from; row < rows.until; row += 36)
    if (word_at(content, row + 20) != 0x70000000)
      set_word(content, row + 24, 0x80000000);
  replace_file(repo.file(), content);
  const auto graph = load_graph(repo.path);
  BOOST_TEST(graph->size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_bad_layer_leaves_those_below_it_in_use) {
  known_repository repo;
  repo.write_split({40, 90, 149});
  const auto layers = repo.layers();
  BOOST_REQUIRE(layers.size() == 3u);
  const auto whole = load_graph(repo.path)->size();
  const auto content = repo.box.read(layers[1]);
  for (const auto& replacement :
       {std::string{}, content.substr(0, content.size() / 2), repo.box.read(layers[2])}) {
    replace_file(layers[1], replacement);
    const auto graph = load_graph(repo.path);
    BOOST_TEST(graph->size() > 0u);
    BOOST_TEST(graph->size() < whole);
    BOOST_TEST(!graph->note().empty());
    repo.compare_all(graph);
  }
  fs::remove(layers[1]);
  BOOST_TEST(load_graph(repo.path)->note().find("missing") != std::string::npos);
  repo.compare_all(load_graph(repo.path));
}

BOOST_AUTO_TEST_CASE(layers_in_another_order_or_without_their_base_are_refused) {
  known_repository repo;
  repo.write_split({40, 90});
  const auto layers = repo.layers();
  BOOST_REQUIRE(layers.size() == 2u);
  const auto chain = repo.path / ".git/objects/info/commit-graphs/commit-graph-chain";
  const auto names = repo.box.read(chain);
  for (const auto& text : {names.substr(41), names.substr(41) + names.substr(0, 41)}) {
    replace_file(chain, text);
    const auto graph = load_graph(repo.path);
    BOOST_TEST(graph->size() == 0u);
    BOOST_TEST(graph->note().find("other layers") != std::string::npos);
    repo.compare_all(graph);
  }
  replace_file(chain, "gibberish\n");
  BOOST_TEST(load_graph(repo.path)->note().find("line 1") != std::string::npos);
  fs::remove(chain);
  fs::copy_file(layers[1], repo.file());
  BOOST_TEST(load_graph(repo.path)->size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

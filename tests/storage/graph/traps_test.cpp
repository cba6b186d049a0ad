/// Where counting ahead and behind goes wrong elsewhere: each case on a real repository, read as
/// the engine reads it, by walk and by index.
#include <boost/test/unit_test.hpp>
#include <tests/storage/graph/graph_file.hpp>
#include <tests/storage/graph/history.hpp>

#include <messages/error.hpp>
#include <storage/git/repository.hpp>
#include <storage/graph/ahead_behind.hpp>

using namespace headway;
using namespace headway::test;

namespace {

namespace fs = std::filesystem;

struct reading {
  std::string counts;          ///< "3/10", or why there are none.
  std::size_t from_files = 0;  ///< Commits that commit-graph files gave.
  std::string note;
};

reading read(const fs::path& repository, const oid& local, const oid& upstream) {
  const auto location = git::locate(repository.string());
  BOOST_REQUIRE_MESSAGE(location, (location ? "" : describe(location.error())));
  const auto opened = git::repository::open(*location);
  BOOST_REQUIRE(opened);
  auto overrides = (*opened)->read_overrides();
  BOOST_REQUIRE(overrides);
  const auto loaded = graph::commit_graph::load(
      {.object_directories = (*opened)->object_directories(), .overrides = std::move(*overrides)});
  const std::vector<oid> tips{local, upstream};
  const auto [graph, unreachable] = graph::commit_graph::extend(
      loaded, tips, [&](const oid& commit) { return (*opened)->read_parents(commit); });
  const tip_pair pair{local, upstream};
  const auto walked = graph::count(*graph, {&pair, 1}).front();
  const auto indexed = graph::count(*graph::commit_graph::index(graph), {&pair, 1}).front();
  BOOST_TEST(to_text(walked) == to_text(indexed));
  return {to_text(walked), loaded->size(), loaded->note()};
}

/// A trunk of 21 commits; "main" goes on for ten, "topic" for three.
struct fork {
  fork() {
    git::initialise_library();
    for (std::uint32_t i = 0; i < 34; ++i)
      plan.parents.push_back(i == 0    ? std::vector<std::uint32_t>{}
                             : i == 31 ? std::vector<std::uint32_t>{20}
                                       : std::vector<std::uint32_t>{i - 1});
    for (std::uint32_t i = 0; i < plan.size(); ++i)
      plan.dates.push_back(1'700'000'000 + 60 * i);
  }

  void make() {
    path = box.init("fork");
    ids = import(box, path, plan);
  }

  const oid& main() const { return ids[30]; }
  const oid& topic() const { return ids[33]; }

  fs::path file() const { return path / ".git/objects/info/commit-graph"; }
  void write_graph() const { box.git(path, {"commit-graph", "write", "--reachable"}); }
  reading read_fork() const { return read(path, topic(), main()); }

  /// The definition, as git lists the two sets now.
  std::string by_git() const {
    return to_text(difference(rev_list(box, path, topic()), rev_list(box, path, main())));
  }

  /// A commit object with a committer line that git would not write.
  oid commit_with_date(const oid& parent, const std::string& date) const {
    const auto tree = box.git(path, {"rev-parse", parent.hex() + "^{tree}"});
    const auto text = "tree " + tree + "\nparent " + parent.hex() + "\nauthor A <a@example.org> " +
                      date + " +0000\ncommitter A <a@example.org> " + date + " +0000\n\nodd\n";
    return oid::from_hex(
               box.git(path, {"hash-object", "-t", "commit", "-w", "--literally", "--stdin"}, text))
        .value();
  }

  sandbox box;
  history plan;
  fs::path path;
  std::vector<oid> ids;
};

struct made_fork : fork {
  made_fork() { make(); }
};

void flip_last_byte(std::string& content) {
  content.back() = static_cast<char>(content.back() ^ 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(traps)

BOOST_FIXTURE_TEST_CASE(a_shallow_boundary_is_a_root_and_switches_files_off, made_fork) {
  write_graph();
  BOOST_TEST(read_fork().counts == "3/10");
  BOOST_TEST(read_fork().from_files == 34u);
  box.write(path / ".git/shallow", ids[25].hex() + "\n");
  BOOST_TEST(by_git() == "24/6");
  BOOST_TEST(read_fork().counts == "24/6");
  BOOST_TEST(read_fork().from_files == 0u);
}

BOOST_FIXTURE_TEST_CASE(replace_refs_switch_files_off_until_they_are_not_to_be_used, made_fork) {
  write_graph();
  box.git(path, {"replace", "--graft", ids[25].hex(), ids[32].hex()});
  BOOST_TEST(by_git() == "1/6");
  BOOST_TEST(read_fork().counts == "1/6");
  BOOST_TEST(read_fork().from_files == 0u);
  box.git(path, {"config", "core.useReplaceRefs", "false"});
  BOOST_TEST(by_git() == "3/10");
  BOOST_TEST(read_fork().counts == "3/10");
  BOOST_TEST(read_fork().from_files == 34u);
}

BOOST_FIXTURE_TEST_CASE(grafts_are_honoured_and_switch_files_off, made_fork) {
  write_graph();
  box.write(path / ".git/info/grafts", ids[25].hex() + " " + ids[32].hex() + "\n");
  BOOST_TEST(by_git() == "1/6");
  BOOST_TEST(read_fork().counts == "1/6");
  BOOST_TEST(read_fork().from_files == 0u);
}

BOOST_FIXTURE_TEST_CASE(tips_that_a_stale_file_lacks_are_read_from_objects, made_fork) {
  box.git(path, {"commit-graph", "write", "--stdin-commits"}, ids[22].hex() + "\n");
  BOOST_TEST(read_fork().from_files == 23u);
  BOOST_TEST(read_fork().counts == "3/10");
}

BOOST_FIXTURE_TEST_CASE(a_commit_that_the_file_lists_counts_without_its_object_as_in_git,
                        made_fork) {
  write_graph();
  // So few objects are loose.
  const auto lost = ids[25].hex();
  BOOST_REQUIRE(fs::remove(path / ".git/objects" / lost.substr(0, 2) / lost.substr(2)));
  BOOST_TEST(box.git(path, {"rev-list", "--left-right", "--count",
                            topic().hex() + "..." + main().hex()}) == "3\t10");
  BOOST_TEST(read_fork().counts == "3/10");
  // Without the file nobody can say.
  fs::remove(file());
  const auto without = read_fork();
  BOOST_TEST(without.counts.find("is not in the object database") != std::string::npos);
  BOOST_TEST(box.try_git(path, {"rev-list", "--count", main().hex()}).status != 0);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_checksum_alone_changes_nothing_as_in_git, made_fork) {
  write_graph();
  auto content = box.read(file());
  flip_last_byte(content);
  replace_file(file(), content);
  BOOST_TEST(read_fork().counts == "3/10");
  BOOST_TEST(read_fork().from_files == 34u);
}

BOOST_FIXTURE_TEST_CASE(parents_that_are_possible_are_believed_as_in_git, made_fork) {
  write_graph();
  auto content = box.read(file());
  // The top of "topic" has the level of the parent that it stands in for.
  set_first_parent(content, ids[24], position_of(content, ids[33]));
  replace_file(file(), content);
  BOOST_TEST(box.git(path, {"rev-list", "--left-right", "--count",
                            topic().hex() + "..." + main().hex()}) == "0\t7");
  BOOST_TEST(read_fork().counts == "0/7");
}

BOOST_FIXTURE_TEST_CASE(parents_that_contradict_levels_are_refused_and_objects_answer, made_fork) {
  write_graph();
  auto content = box.read(file());
  set_first_parent(content, ids[25], position_of(content, ids[5]));
  replace_file(file(), content);
  BOOST_TEST(read_fork().counts == "3/10");
  BOOST_TEST(read_fork().from_files == 0u);
  BOOST_TEST(!read_fork().note.empty());
}

BOOST_FIXTURE_TEST_CASE(a_parent_outside_of_the_file_is_refused_and_objects_answer, made_fork) {
  write_graph();
  for (const std::uint32_t parent : {34u, 1'000'000u, 0x6fffffffu}) {
    auto content = box.read(file());
    set_first_parent(content, ids[25], parent);
    replace_file(file(), content);
    BOOST_TEST(read_fork().counts == "3/10");
    BOOST_TEST(read_fork().from_files == 0u);
  }
}

BOOST_FIXTURE_TEST_CASE(a_file_of_another_form_is_ignored_and_objects_answer, made_fork) {
  write_graph();
  const auto good = box.read(file());
  auto version = good;
  version[4] = 7;
  auto offset = good;
  set_word(offset, 8 + 12 + 8, 0x7fffffff);
  for (const auto& bad : {good.substr(0, good.size() / 2), version, offset, std::string{}}) {
    replace_file(file(), bad);
    BOOST_TEST(read_fork().counts == "3/10");
    BOOST_TEST(read_fork().from_files == 0u);
    BOOST_TEST(!read_fork().note.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_sha256_repository_is_refused_by_name) {
  git::initialise_library();
  const sandbox box;
  const auto path = box.init("wide", {"--object-format=sha256"});
  const auto location = git::locate(path.string());
  BOOST_REQUIRE(!location);
  BOOST_TEST((code_of(location.error()) == ec::unsupported_object_format));
  BOOST_TEST(describe(location.error()).find("sha256") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(dates_that_no_field_of_the_file_holds_change_nothing, fork) {
  // Beyond 34 bits, and so far before a child that the corrected date needs more than 31.
  for (std::uint32_t i = 0; i < plan.size(); ++i)
    plan.dates[i] = i % 3 == 0 ? 99'999'999'999 : i % 3 == 1 ? 1 : 4'000'000'000;
  make();
  BOOST_TEST(read_fork().counts == "3/10");
  write_graph();
  BOOST_TEST((chunk(box.read(file()), "GDO2").from != 0u));
  BOOST_TEST(read_fork().counts == "3/10");
  BOOST_TEST(read_fork().from_files == 34u);
}

BOOST_FIXTURE_TEST_CASE(dates_that_are_equal_zero_or_negative_change_nothing, fork) {
  std::fill(plan.dates.begin(), plan.dates.end(), 0);
  make();
  BOOST_TEST(read_fork().counts == "3/10");
  write_graph();
  BOOST_TEST(read_fork().counts == "3/10");
  const auto before_1970 = commit_with_date(topic(), "-86400");
  const auto later = commit_with_date(before_1970, "100");
  BOOST_TEST(read(path, later, main()).counts == "5/10");
  BOOST_TEST(read(path, main(), later).counts == "10/5");
}

// Two commits on a line of thirty, of which the newest but one to eight are dated 1: whoever takes
// commits by date has gone past the common part before it knows that it is common.
BOOST_FIXTURE_TEST_CASE(broken_clocks_change_nothing_with_files_or_without, fork) {
  plan = {};
  for (std::uint32_t i = 0; i < 32; ++i) {
    plan.parents.push_back(i == 0   ? std::vector<std::uint32_t>{}
                           : i < 30 ? std::vector<std::uint32_t>{i - 1}
                                    : std::vector<std::uint32_t>{29});
    plan.dates.push_back(i >= 22 && i < 29 ? 1 : 1'700'000'000 + i);
  }
  make();
  const auto truth =
      to_text(difference(rev_list(box, path, ids[30]), rev_list(box, path, ids[31])));
  BOOST_TEST(truth == "1/1");
  BOOST_TEST(read(path, ids[30], ids[31]).counts == "1/1");
  box.git(path, {"-c", "commitGraph.generationVersion=1", "commit-graph", "write", "--reachable"});
  BOOST_TEST(read(path, ids[30], ids[31]).counts == "1/1");
  write_graph();
  BOOST_TEST(read(path, ids[30], ids[31]).counts == "1/1");
}

BOOST_FIXTURE_TEST_CASE(unrelated_histories_have_everything_to_themselves, fork) {
  plan.parents[20] = {};
  plan.parents[31] = {10};
  make();
  BOOST_TEST(by_git() == "14/11");
  BOOST_TEST(read_fork().counts == "14/11");
  write_graph();
  BOOST_TEST(read_fork().counts == "14/11");
}

BOOST_FIXTURE_TEST_CASE(a_tag_stands_for_its_commit_and_a_blob_for_nothing, made_fork) {
  box.git(path, {"update-ref", "refs/heads/plain", topic().hex()});
  box.git(path, {"tag", "-a", "-m", "tag", "annotated", topic().hex()});
  const auto tag = box.git(path, {"rev-parse", "annotated"});
  const auto blob = box.git(path, {"hash-object", "-w", "--stdin"}, "blob");
  box.write(path / ".git/refs/heads/tagged", tag + "\n");
  box.write(path / ".git/refs/heads/blob", blob + "\n");
  const auto opened = git::repository::open(*git::locate(path.string()));
  BOOST_REQUIRE(opened);
  const auto refs = (*opened)->read_refs();
  BOOST_REQUIRE(refs);
  for (const auto& branch : refs->branches) {
    if (branch.name == "tagged" || branch.name == "plain")
      BOOST_TEST((branch.tip == topic()));
    if (branch.name == "blob") {
      BOOST_TEST(!branch.tip.has_value());
      BOOST_TEST(!branch.problem.empty());
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_partial_clone_has_all_commits_and_nothing_is_fetched_for_a_count,
                        made_fork) {
  box.git(path, {"config", "uploadpack.allowFilter", "true"});
  box.git(path, {"update-ref", "refs/heads/main", main().hex()});
  box.git(path, {"update-ref", "refs/heads/topic", topic().hex()});
  const auto partial = box / "partial";
  box.git(box.root(), {"clone", "-q", "--bare", "--filter=tree:0", "file://" + path.string(),
                       partial.string()});
  // Whoever wanted to fetch now could not.
  fs::rename(path, box / "away");
  BOOST_TEST(read(partial, topic(), main()).counts == "3/10");
  auto promised = main();
  promised.bytes[0] = static_cast<std::uint8_t>(promised.bytes[0] ^ 0xff);
  BOOST_TEST(read(partial, promised, main()).counts.find(promised.hex()) != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(files_of_alternates_are_used_whole_or_as_the_base_of_a_chain, made_fork) {
  box.git(path, {"commit-graph", "write", "--split=no-merge", "--stdin-commits"},
          ids[22].hex() + "\n");
  const auto borrower = box / "borrower";
  box.git(box.root(), {"clone", "-q", "--bare", "--shared", path.string(), borrower.string()});
  BOOST_TEST(read(borrower, topic(), main()).from_files == 23u);
  BOOST_TEST(read(borrower, topic(), main()).counts == "3/10");
  box.git(borrower, {"commit-graph", "write", "--reachable", "--split=no-merge"});
  BOOST_TEST(read(borrower, topic(), main()).from_files == 34u);
  BOOST_TEST(read(borrower, topic(), main()).counts == "3/10");
}

BOOST_FIXTURE_TEST_CASE(a_split_chain_is_read_from_its_base_up, made_fork) {
  for (const std::uint32_t tip : {10u, 22u, 33u, 30u})
    box.git(path, {"commit-graph", "write", "--split=no-merge", "--stdin-commits"},
            ids[tip].hex() + "\n");
  BOOST_TEST(read_fork().from_files == 34u);
  BOOST_TEST(read_fork().counts == "3/10");
}

BOOST_FIXTURE_TEST_CASE(settings_about_commit_graphs_change_no_answer, made_fork) {
  write_graph();
  for (const auto* setting : {"core.commitGraph", "commitGraph.readChangedPaths"}) {
    box.git(path, {"config", setting, "false"});
    BOOST_TEST(read_fork().counts == "3/10");
  }
  box.git(path, {"config", "commitGraph.generationVersion", "1"});
  BOOST_TEST(read_fork().counts == "3/10");
  write_graph();
  BOOST_TEST(read_fork().counts == "3/10");
}

BOOST_FIXTURE_TEST_CASE(commits_that_were_pruned_stay_in_the_index_and_do_no_harm, made_fork) {
  const auto location = git::locate(path.string());
  const auto opened = git::repository::open(*location);
  BOOST_REQUIRE(opened);
  const auto read_parents = [&](const oid& commit) { return (*opened)->read_parents(commit); };
  const std::vector<oid> tips{topic(), main()};
  auto graph = graph::commit_graph::extend(graph::commit_graph::load({}), tips, read_parents).graph;
  graph = graph::commit_graph::index(graph, {&tips[1], 1});
  // "main" is rewound and its ten commits are pruned; a new one takes their place.
  for (const auto* ref : {"refs/heads/head-30", "refs/heads/main"})
    box.try_git(path, {"update-ref", "-d", ref});
  const auto fresh = commit_with_date(ids[20], "1800000000");
  box.git(path, {"update-ref", "refs/heads/fresh", fresh.hex()});
  box.git(path, {"-c", "gc.reflogExpire=now", "gc", "-q", "--prune=now"});
  BOOST_TEST(box.try_git(path, {"cat-file", "-e", main().hex()}).status != 0);
  graph = graph::commit_graph::extend(graph, std::vector<oid>{fresh}, read_parents).graph;
  const tip_pair pair{topic(), fresh};
  BOOST_TEST(to_text(graph::count(*graph, {&pair, 1}).front()) == "3/1");
}

BOOST_AUTO_TEST_SUITE_END()

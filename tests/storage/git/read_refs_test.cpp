#include <chrono>
#include <filesystem>
#include <future>
#include <set>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <tests/storage/git/reading.hpp>
#include <unistd.h>

BOOST_FIXTURE_TEST_SUITE(read_refs, headway::test::reading_fixture)

using headway::ec;
using headway::test::branch;
using headway::test::require_error;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_CASE(an_empty_repository_has_one_unborn_branch) {
  const auto repo = box.init("repo").string();
  box.git(repo, {"config", "branch.main.remote", "origin"});
  box.git(repo, {"config", "branch.main.merge", "refs/heads/main"});
  const auto refs = snapshot(repo);
  BOOST_REQUIRE(refs.branches.size() == 1u);
  BOOST_TEST(refs.branches[0].name == "main");
  BOOST_TEST(refs.branches[0].head);
  BOOST_TEST(!refs.branches[0].tip);
  BOOST_TEST(refs.branches[0].problem == "");
  BOOST_TEST(refs.branches[0].upstream.has_value());
  BOOST_TEST(!refs.detached_head);
  BOOST_TEST(refs.remotes.empty());
}

BOOST_AUTO_TEST_CASE(an_unborn_branch_stands_in_its_place_among_others) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  box.git(repo, {"branch", "z"});
  box.git(repo, {"checkout", "-q", "--orphan", "new"});
  const auto refs = snapshot(repo);
  BOOST_REQUIRE(refs.branches.size() == 3u);
  BOOST_TEST(refs.branches[1].name == "new");
  BOOST_TEST(refs.branches[1].head);
  BOOST_TEST(!branch(refs, "main").head);
}

BOOST_AUTO_TEST_CASE(a_detached_head_is_told_and_no_branch_is_head) {
  const auto repo = box.init("repo").string();
  const auto commit = box.commit(repo, "one");
  box.git(repo, {"checkout", "-q", "--detach"});
  const auto refs = snapshot(repo);
  BOOST_REQUIRE(refs.detached_head);
  BOOST_TEST(refs.detached_head->hex() == commit);
  BOOST_TEST(compare_with_git(repo) == 1u);
}

BOOST_AUTO_TEST_CASE(head_belongs_to_the_worktree_and_branches_to_all) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  const auto tree = (box / "tree").string();
  box.git(repo, {"worktree", "add", "-q", "-b", "side", tree});
  box.commit(tree, "two");
  box.git(tree, {"bisect", "start", "HEAD", "HEAD~1"});
  box.git(tree, {"checkout", "-q", "side"});
  BOOST_TEST(compare_with_git(repo) == 2u);
  BOOST_TEST(compare_with_git(tree) == 2u);
  BOOST_TEST(branch(snapshot(tree), "side").head);
  BOOST_TEST(branch(snapshot(repo), "main").head);
}

BOOST_AUTO_TEST_CASE(bare_repositories_are_read_too) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  box.git(box.root(), {"clone", "-q", "--mirror", repo, "mirror.git"});
  BOOST_TEST(compare_with_git(box / "mirror.git") == 1u);
}

BOOST_AUTO_TEST_CASE(loose_refs_win_over_packed_ones) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  box.git(repo, {"branch", "packed"});
  box.git(repo, {"pack-refs", "--all"});
  const auto second = box.commit(repo, "two");
  BOOST_TEST(branch(snapshot(repo), "main").tip->hex() == second);
  BOOST_TEST(compare_with_git(repo) == 2u);
}

BOOST_AUTO_TEST_CASE(odd_names_are_kept_byte_by_byte) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  for (const std::string& name :
       {std::string(127, 'l') + "/" + std::string(127, 'm'), std::string{"grün/日本語"},
        std::string{"a/b/c/d/e"}, std::string{"-dash"}, std::string{"quo\"te'$(x)"},
        std::string{"latin-\xe9"}, std::string{"HEAD"}, std::string{"@x"}})
    box.git(repo, {"update-ref", "refs/heads/" + name, "HEAD"});
  BOOST_TEST(compare_with_git(repo) == 9u);
  box.git(repo, {"pack-refs", "--all"});
  BOOST_TEST(compare_with_git(repo) == 9u);
}

BOOST_AUTO_TEST_CASE(a_broken_ref_is_the_problem_of_its_branch_alone) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  const auto blob = box.git(repo, {"hash-object", "-w", "--stdin"}, "text");
  const auto heads = repo + "/.git/refs/heads/";
  box.write(heads + "empty", "");
  box.write(heads + "short", "1234\n");
  box.write(heads + "zero", std::string(40, '0') + "\n");
  box.write(heads + "blob", blob + "\n");
  box.write(heads + "absent", std::string(40, '1') + "\n");
  box.write(heads + "dangling", "ref: refs/heads/nowhere\n");
  box.write(heads + "loop", "ref: refs/heads/loop\n");
  box.write(heads + "symbolic", "ref: refs/heads/main\n");
  box.write(heads + "a..b", box.read(heads + "main"));
  box.write(heads + "main.lock", "");
  BOOST_REQUIRE(::mkfifo((heads + "pipe").c_str(), 0600) == 0);
  const auto refs = snapshot(repo);
  const std::vector<std::pair<std::string, std::string>> problems{
      {"empty", "is broken"},
      {"short", "is broken"},
      {"zero", "is broken"},
      {"blob", "points to a blob"},
      {"absent", std::string(40, '1')},
      {"dangling", "refs/heads/nowhere"},
      {"loop", "loop"},
      {"a..b", "does not accept"},
      {"pipe", "not a regular file"}};
  for (const auto& [name, problem] : problems) {
    BOOST_TEST_CONTEXT(name << ": " << branch(refs, name).problem) {
      BOOST_TEST(branch(refs, name).problem.find(problem) != std::string::npos);
      BOOST_TEST(!branch(refs, name).tip);
    }
  }
  BOOST_TEST(branch(refs, "main").problem == "");
  BOOST_TEST((branch(refs, "symbolic").tip == branch(refs, "main").tip));
  BOOST_TEST(refs.branches.size() == problems.size() + 2);
}

BOOST_AUTO_TEST_CASE(a_branch_that_is_a_tag_object_is_taken_for_its_commit) {
  const auto repo = box.init("repo").string();
  const auto commit = box.commit(repo, "one");
  box.git(repo, {"tag", "-a", "-m", "words", "v1"});
  box.git(repo, {"tag", "-a", "-m", "words", "v2", "v1"});
  box.write(repo + "/.git/refs/heads/tagged", box.git(repo, {"rev-parse", "v2"}) + "\n");
  BOOST_TEST(branch(snapshot(repo), "tagged").tip->hex() == commit);
}

BOOST_AUTO_TEST_CASE(a_head_that_makes_no_sense_is_corrupt) {
  const auto repo = box.init("repo").string();
  const auto open = opened(repo);
  box.write(repo + "/.git/HEAD", "");
  require_error(open->read_refs(), ec::corrupt, repo + "/.git/HEAD");
  box.write(repo + "/.git/HEAD", "ref: refs/heads/a..b\n");
  require_error(open->read_refs(), ec::corrupt, repo + "/.git/HEAD");
}

BOOST_AUTO_TEST_CASE(a_corrupt_packed_refs_fails_the_whole_where_git_fails) {
  const auto repo = box.init("repo").string();
  const auto commit = box.commit(repo, "one");
  box.git(repo, {"pack-refs", "--all"});
  const auto file = repo + "/.git/packed-refs";
  const auto good = box.read(file);
  for (const std::string& line :
       {std::string{"rubbish\n"}, "^" + commit + "\n^" + commit + "\n", commit + "\n",
        commit + " refs/heads/unterminated", std::string{"^1234\n"},
        std::string(39, '1') + " refs/heads/x\n", std::string(41, '1') + " refs/heads/x\n"}) {
    box.write(file, good + line);
    BOOST_TEST_CONTEXT(line) {
      BOOST_TEST(box.try_git(repo, {"for-each-ref"}).status != 0);
      require_error(opened(repo)->read_refs(), ec::corrupt, file + ":");
    }
  }
  box.write(file, "");
  BOOST_TEST(!branch(snapshot(repo), "main").tip);
}

BOOST_AUTO_TEST_CASE(unsorted_packed_refs_are_found_all_the_same) {
  const auto repo = box.init("repo").string();
  const auto commit = box.commit(repo, "one");
  fs::remove(repo + "/.git/refs/heads/main");
  box.write(repo + "/.git/packed-refs", commit + " refs/heads/z\n" + commit + " refs/heads/main\n" +
                                            commit + " refs/heads/a\n");
  BOOST_TEST(compare_with_git(repo) == 3u);
}

BOOST_AUTO_TEST_CASE(ten_thousand_branches_are_read_as_git_reads_them) {
  const auto server = box.init("server").string();
  std::vector<std::string> commits;
  for (int i = 0; i < 4; ++i)
    commits.push_back(box.commit(server, std::to_string(i)));
  const auto clone = (box / "clone").string();
  box.git(box.root(), {"clone", "-q", server, clone});
  std::string refs;
  std::string config = box.read(clone + "/.git/config");
  for (int i = 0; i < 10'000; ++i) {
    const auto name = "team-" + std::to_string(i % 97) + "/topic-" + std::to_string(i);
    refs += "create refs/heads/" + name + " " + commits[i % 4] + "\n";
    if (i % 3 != 0)
      refs += "create refs/remotes/origin/" + name + " " + commits[(i + 1) % 4] + "\n";
    config += "[branch \"" + name + "\"]\n\tremote = origin\n\tmerge = refs/heads/" + name + "\n";
  }
  box.git(clone, {"-c", "core.logAllRefUpdates=false", "update-ref", "--stdin"}, refs);
  box.write(clone + "/.git/config", config);
  BOOST_TEST(compare_with_git(clone) == 10'001u);
  box.git(clone, {"pack-refs", "--all"});
  BOOST_TEST(compare_with_git(clone) == 10'001u);
}

BOOST_AUTO_TEST_CASE(no_branch_is_missed_while_git_packs_and_moves_refs) {
  const auto repo = box.init("repo").string();
  const std::set<std::string> commits{box.commit(repo, "one"), box.commit(repo, "two")};
  for (int i = 0; i < 20; ++i)
    box.git(repo, {"branch", "b" + std::to_string(i)});
  const auto open = opened(repo);
  auto writer = std::async(std::launch::async, [&] {
    return headway::test::run_program(
        {"sh", "-ec",
         "for i in 1 2 3 4 5 6 7 8 9 10; do for b in 1 2 3; do git branch -f b$b main~1;"
         " git branch -f b$b main; done; git pack-refs --all; done"},
        repo);
  });
  std::size_t readings = 0;
  while (writer.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
    const auto refs = open->read_refs();
    BOOST_REQUIRE_MESSAGE(refs, headway::test::words_of(refs));
    BOOST_REQUIRE(refs->branches.size() == 21u);
    for (const auto& found : refs->branches)
      BOOST_REQUIRE(found.tip && commits.contains(found.tip->hex()));
    ++readings;
  }
  BOOST_TEST(writer.get().status == 0);
  BOOST_TEST(readings > 0u);
}

BOOST_AUTO_TEST_CASE(a_deleted_repository_is_missing_and_a_restored_one_is_read) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  const auto open = opened(repo);
  fs::rename(repo, box / "moved");
  require_error(open->read_refs(), ec::missing, repo);
  require_error(headway::git::fingerprint(open->location()), ec::missing, repo);
  require_error(headway::git::repository::open(open->location()), ec::missing, repo);
  BOOST_TEST(!open->still_in_place());
  fs::rename(box / "moved", repo);
  BOOST_TEST(open->still_in_place());
  BOOST_TEST(!!open->read_refs());
}

BOOST_AUTO_TEST_CASE(another_repository_at_the_same_path_is_noticed) {
  const auto repo = box.init("repo").string();
  const auto open = opened(repo);
  const auto before = headway::git::fingerprint(open->location());
  fs::remove_all(repo);
  box.init("repo");
  BOOST_TEST(!open->still_in_place());
  require_error(open->read_refs(), ec::missing, repo);
  const auto after = headway::git::fingerprint(open->location());
  BOOST_REQUIRE(before && after);
  BOOST_TEST((before->high != after->high || before->low != after->low));
}

BOOST_AUTO_TEST_CASE(refs_without_permission_are_told) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  if (::geteuid() == 0) {
    // Root may read everything: somebody else has to look, whose repository it must be.
    BOOST_REQUIRE(::chmod(box.root().c_str(), 0755) == 0);
    for (const auto& path : {repo, repo + "/.git", repo + "/.git/refs/heads"})
      BOOST_REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    BOOST_REQUIRE(::seteuid(65534) == 0);
  }
  const auto open = opened(repo);
  fs::permissions(repo + "/.git/refs/heads", fs::perms::none);
  require_error(open->read_refs(), ec::permission_denied, repo + "/.git/refs/heads");
  require_error(headway::git::fingerprint(open->location()), ec::permission_denied, "refs/heads");
  fs::permissions(repo + "/.git/refs/heads", fs::perms::owner_all);
  BOOST_TEST(!!open->read_refs());
  if (::getuid() == 0)
    BOOST_REQUIRE(::seteuid(0) == 0);
}

BOOST_AUTO_TEST_CASE(a_tip_that_is_known_to_be_a_commit_is_not_looked_at_again) {
  const auto repo = box.init("repo").string();
  const auto one = box.commit(repo, "one");
  const auto two = box.commit(repo, "two");
  box.git(repo, {"branch", "old", one});
  std::vector<std::string> asked;
  const auto refs =
      opened(repo)->read_refs(headway::upstream_source::tracking, [&](const headway::oid& tip) {
        asked.push_back(tip.hex());
        return tip.hex() == one;
      });
  BOOST_REQUIRE(!!refs);
  BOOST_TEST(asked == (std::vector<std::string>{two, one}), boost::test_tools::per_element());
  BOOST_TEST(refs->branches.at(0).tip->hex() == two);
  BOOST_TEST(refs->branches.at(1).tip->hex() == one);
}

BOOST_AUTO_TEST_SUITE_END()

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string_view>

#include <boost/test/unit_test.hpp>
#include <tests/storage/git/reading.hpp>

BOOST_FIXTURE_TEST_SUITE(objects, headway::test::reading_fixture)

using headway::ec;
using headway::oid;
using headway::test::require_error;
namespace fs = std::filesystem;

namespace {

oid id(const std::string& hex) {
  return oid::from_hex(hex).value();
}

std::string loose_file(const std::string& repo, const std::string& hex) {
  return repo + "/.git/objects/" + hex.substr(0, 2) + "/" + hex.substr(2);
}

// Files that this process has open or mapped, as the kernel names them, whose name holds `text`.
std::vector<std::string> held_files_with(std::string_view text) {
  std::vector<std::string> result;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{"/proc/self/fd"})
    result.push_back(fs::read_symlink(entry.path(), ignored));
  std::ifstream mappings{"/proc/self/maps"};
  for (std::string line; std::getline(mappings, line);)
    if (const auto path = line.find('/'); path != std::string::npos)
      result.push_back(line.substr(path));
  std::erase_if(result, [&](const std::string& file) {
    return file.find(text) == std::string::npos || file.find("/objects/") == std::string::npos;
  });
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(parents_are_read_in_order) {
  const auto repo = box.init("repo").string();
  const auto root = box.commit(repo, "root");
  box.git(repo, {"checkout", "-q", "-b", "side"});
  const auto side = box.commit(repo, "side");
  box.git(repo, {"checkout", "-q", "main"});
  const auto main = box.commit(repo, "main");
  box.git(repo, {"merge", "-q", "--no-edit", "side"});
  const auto merge = box.git(repo, {"rev-parse", "HEAD"});
  const auto reader = opened(repo);
  BOOST_TEST(reader->read_parents(id(root))->empty());
  BOOST_TEST((*reader->read_parents(id(merge)) == std::vector<oid>{id(main), id(side)}));
}

BOOST_AUTO_TEST_CASE(absent_objects_are_missing_and_named) {
  const auto repo = box.init("repo").string();
  const std::string absent(40, '1');
  require_error(opened(repo)->read_parents(id(absent)), ec::missing_object, absent);
  require_error(opened(repo)->read_parents(oid{}), ec::missing_object, std::string(40, '0'));
}

BOOST_AUTO_TEST_CASE(what_is_no_commit_is_corrupt) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  box.git(repo, {"tag", "-a", "-m", "words", "v1"});
  const auto blob = box.git(repo, {"hash-object", "-w", "--stdin"}, "text");
  const auto malformed =
      box.git(repo, {"hash-object", "-w", "-t", "commit", "--literally", "--stdin"}, "tree 12\n");
  const auto reader = opened(repo);
  require_error(reader->read_parents(id(blob)), ec::corrupt, blob + " is a blob");
  require_error(reader->read_parents(id(box.git(repo, {"rev-parse", "v1"}))), ec::corrupt,
                "is a tag");
  require_error(reader->read_parents(id(malformed)), ec::corrupt, malformed + " is malformed");
}

BOOST_AUTO_TEST_CASE(damaged_loose_objects_are_corrupt_and_named) {
  const auto repo = box.init("repo").string();
  const auto commit = box.commit(repo, "one");
  const auto other = box.commit(repo, "two");
  const auto file = loose_file(repo, commit);
  const auto good = box.read(file);
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  const auto reader = opened(repo);
  const auto check = [&](const std::string& content) {
    box.write(file, content);
    require_error(reader->read_parents(id(commit)), ec::corrupt, commit);
  };
  for (std::size_t length = 0; length < good.size(); ++length)
    check(good.substr(0, length));
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    check(flipped);
  }
  check(std::string(good.size(), '\0'));
  check(good + "x");
  check(box.read(loose_file(repo, other)));  // A good object under a wrong name.
  box.write(file, good);
  BOOST_TEST(!!reader->read_parents(id(commit)));
}

BOOST_AUTO_TEST_CASE(a_branch_on_a_damaged_object_is_the_problem_of_that_branch) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  box.git(repo, {"branch", "good"});
  const auto file = loose_file(repo, box.commit(repo, "two"));
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  box.write(file, box.read(file).substr(0, 20));
  const auto refs = snapshot(repo);
  BOOST_TEST(headway::test::branch(refs, "main").problem.find("is damaged") != std::string::npos);
  BOOST_TEST(headway::test::branch(refs, "good").problem == "");
}

BOOST_AUTO_TEST_CASE(a_good_copy_in_a_pack_makes_up_for_a_damaged_loose_one) {
  const auto repo = box.init("repo").string();
  const auto commit = box.commit(repo, "one");
  box.git(repo, {"repack", "-q", "-a"});
  const auto file = loose_file(repo, commit);
  fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
  box.write(file, "");
  BOOST_TEST(!!opened(repo)->read_parents(id(commit)));
}

BOOST_AUTO_TEST_CASE(commits_of_any_size_are_read_loose_and_packed) {
  const auto repo = box.init("repo").string();
  std::vector<std::string> commits;
  for (const std::size_t length : {1u, 60u, 128u, 1'000u, 70'000u, 2'000'000u}) {
    std::string message;
    for (std::size_t i = 0; message.size() < length; ++i)
      message += std::to_string(i * 2654435761u);
    const auto parent = commits.empty() ? std::string{} : commits.back();
    std::vector<std::string> command{"commit-tree", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"};
    if (!parent.empty())
      command.insert(command.end(), {"-p", parent});
    box.git(repo, {"hash-object", "-w", "-t", "tree", "/dev/null"});
    commits.push_back(box.git(repo, command, message));
  }
  box.git(repo, {"update-ref", "refs/heads/main", commits.back()});
  const auto check = [&] {
    const auto reader = opened(repo);
    for (std::size_t i = 1; i < commits.size(); ++i) {
      const auto parents = reader->read_parents(id(commits[i]));
      BOOST_REQUIRE_MESSAGE(parents, headway::test::words_of(parents));
      BOOST_TEST((*parents == std::vector{id(commits[i - 1])}));
    }
  };
  check();
  box.git(repo, {"repack", "-q", "-a", "-d"});
  check();
}

BOOST_AUTO_TEST_CASE(parents_are_read_from_packs_of_every_form_as_git_reads_them) {
  const auto repo = box.init("repo").string();
  const auto tree = box.git(repo, {"hash-object", "-w", "-t", "tree", "/dev/null"});
  std::vector<std::string> commits;
  for (std::size_t i = 0; i < 60; ++i) {
    // Roots, lines, merges and octopuses; long messages alike make deltas of commits.
    std::vector<std::string> command{"commit-tree", tree};
    for (std::size_t k = 1; k <= std::min(i, i % 14); ++k)
      command.insert(command.end(), {"-p", commits[i - k]});
    commits.push_back(box.git(repo, command, std::string(i % 3 * 400, 'm') + std::to_string(i)));
    box.git(repo, {"update-ref", "refs/heads/b" + std::to_string(i), commits.back()});
  }
  std::map<std::string, std::vector<oid>> expected;
  for (const auto& commit : commits) {
    std::istringstream ids{box.git(repo, {"rev-parse", commit + "^@"})};
    auto& parents = expected[commit];
    for (std::string line; ids >> line;)
      parents.push_back(id(line));
  }
  const auto check = [&] {
    const auto reader = opened(repo);
    for (const auto& [commit, parents] : expected) {
      const auto read = reader->read_parents(id(commit));
      BOOST_REQUIRE_MESSAGE(read, headway::test::words_of(read));
      BOOST_TEST((*read == parents));
      if (commit == commits[30])
        reader->rest();
    }
  };
  for (const std::vector<std::string>& form :
       {std::vector<std::string>{"-c", "pack.indexVersion=2"}, {"-c", "pack.indexVersion=1"}}) {
    auto repack = form;
    repack.insert(repack.end(), {"repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50"});
    box.git(repo, repack);
    check();
  }
  // Offsets of eight bytes, as in packs beyond 2 GiB.
  for (const auto& entry : fs::directory_iterator{repo + "/.git/objects/pack"})
    if (entry.path().extension() == ".pack")
      box.git(repo, {"index-pack", "--index-version=2,0x40", entry.path().string()});
  check();
}

BOOST_AUTO_TEST_CASE(damaged_packs_never_lend_a_parent) {
  const auto repo = box.init("repo").string();
  const auto first = box.commit(repo, "one");
  const auto second = box.commit(repo, "two");
  box.git(repo, {"repack", "-q", "-a", "-d"});
  for (const std::string suffix : {".pack", ".idx"}) {
    std::string file;
    for (const auto& entry : fs::directory_iterator{repo + "/.git/objects/pack"})
      if (entry.path().extension() == suffix)
        file = entry.path().string();
    const auto good = box.read(file);
    const auto check = [&](const std::string& content) {
      fs::remove(file);  // Others may have the old one mapped.
      box.write(file, content);
      const auto read = opened(repo)->read_parents(id(second));
      BOOST_REQUIRE((!read || *read == std::vector{id(first)}));
    };
    for (std::size_t length = 0; length < good.size(); length += 5)
      check(good.substr(0, length));
    for (std::size_t at = 0; at < good.size(); at += 3) {
      auto flipped = good;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x11);
      check(flipped);
    }
    check(good);
  }
}

BOOST_AUTO_TEST_CASE(objects_are_found_again_after_a_gc_by_another) {
  const auto repo = box.init("repo").string();
  std::vector<std::string> commits;
  const auto add = [&](int count) {
    for (int i = 0; i < count; ++i)
      commits.push_back(box.commit(repo, std::to_string(i)));
  };
  add(5);
  box.git(repo, {"repack", "-q", "-d"});
  add(5);
  box.git(repo, {"repack", "-q", "-d", "--write-midx"});
  const auto reader = opened(repo);
  BOOST_TEST(!!reader->read_parents(id(commits.front())));
  add(3);
  box.git(repo, {"repack", "-q", "-a", "-d", "-f", "--depth=1"});
  box.git(repo, {"gc", "-q", "--prune=now"});
  for (const auto& commit : commits) {
    const auto parents = reader->read_parents(id(commit));
    BOOST_REQUIRE_MESSAGE(parents, headway::test::words_of(parents));
  }
}

BOOST_AUTO_TEST_CASE(alternates_are_read_even_when_they_appear_later) {
  const auto base = box.init("base").string();
  const auto commit = box.commit(base, "one");
  const auto repo = box.init("repo").string();
  const auto reader = opened(repo);
  BOOST_TEST(reader->object_directories() == std::vector<std::string>{repo + "/.git/objects"},
             boost::test_tools::per_element());
  require_error(reader->read_parents(id(commit)), ec::missing_object, commit);
  box.write(repo + "/.git/objects/info/alternates", "# borrowed\n" + base + "/.git/objects\n");
  BOOST_TEST(!!reader->read_refs());
  BOOST_TEST(!!reader->read_parents(id(commit)));
  const std::vector<std::string> both{repo + "/.git/objects", base + "/.git/objects"};
  BOOST_TEST(reader->object_directories() == both, boost::test_tools::per_element());
}

// What is kept open of a deleted file goes on to take up the disk.
BOOST_AUTO_TEST_CASE(packs_that_a_gc_has_replaced_are_let_go) {
  const auto base = box.init("base").string();
  box.commit(base, "of the alternate");
  const auto repo = (box / "repo").string();
  box.git(box.root(), {"clone", "-q", "--shared", base, repo});
  const auto replace_packs = [&](const std::string& of, const std::string& message) {
    box.commit(of, message);
    box.git(of, {"tag", "-f", "-a", "-m", message, "latest"});
    box.git(of, {"repack", "-q", "-a", "-d", "-l"});
  };
  replace_packs(base, "packed");
  replace_packs(repo, "packed");
  const auto reader = opened(repo);
  const auto read_all = [&] {
    BOOST_TEST(!!reader->read_refs());
    // What only libgit2 reads.
    for (const auto& folder : {base, repo})
      require_error(reader->read_parents(id(box.git(folder, {"rev-parse", "latest"}))), ec::corrupt,
                    "is a tag");
    reader->rest();
  };
  read_all();
  BOOST_TEST(reader->use().file_descriptors == 2u);
  BOOST_TEST(!held_files_with(".pack").empty());
  for (const auto& folder : {repo, base}) {
    replace_packs(folder, "again");
    read_all();
    BOOST_TEST(held_files_with("(deleted)") == std::vector<std::string>{},
               boost::test_tools::per_element());
    replace_packs(folder, "once more");
    BOOST_TEST(!!reader->read_overrides());
    BOOST_TEST(held_files_with("(deleted)") == std::vector<std::string>{},
               boost::test_tools::per_element());
  }
}

// A clone in the pool would hold one for each pack otherwise.
BOOST_AUTO_TEST_CASE(tips_in_packs_are_known_without_a_descriptor) {
  const auto repo = box.init("repo").string();
  // Long messages that are nearly the same make deltas of commits, too.
  const std::string words(2'000, 'x');
  for (int i = 0; i < 30; ++i)
    box.git(repo, {"branch", "b" + std::to_string(i), box.commit(repo, words + std::to_string(i))});
  for (const auto& form : {std::string{"repack.useDeltaBaseOffset=true"},
                           std::string{"repack.useDeltaBaseOffset=false"}}) {
    box.git(repo, {"-c", form, "repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50"});
    const auto listed = box.git(
        repo, {"cat-file", "--batch-all-objects", "--batch-check=%(objecttype), on %(deltabase)"});
    BOOST_REQUIRE(std::regex_search(listed, std::regex{"commit, on 0*[1-9a-f]"}));
    const auto reader = opened(repo);
    const auto refs = reader->read_refs();
    BOOST_REQUIRE_MESSAGE(refs, headway::test::words_of(refs));
    for (const auto& branch : refs->branches)
      BOOST_TEST((branch.tip == id(box.git(repo, {"rev-parse", branch.name}))));
    reader->rest();
    BOOST_TEST(held_files_with(".pack") == std::vector<std::string>{},
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(use_grows_with_the_packs) {
  const auto repo = box.init("repo").string();
  const auto reader = opened(repo);
  const auto before = reader->use();
  BOOST_TEST(before.file_descriptors == 0u);
  box.commit(repo, "one");
  box.git(repo, {"repack", "-q", "-d"});
  BOOST_TEST(!!reader->read_refs());
  BOOST_TEST(reader->use().memory_bytes > before.memory_bytes + 1000);
  BOOST_TEST(reader->use().file_descriptors == 1u);
}

BOOST_AUTO_TEST_CASE(a_partial_clone_is_read_without_fetching) {
  const auto base = box.init("base").string();
  const auto first = box.commit(base, "one");
  box.write(base + "/file", "content");
  box.git(base, {"add", "file"});
  box.commit(base, "two");
  box.git(base, {"config", "uploadpack.allowFilter", "true"});
  const auto clone = (box / "clone").string();
  box.git(box.root(),
          {"clone", "-q", "--filter=blob:none", "--no-checkout", "file://" + base, clone});
  fs::remove_all(base);
  BOOST_TEST(snapshot(clone).partial);
  BOOST_TEST(!!opened(clone)->read_parents(id(first)));
}

BOOST_AUTO_TEST_SUITE_END()

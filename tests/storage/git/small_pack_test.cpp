#include <sstream>

#include <boost/test/unit_test.hpp>
#include <tests/storage/git/fetch_world.hpp>

#include <storage/git/loose_object.hpp>
#include <storage/git/small_pack.hpp>

using namespace headway;
using namespace headway::test;

BOOST_AUTO_TEST_SUITE(small_pack)

namespace {

std::string text_of(int lines, int changed) {
  std::string text;
  for (int i = 0; i < lines; ++i)
    text +=
        "line " + std::to_string(i == changed ? -i : i) + " of a file that git makes deltas of\n";
  return text;
}

/// A clone with two commits, and packs of the second as a server sends them.
struct packs {
  packs() {
    git::initialise_library();
    box.write(here / "deep" / "file", text_of(300, 3));
    box.write(here / "stays", "stays\n");
    box.git(here, {"add", "."});
    box.commit(here, "base");
    box.git(here, {"repack", "-adq"});
    base = box.git(here, {"rev-parse", "HEAD"});
    for (int i = 0; i < 5; ++i) {
      box.write(here / "deep" / "file", text_of(300, 40 + i));
      box.git(here, {"add", "."});
      box.commit(here, "tip");
    }
    box.git(here, {"tag", "-m", "x", "v1"});
    tag = box.git(here, {"rev-parse", "v1"});
    fs::rename(here / ".git" / "objects", box / "all");
    fs::create_directories(objects / "info");
    // The clone knows the base only.
    fs::rename(box / "all" / "pack", objects / "pack");
    box.write(box / "clone" / "HEAD", "ref: refs/heads/main\n");
    fs::create_directories(box / "clone" / "refs");
  }

  std::string git(const std::vector<std::string>& args, const std::string& input = {}) const {
    std::vector<std::string> all{"git", "--git-dir=" + (here / ".git").string()};
    all.insert(all.end(), args.begin(), args.end());
    return run_program(all, box.root(),
                       {{"GIT_OBJECT_DIRECTORY", (box / "all").string()},
                        {"GIT_ALTERNATE_OBJECT_DIRECTORIES", objects.string()}},
                       input)
        .output;
  }

  std::string pack(std::vector<std::string> options) const {
    options.insert(options.begin(), {"pack-objects", "--revs", "--stdout", "-q"});
    return git(options, "v1\n^" + base + "\n");
  }

  bool unpacks(const std::string& bytes) const {
    fs::remove_all(into);
    fs::create_directories(into);
    return git::unpack_small(bytes, into.string(), {objects.string()});
  }

  /// Whether git finds what came as it was there.
  bool has_all() const {
    std::istringstream lines{git({"rev-list", "--objects", "v1", "^" + base})};
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      const auto id = line.substr(0, 40);
      if (!fs::exists(into / id.substr(0, 2) / id.substr(2)))
        return false;
    }
    const auto check = run_program(
        {"git", "--git-dir=" + (box / "clone").string(), "fsck", "--full", "--strict", tag},
        box.root(),
        {{"GIT_OBJECT_DIRECTORY", into.string()},
         {"GIT_ALTERNATE_OBJECT_DIRECTORIES", objects.string()}});
    return count > 10 && check.status == 0;
  }

  bool all_are_named_right() const {
    for (const auto& file : fs::recursive_directory_iterator{into}) {
      if (!file.is_regular_file())
        continue;
      const auto id =
          id_of(file.path().parent_path().filename().string() + file.path().filename().string());
      // Hashes are verified in there.
      if (!id || !git::read_loose_object(into.string(), *id, git::loose_content::of_all))
        return false;
    }
    return true;
  }

  sandbox box;
  fs::path here = box.init("here");
  fs::path objects = box / "clone" / "objects";
  fs::path into = box / "into";
  std::string base;
  std::string tag;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_git_packs_is_unpacked, packs) {
  for (const auto& options : std::vector<std::vector<std::string>>{
           {}, {"--thin"}, {"--thin", "--delta-base-offset"}, {"--depth=0"}}) {
    BOOST_TEST(unpacks(pack(options)));
    BOOST_TEST(has_all());
  }
}

BOOST_FIXTURE_TEST_CASE(a_base_that_is_nowhere_is_missed, packs) {
  const auto thin = pack({"--thin"});
  fs::remove_all(objects / "pack");
  BOOST_TEST(!unpacks(thin));
}

BOOST_FIXTURE_TEST_CASE(a_pack_that_is_cut_short_is_refused_wherever, packs) {
  const auto whole = pack({"--thin"});
  for (std::size_t size = 0; size < whole.size(); size += 7)
    BOOST_TEST(!unpacks(whole.substr(0, size)), size);
}

// Some bits of a pack mean nothing.
BOOST_FIXTURE_TEST_CASE(a_pack_that_was_damaged_makes_no_object_of_a_wrong_name, packs) {
  const auto whole = pack({"--thin", "--delta-base-offset"});
  for (std::size_t at = 0; at + 20 < whole.size(); at += 3)
    for (const unsigned bit : {1u, 0x10u, 0x80u}) {
      auto damaged = whole;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ bit);
      unpacks(damaged);
      BOOST_TEST(all_are_named_right(), at);
    }
}

BOOST_FIXTURE_TEST_CASE(sizes_that_are_lies_allocate_nothing, packs) {
  const std::string head{"PACK\0\0\0\2\0\0\0\1", 12};
  BOOST_TEST(!unpacks(head + "\xbf\xff\xff\xff\xff\x7f" + std::string(60, 'x')));
  BOOST_TEST(
      !unpacks(head + "\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" + std::string(60, 'x')));
  BOOST_TEST(!unpacks(std::string{"PACK\0\0\0\2\xff\xff\xff\xff", 12} + std::string(60, '\0')));
  BOOST_TEST(!unpacks(std::string{"PACK\0\0\0\3\0\0\0\0", 12} + std::string(20, '\0')));
  BOOST_TEST(unpacks(std::string{"PACK\0\0\0\2\0\0\0\0", 12} + std::string(20, '\0')));
}

BOOST_AUTO_TEST_SUITE_END()

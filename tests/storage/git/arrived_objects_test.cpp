#include <fstream>

#include <boost/test/unit_test.hpp>
#include <tests/storage/git/fetch_world.hpp>

#include <storage/git/arrived_objects.hpp>

using namespace headway;
using namespace headway::test;

BOOST_AUTO_TEST_SUITE(arrived_objects)

namespace {

/// A clone whose last commit has just arrived, as loose objects in a folder of its own.
struct arrival {
  arrival() {
    git::initialise_library();
    box.write(here / "deep" / "er" / "file", "one");
    box.write(here / "other" / "file", "stays");
    box.git(here, {"add", "."});
    base = box.commit(here, "base");
    box.git(here, {"repack", "-adq"});
    box.write(here / "deep" / "er" / "file", "two");
    box.git(here, {"add", "."});
    tip = box.commit(here, "tip");
    for (const auto& entry : fs::directory_iterator{here / ".git" / "objects"})
      if (entry.path().filename().string().size() == 2) {
        fs::create_directories(arrived);
        fs::rename(entry.path(), arrived / entry.path().filename());
      }
  }

  bool whole(const std::string& wanted, const std::vector<std::string>& known) const {
    std::unordered_set<oid> ids;
    for (const auto& each : known)
      ids.insert(id_of(each).value());
    auto all = git::object_reader::open({arrived.string(), (here / ".git" / "objects").string()});
    return git::is_whole(arrived.string(), *all, {id_of(wanted).value()}, ids);
  }

  fs::path file_of(const std::string& id) const { return arrived / id.substr(0, 2) / id.substr(2); }
  /// What the commit that has arrived names by this path.
  std::string id_at(const std::string& path) const {
    return trimmed(run_program({"env", "GIT_ALTERNATE_OBJECT_DIRECTORIES=" + arrived.string(),
                                "git", "-C", here.string(), "rev-parse", tip + ":" + path},
                               "/")
                       .output);
  }

  sandbox box;
  fs::path here = box.init("here");
  fs::path arrived = box / "arrived";
  std::string base;
  std::string tip;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_follows_a_known_tip_with_all_its_content_is_whole, arrival) {
  BOOST_TEST(whole(tip, {base}));
  BOOST_TEST(whole(base, {base}));
}

BOOST_FIXTURE_TEST_CASE(a_commit_that_no_ref_is_known_to_lead_to_is_for_git_to_judge, arrival) {
  BOOST_TEST(!whole(tip, {}));
  BOOST_TEST(!whole(base, {tip}));
}

BOOST_FIXTURE_TEST_CASE(each_object_is_missed, arrival) {
  for (const auto* path : {"", "deep", "deep/er", "deep/er/file"}) {
    const auto id = id_at(path);
    BOOST_REQUIRE_MESSAGE(fs::exists(file_of(id)), path);
    fs::rename(file_of(id), box / "kept");
    BOOST_TEST(!whole(tip, {base}), path);
    fs::rename(box / "kept", file_of(id));
  }
  BOOST_TEST(whole(tip, {base}));
  fs::remove(file_of(tip));
  BOOST_TEST(!whole(tip, {base}));
}

BOOST_FIXTURE_TEST_CASE(what_git_would_not_write_is_for_git_to_judge, arrival) {
  const auto raw = [](const std::string& id) {
    const auto bytes = id_of(id).value().bytes;
    return std::string{bytes.begin(), bytes.end()};
  };
  const auto arrives = [&](const std::string& type, const std::string& content) {
    return trimmed(
        box.git(here, {"hash-object", "-t", type, "-w", "--literally", "--stdin"}, content));
  };
  const auto commit_of = [&](const std::string& tree) {
    const auto id =
        arrives("commit", "tree " + tree + "\nparent " + base +
                              "\nauthor A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\n\n");
    fs::create_directories(file_of(id).parent_path());
    fs::rename(here / ".git/objects" / id.substr(0, 2) / id.substr(2), file_of(id));
    return id;
  };
  const auto blob = trimmed(box.git(here, {"rev-parse", base + ":other/file"}));
  const auto tree_with = [&](const std::string& mode, const std::string& id) {
    std::string entry = mode + " x";
    entry.push_back('\0');
    return arrives("tree", entry + raw(id));
  };
  const auto folder = trimmed(box.git(here, {"rev-parse", base + ":other"}));
  BOOST_TEST(whole(commit_of(tree_with("40000", folder)), {base}));
  BOOST_TEST(whole(commit_of(tree_with("100644", blob)), {base}));
  // Whose trees have arrived are looked into.
  const auto inner = tree_with("100644", "1234567890123456789012345678901234567890");
  const auto move = [&](const std::string& id) {
    fs::create_directories(file_of(id).parent_path());
    fs::rename(here / ".git/objects" / id.substr(0, 2) / id.substr(2), file_of(id));
  };
  move(inner);
  for (const auto* mode : {"40000", "040000", "40755"}) {
    const auto outer = tree_with(mode, inner);
    move(outer);
    BOOST_TEST(!whole(commit_of(outer), {base}), mode);
  }
  // A commit of a blob.
  BOOST_TEST(!whole(commit_of(blob), {base}));
}

BOOST_FIXTURE_TEST_CASE(a_damaged_object_is_not_believed, arrival) {
  const auto file = file_of(id_at("deep"));
  fs::permissions(file, fs::perms::owner_all);
  fs::resize_file(file, fs::file_size(file) - 3);
  BOOST_TEST(!whole(tip, {base}));
}

BOOST_FIXTURE_TEST_CASE(a_tag_is_as_whole_as_what_it_leads_to, arrival) {
  box.git(here, {"-c", "core.bare=false", "tag", "-m", "x", "v1", base});
  const auto tag = box.git(here, {"rev-parse", "refs/tags/v1"});
  const auto loose = here / ".git" / "objects" / tag.substr(0, 2) / tag.substr(2);
  fs::create_directories(file_of(tag).parent_path());
  fs::rename(loose, file_of(tag));
  BOOST_TEST(whole(tag, {base}));
  BOOST_TEST(!whole(tag, {tip}));
}

BOOST_AUTO_TEST_SUITE_END()

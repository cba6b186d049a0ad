#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <tests/storage/git/reading.hpp>
#include <unistd.h>

#include <storage/git/discovery.hpp>

BOOST_FIXTURE_TEST_SUITE(discovery, headway::test::reading_fixture)

using headway::ec;
using headway::git::discover;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> paths(const headway::git::discovery_result& found) {
  std::vector<std::string> result;
  for (const auto& location : found.repositories)
    result.push_back(location.path);
  return result;
}

void check_paths(const headway::git::discovery_result& found,
                 const std::vector<std::string>& expected) {
  BOOST_TEST(paths(found) == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_CASE(repositories_of_every_kind_are_found_in_order_of_path) {
  const auto work = box.init("tree/z/work").string();
  box.commit(work, "one");
  box.git(work, {"worktree", "add", "-q", (box / "tree/linked").string()});
  box.init("tree/.hidden/repo");
  box.init("tree/a/node_modules/b/node_modules/c");
  box.init("tree/bare.git", {"--bare"});
  box.init("tree/z/work/nested");
  box.git(work, {"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", work, "sub"});
  const auto found = discover({(box / "tree").string()});
  check_paths(found, {(box / "tree/.hidden/repo").string(),
                      (box / "tree/a/node_modules/b/node_modules/c").string(),
                      (box / "tree/bare.git").string(), (box / "tree/linked").string(), work,
                      work + "/nested", work + "/sub"});
  BOOST_TEST(found.problems.empty());
  BOOST_TEST(found.folders_seen > 8u);
}

BOOST_AUTO_TEST_CASE(a_root_may_itself_be_a_repository_or_a_link_to_one) {
  const auto repo = box.init("repo").string();
  fs::create_directory_symlink(repo, box / "link");
  check_paths(discover({repo}), {repo});
  check_paths(discover({(box / "link").string()}), {repo});
}

BOOST_AUTO_TEST_CASE(links_are_not_followed_and_loops_do_no_harm) {
  box.init("outside");
  fs::create_directories(box / "tree/deep");
  fs::create_directory_symlink(box / "outside", box / "tree/out");
  fs::create_directory_symlink(box / "tree", box / "tree/deep/loop");
  BOOST_REQUIRE(::mkfifo((box / "tree/pipe").c_str(), 0600) == 0);
  const auto found = discover({(box / "tree").string()});
  BOOST_TEST(found.repositories.empty());
  BOOST_TEST(found.problems.empty());
  BOOST_TEST(found.folders_seen == 2u);
}

BOOST_AUTO_TEST_CASE(overlapping_roots_yield_every_repository_once) {
  const auto repo = box.init("tree/repo").string();
  const auto tree = (box / "tree").string();
  check_paths(discover({repo, tree, tree + "/", repo + "/.git", tree}), {repo});
}

BOOST_AUTO_TEST_CASE(a_bare_repository_behind_a_git_file_is_one_repository) {
  const auto bare = box.init("tree/proj/.bare", {"--bare"}).string();
  box.write(box / "tree/proj/.git", "gitdir: ./.bare\n");
  const auto project = (box / "tree/proj").string();
  check_paths(discover({bare, (box / "tree").string()}), {project});
  // The folder by which a person knows it is its path wherever the search began.
  check_paths(discover({bare}), {project});
}

BOOST_AUTO_TEST_CASE(worktrees_outside_of_the_roots_are_left_out) {
  const auto repo = box.init("tree/repo").string();
  box.commit(repo, "one");
  box.git(repo, {"worktree", "add", "-q", (box / "elsewhere").string()});
  check_paths(discover({(box / "tree").string()}), {repo});
}

BOOST_AUTO_TEST_CASE(what_cannot_be_used_is_a_problem_and_stops_nothing) {
  const auto good = box.init("tree/good").string();
  box.write(box / "tree/lost/.git", "gitdir: /nowhere/at/all\n");
  box.init("tree/sha256", {"--object-format=sha256"});
  const auto below = box.init("tree/sha256/below").string();
  const auto found = discover({(box / "tree").string(), (box / "absent").string()});
  check_paths(found, {good, below});
  BOOST_REQUIRE(found.problems.size() == 3u);
  BOOST_TEST(found.problems[0].first == (box / "absent").string());
  BOOST_TEST((headway::code_of(found.problems[0].second) == ec::missing));
  BOOST_TEST(found.problems[1].first == (box / "tree/lost").string());
  BOOST_TEST((headway::code_of(found.problems[1].second) == ec::missing));
  BOOST_TEST(found.problems[2].first == (box / "tree/sha256").string());
  BOOST_TEST((headway::code_of(found.problems[2].second) == ec::unsupported_object_format));
}

BOOST_AUTO_TEST_CASE(folders_that_look_bare_by_chance_are_looked_into) {
  fs::create_directories(box / "tree/HEAD");
  fs::create_directories(box / "tree/objects");
  fs::create_directories(box / "tree/refs");
  const auto repo = box.init("tree/objects/repo").string();
  const auto found = discover({(box / "tree").string()});
  check_paths(found, {repo});
  BOOST_TEST(found.problems.empty());
}

BOOST_AUTO_TEST_CASE(folders_without_permission_are_problems) {
  const auto repo = box.init("tree/repo").string();
  const auto closed = (box / "tree/closed").string();
  fs::create_directory(closed);
  fs::permissions(closed, fs::perms::none);
  const bool root = ::geteuid() == 0;
  if (root) {
    BOOST_REQUIRE(::chmod(box.root().c_str(), 0755) == 0);
    for (const auto& path : {repo, repo + "/.git"})
      BOOST_REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    BOOST_REQUIRE(::seteuid(65534) == 0);
  }
  const auto found = discover({(box / "tree").string()});
  if (root)
    BOOST_REQUIRE(::seteuid(0) == 0);
  check_paths(found, {repo});
  BOOST_REQUIRE(found.problems.size() == 1u);
  BOOST_TEST(found.problems[0].first == closed);
  BOOST_TEST((headway::code_of(found.problems[0].second) == ec::permission_denied));
}

BOOST_AUTO_TEST_CASE(progress_is_told_with_folder_and_count) {
  const auto repo = box.init("tree/repo").string();
  std::vector<std::pair<std::string, std::size_t>> told;
  discover({(box / "tree").string()},
           [&](const std::string& folder, std::size_t found) { told.emplace_back(folder, found); });
  BOOST_REQUIRE(!told.empty());
  BOOST_TEST(told.back().first == repo);
  BOOST_TEST(told.back().second == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

#include <filesystem>
#include <functional>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <tests/storage/git/reading.hpp>

BOOST_FIXTURE_TEST_SUITE(fingerprint, headway::test::reading_fixture)

using headway::refs_fingerprint;
namespace fs = std::filesystem;

namespace {

refs_fingerprint of(const headway::repository_location& location) {
  const auto seen = headway::git::fingerprint(location);
  BOOST_REQUIRE_MESSAGE(seen, headway::test::words_of(seen));
  return *seen;
}

bool same(const refs_fingerprint& a, const refs_fingerprint& b) {
  return a.high == b.high && a.low == b.low;
}

// Looks until all stamps are older than the window in which they cannot be trusted: time has to
// pass, and looking is what makes it pass.
refs_fingerprint settled(const headway::repository_location& location) {
  auto seen = of(location);
  while (seen.racy)
    seen = of(location);
  return seen;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_repository_at_rest_keeps_its_fingerprint) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  const auto location = located(repo);
  BOOST_TEST(of(location).racy);
  BOOST_TEST(!of(location).matches(of(location)));
  const auto seen = settled(location);
  BOOST_TEST(seen.matches(of(location)));
  BOOST_TEST(snapshot(repo).fingerprint.matches(seen));
}

BOOST_AUTO_TEST_CASE(everything_that_decides_the_refs_shows) {
  const auto server = box.init("server").string();
  box.commit(server, "one");
  const auto repo = (box / "repo").string();
  box.git(box.root(), {"clone", "-q", server, repo});
  box.git(repo, {"branch", "other"});
  box.write(repo + "/.git/extra", "");
  ::setenv("GIT_CONFIG_GLOBAL", (box / "personal").c_str(), 1);
  const auto location = located(repo);
  const std::vector<std::pair<std::string, std::function<void()>>> changes{
      {"a commit", [&] { box.commit(repo, "two"); }},
      {"a moved branch",
       [&] {
         box.git(repo, {"branch", "-f", "other", "HEAD"});
       }},
      {"a new branch",
       [&] {
         box.git(repo, {"branch", "new"});
       }},
      {"a deleted branch",
       [&] {
         box.git(repo, {"branch", "-D", "new"});
       }},
      {"another HEAD",
       [&] {
         box.git(repo, {"checkout", "-q", "other"});
       }},
      {"packing",
       [&] {
         box.git(repo, {"pack-refs", "--all"});
       }},
      {"a tag",
       [&] {
         box.git(repo, {"tag", "t"});
       }},
      {"a note",
       [&] {
         box.git(repo, {"notes", "add", "-m", "n"});
       }},
      {"a replace ref",
       [&] {
         box.git(repo, {"replace", "--graft", "HEAD"});
       }},
      {"grafts", [&] { box.write(repo + "/.git/info/grafts", ""); }},
      {"shallow", [&] { box.write(repo + "/.git/shallow", ""); }},
      {"an upstream",
       [&] {
         box.git(repo, {"branch", "-u", "origin/main", "other"});
       }},
      {"config.worktree", [&] { box.write(repo + "/.git/config.worktree", ""); }},
      {"personal configuration", [&] { box.write(box / "personal", "[core]\n"); }},
      {"alternates", [&] { box.write(repo + "/.git/objects/info/alternates", ""); }},
      {"an edit in place", [&] {
         const int fd = ::open((repo + "/.git/refs/heads/other").c_str(), O_WRONLY | O_CREAT, 0600);
         const auto text = std::string(40, '1') + "\n";
         BOOST_REQUIRE(::write(fd, text.data(), text.size()) == 41);
         ::close(fd);
       }}};
  auto before = settled(location);
  for (const auto& [name, change] : changes) {
    change();
    const auto after = settled(location);
    BOOST_TEST_CONTEXT(name) BOOST_TEST(!same(before, after));
    before = after;
  }
  ::setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
}

BOOST_AUTO_TEST_CASE(what_does_not_matter_does_not_show) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  const auto location = located(repo);
  const auto before = settled(location);
  box.write(repo + "/file", "text");
  box.git(repo, {"add", "file"});
  box.git(repo, {"hash-object", "-w", "--stdin"}, "text");
  box.write(repo + "/.git/refs/heads/main.lock", "");
  box.write(repo + "/.git/FETCH_HEAD", "");
  BOOST_TEST(same(before, of(location)));
}

BOOST_AUTO_TEST_CASE(included_files_count_once_the_configuration_has_been_read) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  box.git(repo, {"config", "include.path", "extra"});
  box.write(repo + "/.git/extra", "[include]\npath = nested/file\n");
  BOOST_TEST(snapshot(repo).branches.size() == 1u);
  const auto location = located(repo);
  const auto before = settled(location);
  box.write(repo + "/.git/nested/file", "[core]\n");
  const auto after = settled(location);
  BOOST_TEST(!same(before, after));
  box.write(repo + "/.git/nested/file", "[core]\nx = y\n");
  BOOST_TEST(!same(after, settled(location)));
}

BOOST_AUTO_TEST_CASE(worktrees_see_shared_branches_and_their_own_head) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  const auto tree = (box / "tree").string();
  box.git(repo, {"worktree", "add", "-q", "-b", "side", tree});
  const auto main = located(repo);
  const auto side = located(tree);
  auto before_main = settled(main);
  auto before_side = settled(side);
  box.git(tree, {"checkout", "-q", "--detach"});
  BOOST_TEST(same(before_main, settled(main)));
  BOOST_TEST(!same(before_side, settled(side)));
  before_side = settled(side);
  box.git(repo, {"branch", "shared"});
  BOOST_TEST(!same(before_main, settled(main)));
  BOOST_TEST(!same(before_side, settled(side)));
}

BOOST_AUTO_TEST_CASE(stamps_of_the_future_are_never_trusted) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  const auto location = located(repo);
  BOOST_TEST(!settled(location).racy);
  fs::last_write_time(repo + "/.git/HEAD",
                      fs::file_time_type::clock::now() + std::chrono::hours{1});
  BOOST_TEST(of(location).racy);
}

BOOST_AUTO_TEST_SUITE_END()

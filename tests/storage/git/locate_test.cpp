#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <tests/storage/git/reading.hpp>
#include <unistd.h>

BOOST_FIXTURE_TEST_SUITE(locate, headway::test::reading_fixture)

using headway::ec;
using headway::git::locate;
using headway::test::require_error;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_CASE(a_work_tree_is_found_by_every_name_it_has) {
  const auto repo = box.init("repo").string();
  fs::create_directory_symlink(repo, box / "link");
  const headway::repository_location expected{
      .path = repo, .git_dir = repo + "/.git", .common_dir = repo + "/.git"};
  for (const auto& name : {repo, repo + "/", repo + "/.git", repo + "/.git/", repo + "/./../repo",
                           (box / "link").string(), (box / "link/.git").string()})
    BOOST_TEST_CONTEXT(name) BOOST_TEST((located(name) == expected));
}

BOOST_AUTO_TEST_CASE(a_bare_repository_is_its_own_path) {
  const auto repo = box.init("repo.git", {"--bare"}).string();
  const headway::repository_location expected{
      .path = repo, .git_dir = repo, .common_dir = repo, .bare = true};
  BOOST_TEST((located(repo) == expected));
}

BOOST_AUTO_TEST_CASE(linked_worktrees_share_the_common_directory) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  const auto tree = (box / "tree").string();
  box.git(repo, {"worktree", "add", "-q", tree});
  const headway::repository_location expected{
      .path = tree, .git_dir = repo + "/.git/worktrees/tree", .common_dir = repo + "/.git"};
  BOOST_TEST((located(tree) == expected));
  BOOST_TEST((located(expected.git_dir) == expected));
  BOOST_TEST(expected.object_store() == repo + "/.git/objects");
}

BOOST_AUTO_TEST_CASE(worktrees_of_a_bare_repository_are_not_bare) {
  const auto repo = box.init("repo").string();
  box.commit(repo, "one");
  box.git(box.root(), {"clone", "-q", "--bare", repo, "proj/.bare"});
  box.write(box / "proj/.git", "gitdir: ./.bare\n");
  box.git(box / "proj", {"worktree", "add", "-q", "main"});
  BOOST_TEST(located(box / "proj").bare);
  BOOST_TEST(located(box / "proj").path == (box / "proj").string());
  BOOST_TEST(!located(box / "proj/main").bare);
}

BOOST_AUTO_TEST_CASE(submodules_are_repositories_of_their_own) {
  const auto inner = box.init("inner").string();
  box.commit(inner, "one");
  const auto outer = box.init("outer").string();
  box.git(outer, {"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner, "sub"});
  const headway::repository_location expected{.path = outer + "/sub",
                                              .git_dir = outer + "/.git/modules/sub",
                                              .common_dir = outer + "/.git/modules/sub"};
  BOOST_TEST((located(outer + "/sub") == expected));
  BOOST_TEST((located(expected.git_dir) == expected));
}

BOOST_AUTO_TEST_CASE(a_separate_git_directory_is_followed) {
  const auto repo =
      box.init("repo", {"--separate-git-dir=" + (box / "store.git").string()}).string();
  BOOST_TEST(located(repo).path == repo);
  BOOST_TEST(located(repo).git_dir == (box / "store.git").string());
  BOOST_TEST(!located(repo).bare);
}

BOOST_AUTO_TEST_CASE(nothing_is_searched_in_parents) {
  const auto repo = box.init("repo").string();
  fs::create_directories(repo + "/sub/dir");
  require_error(locate(repo + "/sub"), ec::not_a_repository, repo + "/sub");
}

BOOST_AUTO_TEST_CASE(what_is_no_repository_is_told_by_name) {
  require_error(locate(box / "nothing"), ec::missing, "nothing");
  fs::create_directory(box / "empty");
  require_error(locate(box / "empty"), ec::not_a_repository, "/empty");
  box.write(box / "file", "x");
  require_error(locate(box / "file"), ec::not_a_repository, "is not a folder");
  require_error(locate(box / "file/below"), ec::missing, "file/below");
  fs::create_directories(box / "hollow/.git");
  require_error(locate(box / "hollow"), ec::not_a_repository, "/hollow");
  require_error(locate(""), ec::missing, "");
}

BOOST_AUTO_TEST_CASE(a_git_file_that_points_nowhere_is_missing) {
  box.write(box / "lost/.git", "gitdir: ../gone/.git/modules/lost\n");
  require_error(locate(box / "lost"), ec::missing, "gone/.git/modules/lost");
  box.write(box / "odd/.git", "something else\n");
  require_error(locate(box / "odd"), ec::not_a_repository, "odd/.git");
}

BOOST_AUTO_TEST_CASE(a_git_file_that_is_a_pipe_is_refused_without_waiting) {
  fs::create_directory(box / "pipe");
  BOOST_REQUIRE(::mkfifo((box / "pipe/.git").c_str(), 0600) == 0);
  require_error(locate(box / "pipe"), ec::corrupt, "not a regular file");
}

BOOST_AUTO_TEST_CASE(other_formats_are_refused_by_name) {
  const auto sha256 = box.init("sha256", {"--object-format=sha256"}).string();
  require_error(locate(sha256), ec::unsupported_object_format, "object format sha256");
  const auto repo = box.init("repo").string();
  box.git(repo, {"config", "core.repositoryFormatVersion", "1"});
  box.git(repo, {"config", "extensions.preciousObjects", "true"});
  BOOST_TEST(located(repo).path == repo);
  box.git(repo, {"config", "extensions.objectFormat", "sha1"});
  BOOST_TEST(located(repo).path == repo);
  box.write(repo + "/.git/config",
            "[core]\nrepositoryformatversion=1\n[extensions]\nrefstorage=reftable\n");
  require_error(locate(repo), ec::unsupported_object_format, "ref format reftable");
  box.write(repo + "/.git/config", "[core]\nrepositoryformatversion=1\n[extensions]\nshiny=true\n");
  require_error(locate(repo), ec::unsupported_object_format, "extension shiny");
  box.write(repo + "/.git/config", "[core]\nrepositoryformatversion=2\n");
  require_error(locate(repo), ec::unsupported_object_format, "version 2");
}

BOOST_AUTO_TEST_CASE(a_broken_configuration_or_head_is_corrupt_and_named) {
  const auto repo = box.init("repo").string();
  const auto config = box.read(repo + "/.git/config");
  box.write(repo + "/.git/config", "[core\n");
  require_error(locate(repo), ec::corrupt, repo + "/.git/config");
  box.write(repo + "/.git/config", config);
  box.write(repo + "/.git/HEAD", "rubbish\n");
  require_error(locate(repo), ec::corrupt, repo + "/.git/HEAD");
}

BOOST_AUTO_TEST_CASE(a_repository_of_another_user_is_refused_until_declared_safe) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("skipped: only root can give a repository away");
    BOOST_TEST(true);
    return;
  }
  const auto repo = box.init("repo").string();
  for (const auto& path : {repo, repo + "/.git"})
    BOOST_REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
  BOOST_TEST(box.try_git(repo, {"status"}).status != 0);
  require_error(locate(repo), ec::foreign_owner,
                "git config --global --add safe.directory '" + repo + "'");
  const auto personal = (box / "personal").string();
  ::setenv("GIT_CONFIG_GLOBAL", personal.c_str(), 1);
  box.git(box.root(), {"config", "--global", "--add", "safe.directory", repo});
  BOOST_TEST(box.try_git(repo, {"status"}).status == 0);
  BOOST_TEST(located(repo).path == repo);
  BOOST_TEST(snapshot(repo).branches.size() == 1u);
  box.write(personal, "[safe]\ndirectory = *\n");
  BOOST_TEST(located(repo).path == repo);
  box.write(personal, "[safe]\ndirectory = *\ndirectory =\n");
  require_error(locate(repo), ec::foreign_owner, repo);
  box.write(repo + "/.git/config", "[core]\nbare = false\n[safe]\ndirectory = *\n");
  require_error(locate(repo), ec::foreign_owner, repo);
  ::setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
}

BOOST_AUTO_TEST_CASE(folders_without_permission_are_told) {
  const auto repo = box.init("closed/repo").string();
  fs::permissions(box / "closed", fs::perms::none);
  const auto look = [&] { require_error(locate(repo), ec::permission_denied, "closed"); };
  if (::geteuid() != 0) {
    look();
  } else {
    BOOST_REQUIRE(::chmod(box.root().c_str(), 0755) == 0);
    BOOST_REQUIRE(::seteuid(65534) == 0);
    look();
    BOOST_REQUIRE(::seteuid(0) == 0);
  }
  fs::permissions(box / "closed", fs::perms::owner_all);
}

BOOST_AUTO_TEST_SUITE_END()

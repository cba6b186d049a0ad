#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <storage/git/local_remote.hpp>
#include <storage/git/repository.hpp>

BOOST_AUTO_TEST_SUITE(local_remote)

using namespace headway;

namespace {

struct fixture {
  fixture() : work{box.init("work")} {
    git::initialise_library();
    first = box.commit(work, "one");
    box.git(box.root(), {"clone", "-q", "--bare", work.string(), (box / "bare.git").string()});
  }

  std::string main_at(const std::string& address) const {
    const auto refs =
        git::read_local_refs(box.root().string(), address, {"refs/heads/main", "refs/heads/no"});
    if (!refs)
      return "left to git";
    BOOST_TEST(!refs->contains("refs/heads/no"));
    const auto found = refs->find("refs/heads/main");
    return found == refs->end() ? "none" : found->second.hex();
  }

  test::sandbox box;
  std::filesystem::path work;
  std::string first;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_repository_is_found_by_every_name_that_git_takes, fixture) {
  for (const auto& address : {work.string(), (work / ".git").string(), (box / "bare.git").string(),
                              (box / "bare").string(), std::string{"work"},
                              std::string{"./bare.git"}, "file://" + work.string()})
    BOOST_TEST(main_at(address) == first, address);
}

BOOST_FIXTURE_TEST_CASE(its_refs_are_those_of_now, fixture) {
  BOOST_TEST(main_at("work") == first);
  const auto second = box.commit(work, "two");
  BOOST_TEST(main_at("work") == second);
  box.git(work, {"pack-refs", "--all"});
  BOOST_TEST(main_at("work") == second);
  box.git(work, {"checkout", "-q", "--detach"});
  box.git(work, {"branch", "-D", "main"});
  BOOST_TEST(main_at("work") == "none");
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_read_as_git_would_is_left_to_it, fixture) {
  BOOST_TEST(main_at("nowhere") == "left to git");
  box.git(box / "bare.git", {"config", "transfer.hideRefs", "refs/heads/main"});
  BOOST_TEST(main_at("bare.git") == "left to git");
  box.git(box.root(), {"init", "-q", "--bare", "--object-format=sha256", "sha256.git"});
  BOOST_TEST(main_at("sha256.git") == "left to git");
  box.write(work / ".git/refs/heads/main", "nonsense\n");
  BOOST_TEST(main_at("work") == "left to git");
}

BOOST_AUTO_TEST_SUITE_END()

#include <chrono>
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

namespace {

/// A clone of "bare.git", whose files are older than anything that could go unnoticed.
struct settled : fixture {
  settled() {
    box.git(box.root(), {"clone", "-q", address(), (box / "clone").string()});
    target.location = git::locate((box / "clone").string()).value();
    target.remote.name = "origin";
    target.refs = {{"refs/heads/main", "refs/remotes/origin/main", std::nullopt},
                   {"refs/heads/topic", "refs/remotes/origin/topic", std::nullopt}};
    age();
  }

  std::string address() const { return (box / "bare.git").string(); }

  void age() {
    for (const auto& folder : {box / "bare.git", box / "clone"})
      for (const auto& entry : std::filesystem::recursive_directory_iterator{folder})
        if (entry.is_regular_file())
          std::filesystem::last_write_time(
              entry.path(), std::filesystem::last_write_time(entry.path()) - std::chrono::hours{1});
  }

  /// As if they had been compared and found equal; the time of a change of state cannot be set, so
  /// this may have to wait until the files are old enough.
  void settle() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    auto seen = git::settled_remotes::look(target, address());
    while (!seen && std::chrono::steady_clock::now() < until)
      seen = git::settled_remotes::look(target, address());
    BOOST_REQUIRE(seen.has_value());
    known.keep(std::move(*seen));
    BOOST_TEST(known.holds(target, address()));
  }

  fetch_target target;
  git::settled_remotes known;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(nothing_is_settled_before_it_was_looked_at, settled) {
  BOOST_TEST(!known.holds(target, address()));
}

BOOST_FIXTURE_TEST_CASE(what_is_settled_holds_until_a_ref_of_either_side_moves, settled) {
  settle();
  box.git(box / "bare.git", {"update-ref", "refs/heads/topic", "main"});
  BOOST_TEST(!known.holds(target, address()));
  settle();
  box.git(box / "clone", {"update-ref", "refs/remotes/origin/topic", "origin/main"});
  BOOST_TEST(!known.holds(target, address()));
  settle();
  box.git(box / "bare.git", {"pack-refs", "--all"});
  BOOST_TEST(!known.holds(target, address()));
  settle();
  box.git(box / "bare.git", {"update-ref", "refs/heads/else", "main"});
  BOOST_TEST(known.holds(target, address()));
}

BOOST_FIXTURE_TEST_CASE(what_is_settled_holds_for_these_refs_and_this_address, settled) {
  settle();
  BOOST_TEST(!known.holds(target, work.string()));
  auto fewer = target;
  fewer.refs.pop_back();
  BOOST_TEST(!known.holds(fewer, address()));
  box.git(box / "bare.git", {"config", "transfer.hideRefs", "refs/heads/main"});
  BOOST_TEST(!known.holds(target, address()));
}

BOOST_FIXTURE_TEST_CASE(symbolic_refs_are_never_settled, settled) {
  box.git(box / "bare.git", {"symbolic-ref", "refs/heads/topic", "refs/heads/main"});
  BOOST_TEST(!git::settled_remotes::look(target, address()));
}

BOOST_AUTO_TEST_SUITE_END()

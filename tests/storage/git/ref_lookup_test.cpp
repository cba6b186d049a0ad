#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <tests/storage/git/reading.hpp>
#include <tests/support/sandbox.hpp>

#include <messages/error.hpp>
#include <storage/git/ref_lookup.hpp>

BOOST_AUTO_TEST_SUITE(ref_lookup)

using namespace headway;

namespace {

struct fixture {
  fixture() : clone{box.init("clone")} { first = box.commit(clone, "one"); }

  void ref(const std::string& name, const std::string& id) {
    box.git(clone, {"update-ref", name, id});
  }
  repository_location where() const {
    return {clone.string(), (clone / ".git").string(), (clone / ".git").string(), false};
  }
  std::string hex(const std::string& name) const {
    const auto found = git::look_up(where(), {name});
    if (!found)
      return std::string{to_string(code_of(found.error()))};
    return (*found)[0] ? (*found)[0]->hex() : "none";
  }

  test::sandbox box;
  std::filesystem::path clone;
  std::string first;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(every_ref_is_found_as_git_finds_it, fixture) {
  const auto second = box.commit(clone, "two");
  box.git(clone, {"tag", "-a", "-m", "note", "v1", first});
  std::vector<std::string> names{"refs/tags/v1"};
  for (int i = 0; i < 300; ++i) {
    names.push_back("refs/remotes/origin/topic-" + std::to_string(i));
    ref(names.back(), i % 2 == 0 ? first : second);
    if (i % 50 == 0)
      box.git(clone, {"tag", "-a", "-m", "note", "t" + std::to_string(i), second});
  }
  const auto check = [&] {
    const auto found = git::look_up(where(), names);
    BOOST_REQUIRE(found);
    for (std::size_t i = 0; i < names.size(); ++i)
      BOOST_TEST((*found)[i].value().hex() == box.git(clone, {"rev-parse", names[i]}), names[i]);
  };
  check();
  box.git(clone, {"pack-refs", "--all"});
  check();
  ref("refs/remotes/origin/topic-7", first);  // Loose again, over the packed one.
  check();
  for (const auto* missing : {"refs/remotes/origin/topic", "refs/aaa", "refs/zzz",
                              "refs/remotes/origin/topic-300", "refs/remotes/origin/topic-1x"})
    BOOST_TEST(hex(missing) == "none", missing);
}

BOOST_FIXTURE_TEST_CASE(packed_refs_of_other_programs_need_not_be_sorted, fixture) {
  box.write(clone / ".git/packed-refs", first + " refs/heads/z\n" + first + " refs/heads/a\n");
  BOOST_TEST(hex("refs/heads/a") == first);
  BOOST_TEST(hex("refs/heads/b") == "none");
  box.write(clone / ".git/packed-refs", "nonsense\n");
  BOOST_TEST(hex("refs/heads/a") == "corrupt");
}

BOOST_FIXTURE_TEST_CASE(a_folder_in_place_of_a_ref_hides_no_packed_one, fixture) {
  ref("refs/remotes/origin/feature", first);
  box.git(clone, {"pack-refs", "--all"});
  std::filesystem::create_directories(clone / ".git/refs/remotes/origin/feature");
  BOOST_TEST(hex("refs/remotes/origin/feature") == first);
  BOOST_TEST(hex("refs/remotes/origin") == "none");
}

BOOST_FIXTURE_TEST_CASE(symbolic_refs_lead_on_and_broken_ones_are_told, fixture) {
  box.git(clone, {"symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/main"});
  BOOST_TEST(hex("refs/remotes/origin/HEAD") == first);
  box.git(clone, {"symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/gone"});
  BOOST_TEST(hex("refs/remotes/origin/HEAD") == "none");
  box.write(clone / ".git/refs/heads/bad", "nonsense\n");
  BOOST_TEST(hex("refs/heads/bad") == "corrupt");
  box.write(clone / ".git/refs/heads/loop", "ref: refs/heads/loop\n");
  BOOST_TEST(hex("refs/heads/loop") == "corrupt");
}

BOOST_FIXTURE_TEST_CASE(tips_are_those_of_now_and_a_broken_ref_has_none, fixture) {
  ref("refs/remotes/origin/main", first);
  box.write(clone / ".git/refs/remotes/origin/bad", "nonsense\n");
  const auto refs = git::with_current_tips(
      where(), {{"refs/heads/main", "refs/remotes/origin/main", std::nullopt},
                {"refs/heads/bad", "refs/remotes/origin/bad", oid::from_hex(first)},
                {"refs/heads/new", "refs/remotes/origin/new", oid::from_hex(first)}});
  BOOST_REQUIRE(refs);
  BOOST_TEST((*refs)[0].tip.value().hex() == first);
  BOOST_TEST(!(*refs)[1].tip.has_value());
  BOOST_TEST(!(*refs)[2].tip.has_value());
}

BOOST_FIXTURE_TEST_CASE(remembered_tips_are_those_of_now, fixture) {
  const std::string main = "refs/remotes/origin/main";
  const auto second = box.commit(clone, "second");
  git::tip_book book;
  const auto tip = [&] {
    const auto found = book.find(where(), {{"refs/heads/main", main, std::nullopt}});
    const auto& now = (*found)->front().tip;
    return now ? now->hex() : "none";
  };
  // Old enough to be trusted.
  const auto settle = [&](const std::string& expected) {
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{150};
         std::chrono::steady_clock::now() < end;)
      BOOST_REQUIRE(tip() == expected);
  };
  settle("none");
  ref(main, first);
  settle(first);
  ref(main, second);
  settle(second);
  box.git(clone, {"pack-refs", "--all"});
  settle(second);
  box.git(clone, {"update-ref", "-d", main});
  settle("none");
  box.git(clone, {"symbolic-ref", main, "refs/heads/main"});
  settle(second);
  const auto third = box.commit(clone, "third");
  BOOST_TEST(tip() == third);
}

BOOST_AUTO_TEST_SUITE_END()

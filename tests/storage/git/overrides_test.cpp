#include <boost/test/unit_test.hpp>
#include <tests/storage/git/reading.hpp>

BOOST_FIXTURE_TEST_SUITE(overrides, headway::test::reading_fixture)

using headway::ancestry_overrides;
using headway::ec;
using headway::oid;
using headway::git::signature_of;
using headway::test::require_error;

namespace {

struct history {
  std::string repo;
  oid first;
  oid second;
};

history two_commits(headway::test::sandbox& box) {
  const auto repo = box.init("repo").string();
  const auto first = oid::from_hex(box.commit(repo, "one")).value();
  return {repo, first, oid::from_hex(box.commit(repo, "two")).value()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_plain_clone_has_none) {
  const auto made = two_commits(box);
  BOOST_TEST(opened(made.repo)->read_overrides()->empty());
  BOOST_TEST(snapshot(made.repo).ancestry_signature == 0u);
  BOOST_TEST(!snapshot(made.repo).shallow);
}

BOOST_AUTO_TEST_CASE(the_boundary_of_a_shallow_clone_is_read) {
  const auto made = two_commits(box);
  const auto clone = (box / "clone").string();
  box.git(box.root(), {"clone", "-q", "--depth=1", "file://" + made.repo, clone});
  const auto found = *opened(clone)->read_overrides();
  BOOST_TEST((found.shallow == std::vector{made.second}));
  const auto refs = snapshot(clone);
  BOOST_TEST(refs.shallow);
  BOOST_TEST(refs.ancestry_signature == signature_of(found));
  BOOST_TEST(refs.ancestry_signature != 0u);
  box.git(clone, {"fetch", "-q", "--unshallow"});
  BOOST_TEST(snapshot(clone).ancestry_signature == 0u);
}

BOOST_AUTO_TEST_CASE(grafts_are_read_as_git_reads_them) {
  const auto made = two_commits(box);
  const auto other = oid::from_hex(std::string(40, 'a')).value();
  box.write(made.repo + "/.git/info/grafts", "# words\n" + made.second.hex() + "\nnonsense\n" +
                                                 made.first.hex() + " " + other.hex() + "\n" +
                                                 made.second.hex() + " " + other.hex() + "\n");
  const auto found = *opened(made.repo)->read_overrides();
  BOOST_REQUIRE(found.grafts.size() == 2u);
  BOOST_TEST((found.grafts[0] == std::pair{made.second, std::vector<oid>{}}));
  BOOST_TEST((found.grafts[1] == std::pair{made.first, std::vector{other}}));
  BOOST_TEST(snapshot(made.repo).ancestry_signature == signature_of(found));
}

BOOST_AUTO_TEST_CASE(replace_refs_count_unless_they_are_switched_off) {
  const auto made = two_commits(box);
  box.git(made.repo, {"replace", "--graft", made.second.hex()});
  const auto to =
      oid::from_hex(box.git(made.repo, {"rev-parse", "refs/replace/" + made.second.hex()}));
  const auto found = *opened(made.repo)->read_overrides();
  BOOST_REQUIRE(found.replacements.size() == 1u);
  BOOST_TEST((found.replacements[0] == std::pair{made.second, to.value()}));
  BOOST_TEST(snapshot(made.repo).ancestry_signature == signature_of(found));
  // The tip is what the ref says, not what stands for it.
  BOOST_TEST((headway::test::branch(snapshot(made.repo), "main").tip == made.second));
  box.git(made.repo, {"pack-refs", "--all"});
  BOOST_TEST(opened(made.repo)->read_overrides()->replacements.size() == 1u);
  ::setenv("GIT_NO_REPLACE_OBJECTS", "1", 1);
  BOOST_TEST(opened(made.repo)->read_overrides()->empty());
  ::unsetenv("GIT_NO_REPLACE_OBJECTS");
  box.git(made.repo, {"config", "core.useReplaceRefs", "false"});
  BOOST_TEST(opened(made.repo)->read_overrides()->empty());
}

BOOST_AUTO_TEST_CASE(a_shallow_file_that_makes_no_sense_is_corrupt) {
  const auto made = two_commits(box);
  box.write(made.repo + "/.git/shallow", "rubbish\n");
  require_error(opened(made.repo)->read_refs(), ec::corrupt, made.repo + "/.git/shallow");
}

BOOST_AUTO_TEST_CASE(signatures_depend_on_content_and_not_on_order) {
  const auto id = [](char c) { return oid::from_hex(std::string(40, c)).value(); };
  const ancestry_overrides none;
  const ancestry_overrides shallow{.shallow = {id('a'), id('b')}};
  const ancestry_overrides turned{.shallow = {id('b'), id('a')}};
  const ancestry_overrides less{.shallow = {id('a')}};
  const ancestry_overrides graft{.grafts = {{id('a'), {}}}};
  const ancestry_overrides parent{.grafts = {{id('a'), {id('b')}}}};
  const ancestry_overrides replaced{.replacements = {{id('a'), id('b')}}};
  BOOST_TEST(signature_of(none) == 0u);
  BOOST_TEST(signature_of(shallow) == signature_of(turned));
  const std::vector different{none, shallow, less, graft, parent, replaced};
  for (const auto& a : different)
    for (const auto& b : different)
      BOOST_TEST((signature_of(a) == signature_of(b)) == (&a == &b));
}

BOOST_AUTO_TEST_SUITE_END()

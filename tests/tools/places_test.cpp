#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <tools/headway/places.hpp>

namespace headway::test {

using namespace tools;

BOOST_AUTO_TEST_SUITE(places)

BOOST_AUTO_TEST_CASE(inside_of_a_work_tree_it_is_the_place) {
  sandbox box;
  const auto repository = box.init("project");
  const auto found = places_to_look({}, repository);
  BOOST_TEST(found.repositories == std::vector{repository.string()});
  BOOST_TEST(found.roots.empty());
}

BOOST_AUTO_TEST_CASE(elsewhere_the_current_directory_is_searched) {
  sandbox box;
  const auto found = places_to_look({}, box.root());
  BOOST_TEST(found.roots == std::vector{box.root().string()});
  BOOST_TEST(found.repositories.empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_directory_is_an_error_and_the_rest_is_searched) {
  sandbox box;
  box.write(box / "file", "x");
  const auto found = places_to_look(
      {(box / "nowhere").string(), box.root().string(), (box / "file").string()}, "/");
  BOOST_TEST(found.roots == std::vector{box.root().string()});
  BOOST_REQUIRE(found.errors.size() == 2u);
  BOOST_TEST(found.errors[0].subject == (box / "nowhere").string());
  BOOST_TEST(found.errors[1].reason == "is no directory");
}

BOOST_AUTO_TEST_CASE(links_and_dots_are_resolved) {
  sandbox box;
  std::filesystem::create_directory(box / "real");
  std::filesystem::create_directory_symlink(box / "real", box / "link");
  BOOST_TEST(resolved((box / "link").string() + "/../real/") == (box / "real").string());
  BOOST_TEST(resolved((box / "link/not/there").string()) == (box / "real/not/there").string());
}

BOOST_AUTO_TEST_CASE(below_means_whole_names) {
  BOOST_TEST(is_within("/a/b", {"/a"}));
  BOOST_TEST(is_within("/a", {"/a"}));
  BOOST_TEST(is_within("/a", {"/"}));
  BOOST_TEST(!is_within("/ab", {"/a"}));
  BOOST_TEST(!is_within("/", {"/a"}));
  BOOST_TEST(is_within("/c", {"/a", "/c"}));
}

BOOST_AUTO_TEST_CASE(without_directories_every_project_counts) {
  const std::vector<project_info> projects{{{"a"}, "/x/a", {}, {}}, {{"b"}, "/y/b", {}, {}}};
  BOOST_TEST(ids_within(projects, {}) == (std::vector<std::string>{"a", "b"}));
  BOOST_TEST(ids_within(projects, {"/y"}) == std::vector<std::string>{"b"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

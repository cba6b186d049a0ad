#include <map>

#include <boost/test/unit_test.hpp>
#include <tests/support/sandbox.hpp>

#include <messages/error.hpp>
#include <tools/process/directories.hpp>

namespace headway::test {

using namespace tools;

namespace {

environment variables(std::map<std::string, std::string, std::less<>> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto it = values.find(name);
    return it == values.end() ? std::nullopt : std::optional{it->second};
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(directories)

BOOST_AUTO_TEST_CASE(the_home_directory_is_the_default) {
  const auto home = variables({{"HOME", "/home/me"}});
  BOOST_TEST(state_directory(home)->string() == "/home/me/.local/state/headway");
  BOOST_TEST(usual_config_file(home)->string() == "/home/me/.config/headway/headwayd.toml");
}

BOOST_AUTO_TEST_CASE(xdg_variables_come_first) {
  const auto told = variables(
      {{"HOME", "/home/me"}, {"XDG_STATE_HOME", "/var/s"}, {"XDG_CONFIG_HOME", "/etc/c"}});
  BOOST_TEST(state_directory(told)->string() == "/var/s/headway");
  BOOST_TEST(usual_config_file(told)->string() == "/etc/c/headway/headwayd.toml");
}

BOOST_AUTO_TEST_CASE(relative_paths_are_ignored) {
  BOOST_TEST(state_directory(variables({{"HOME", "/h"}, {"XDG_STATE_HOME", "s"}}))->string() ==
             "/h/.local/state/headway");
}

BOOST_AUTO_TEST_CASE(without_any_the_error_says_what_to_set) {
  const auto nowhere = state_directory(variables({}));
  BOOST_REQUIRE(!nowhere);
  BOOST_CHECK(code_of(nowhere.error()) == ec::config);
  BOOST_TEST(detail_of(nowhere.error()).find("XDG_STATE_HOME") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_work_tree_is_found_from_below) {
  sandbox box;
  const auto repository = box.init("project");
  std::filesystem::create_directories(repository / "a/b");
  BOOST_TEST(enclosing_work_tree(repository / "a/b")->string() == repository.string());
  BOOST_TEST(enclosing_work_tree(repository)->string() == repository.string());
  BOOST_CHECK(!enclosing_work_tree(box.root()));
}

BOOST_AUTO_TEST_CASE(a_linked_worktree_is_one) {
  sandbox box;
  const auto repository = box.init("project");
  box.commit(repository, "one");
  box.git(repository, {"worktree", "add", "--quiet", "../linked"});
  BOOST_TEST(enclosing_work_tree(box / "linked")->string() == (box / "linked").string());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

#include <boost/test/unit_test.hpp>

#include <messages/error.hpp>
#include <tools/report/arrangement.hpp>
#include <tools/report/line_template.hpp>

namespace headway::test {

using namespace tools;

namespace {

sync_status_ptr document(std::string id, std::string path, std::vector<branch_status> branches,
                         project_state state = project_state::fresh) {
  auto status = std::make_shared<sync_status>();
  status->project = {std::move(id)};
  status->path = std::move(path);
  status->state = state;
  status->branches = std::move(branches);
  return status;
}

branch_status branch(std::string name, std::uint64_t ahead, std::uint64_t behind) {
  branch_status result;
  result.name = std::move(name);
  result.upstream = "origin/" + result.name;
  result.ahead = ahead;
  result.behind = behind;
  result.state = ahead && behind ? branch_state::diverged
                 : ahead         ? branch_state::ahead
                 : behind        ? branch_state::behind
                                 : branch_state::in_sync;
  return result;
}

const std::vector<sync_status_ptr> some{
    document("b", "/1", {branch("main", 0, 0)}),
    document("c", "/3", {branch("main", 0, 7), branch("topic", 2, 0)}),
    document("a", "/2", {branch("main", 0, 9)}, project_state::error)};

using positions = std::vector<std::size_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(arrangement)

BOOST_AUTO_TEST_CASE(each_order_has_its_first) {
  BOOST_TEST((arranged(some, {}, status_order::as_found) == positions{0, 1, 2}));
  BOOST_TEST((arranged(some, {}, status_order::project) == positions{2, 0, 1}));
  BOOST_TEST((arranged(some, {}, status_order::path) == positions{0, 2, 1}));
  BOOST_TEST((arranged(some, {}, status_order::attention) == positions{1, 2, 0}));
  BOOST_TEST((arranged(some, {}, status_order::behind) == positions{2, 1, 0}));
  BOOST_TEST((arranged(some, {}, status_order::ahead) == positions{1, 0, 2}));
}

BOOST_AUTO_TEST_CASE(a_state_chooses_projects_and_branches) {
  const status_filter behind{.branch = branch_state::behind};
  BOOST_TEST((arranged(some, behind, status_order::as_found) == positions{1, 2}));
  BOOST_TEST(narrowed(some[1], behind)->branches.size() == 1u);
  BOOST_TEST((narrowed(some[1], {}) == some[1]));
  BOOST_TEST(
      (arranged(some, {.project = project_state::error}, status_order::as_found) == positions{2}));
}

BOOST_AUTO_TEST_CASE(a_line_is_as_its_template) {
  const auto lines = [](std::string_view text, const sync_status& status) {
    const auto made = line_template::parse(text);
    BOOST_REQUIRE(made);
    return made->lines(status);
  };
  BOOST_TEST(lines("{project}\\t{branch} -{behind} +{ahead} {state}", *some[1]) ==
             "c\tmain -7 +0 behind\nc\ttopic -0 +2 ahead\n");
  BOOST_TEST(lines("{{}} {path} {upstream}{head}", *some[0]) == "{}} /1 origin/main \n");
  BOOST_TEST(lines("{project} {branch} {project_state}",
                   *document("x", "/", {}, project_state::missing)) == "x - missing\n");
  BOOST_TEST(lines("{path}", *document("x", "/a\x1b[31m", {})) == "/a\\x1b[31m\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_field_is_named_with_those_that_are) {
  for (const char* text : {"{nonsense}", "{}", "{project", "{ project}"}) {
    const auto made = line_template::parse(text);
    BOOST_REQUIRE(!made);
    BOOST_TEST(detail_of(made.error()).find("behind") != std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace headway::test

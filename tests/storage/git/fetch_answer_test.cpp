#include <algorithm>

#include <boost/test/unit_test.hpp>

#include <messages/error.hpp>
#include <storage/git/fetch_answer.hpp>

using namespace headway;
using namespace headway::git;

namespace {

std::string id(char digit) {
  return std::string(40, digit);
}

tracked_ref ref(const std::string& name, char tip) {
  tracked_ref result{"refs/heads/" + name, "refs/remotes/origin/" + name, {}};
  if (tip != ' ')
    result.tip = oid::from_hex(id(tip));
  return result;
}

advertised_refs answer(const std::vector<std::pair<std::string, char>>& refs) {
  advertised_refs result;
  for (const auto& [name, tip] : refs)
    result.emplace("refs/heads/" + name, *oid::from_hex(id(tip)));
  return result;
}

void refuses(const std::string& output) {
  const auto result = parse_answer(output);
  BOOST_REQUIRE_MESSAGE(!result, "accepted: " << output);
  BOOST_TEST(static_cast<int>(code_of(result.error())) == static_cast<int>(ec::remote));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fetch_answer)

BOOST_AUTO_TEST_CASE(reads_ids_and_names) {
  const auto refs = parse_answer(id('a') + "\tHEAD\n" + id('b') + "\trefs/heads/x\n" + id('c') +
                                 "\trefs/tags/\xc3\xa4^{}\n");
  BOOST_REQUIRE(refs);
  BOOST_TEST(refs->size() == 3u);
  BOOST_TEST(refs->at("HEAD").hex() == id('a'));
  BOOST_TEST(refs->at("refs/heads/x").hex() == id('b'));
}

BOOST_AUTO_TEST_CASE(an_empty_answer_is_an_answer) {
  const auto refs = parse_answer("");
  BOOST_REQUIRE(refs);
  BOOST_TEST(refs->empty());
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_list_of_refs) {
  refuses("<html><body>Please log in</body></html>\n");
  refuses("\n");
  refuses(id('a') + "\n");
  refuses(id('a') + "\t\n");
  refuses(id('a') + " refs/heads/x\n");
  refuses(id('a').substr(1) + "\trefs/heads/x\n");
  refuses(std::string(64, 'a') + "\trefs/heads/x\n");
  refuses(id('g') + "\trefs/heads/x\n");
  refuses(id('0') + "\trefs/heads/x\n");
  refuses(id('a') + "\trefs/\n");
  refuses(id('a') + "\tbranches/x\n");
  refuses(id('a') + "\trefs/heads/x y\n");
  refuses(id('a') + "\trefs/heads/x\r\n");
  refuses(id('a') + "\trefs/heads/x\x1b[2J\n");
}

BOOST_AUTO_TEST_CASE(refuses_an_answer_that_was_cut_off) {
  refuses(id('a') + "\trefs/heads/x");
}

BOOST_AUTO_TEST_CASE(refuses_the_same_name_twice) {
  refuses(id('a') + "\trefs/heads/x\n" + id('b') + "\trefs/heads/x\n");
}

BOOST_AUTO_TEST_CASE(one_bad_line_spoils_all) {
  refuses(id('a') + "\trefs/heads/x\nwarning: something\n");
}

BOOST_AUTO_TEST_CASE(finds_what_moved_what_is_new_and_what_is_gone) {
  const auto plan = compare(
      {ref("same", 'a'), ref("moved", 'a'), ref("new", ' '), ref("gone", 'd'), ref("never", ' ')},
      answer({{"same", 'a'}, {"moved", 'b'}, {"new", 'c'}, {"other", 'e'}}));
  BOOST_REQUIRE(plan.moved.size() == 2u);
  BOOST_TEST(plan.moved[0].remote_ref == "refs/heads/moved");
  BOOST_TEST(plan.moved[1].remote_ref == "refs/heads/new");
  BOOST_REQUIRE(plan.gone.size() == 1u);
  BOOST_TEST(plan.gone[0].remote_ref == "refs/heads/gone");
  BOOST_TEST(plan.refused == "");
}

BOOST_AUTO_TEST_CASE(equal_refs_leave_nothing_to_do) {
  BOOST_TEST(compare({ref("x", 'a')}, answer({{"x", 'a'}})).nothing_to_do());
}

BOOST_AUTO_TEST_CASE(a_longer_name_with_the_same_end_is_another_ref) {
  advertised_refs refs;
  refs.emplace("refs/remotes/y/refs/heads/x", *oid::from_hex(id('b')));
  const auto plan = compare({ref("x", ' ')}, refs);
  BOOST_TEST(plan.nothing_to_do());
}

BOOST_AUTO_TEST_CASE(an_empty_answer_deletes_nothing) {
  const auto plan = compare({ref("x", 'a')}, {});
  BOOST_TEST(plan.nothing_to_do());
  BOOST_TEST(plan.refused.find("without any ref") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_empty_answer_is_fine_when_nothing_is_here) {
  BOOST_TEST(compare({}, {}).refused == "");
  BOOST_TEST(compare({ref("x", ' ')}, {}).refused == "");
}

BOOST_AUTO_TEST_CASE(losing_more_than_half_of_several_deletes_nothing) {
  const auto plan = compare({ref("a", 'a'), ref("b", 'a'), ref("c", 'a')}, answer({{"a", 'b'}}));
  BOOST_TEST(plan.gone.empty());
  BOOST_TEST(plan.moved.size() == 1u);
  BOOST_TEST(plan.refused.find("2 of 3") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(losing_half_or_the_only_one_is_believed) {
  BOOST_TEST(compare({ref("a", 'a'), ref("b", 'a')}, answer({{"a", 'a'}})).gone.size() == 1u);
  BOOST_TEST(compare({ref("b", 'a')}, answer({{"a", 'a'}})).gone.size() == 1u);
}

BOOST_AUTO_TEST_CASE(refs_that_are_not_here_do_not_count_in_the_half) {
  const auto plan =
      compare({ref("a", 'a'), ref("b", 'a'), ref("c", 'a'), ref("d", ' '), ref("e", ' ')},
              answer({{"a", 'a'}}));
  BOOST_TEST(plan.refused.find("2 of 3") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_ref_may_be_rewritten_only_where_the_configured_refspec_says_so) {
  const auto x = ref("x", 'a');
  BOOST_TEST(may_be_rewritten(x, {"+refs/heads/*:refs/remotes/origin/*"}));
  BOOST_TEST(!may_be_rewritten(x, {"refs/heads/*:refs/remotes/origin/*"}));
  BOOST_TEST(may_be_rewritten(x, {"+refs/heads/x:refs/remotes/origin/x"}));
  BOOST_TEST(!may_be_rewritten(x, {"+refs/heads/y:refs/remotes/origin/x"}));
  BOOST_TEST(!may_be_rewritten(x, {"+refs/heads/*:refs/remotes/other/*"}));
  BOOST_TEST(!may_be_rewritten(x, {"+refs/heads/x"}));
  BOOST_TEST(!may_be_rewritten(x, {"^refs/heads/y"}));
  BOOST_TEST(!may_be_rewritten(x, {}));
}

BOOST_AUTO_TEST_CASE(a_star_may_stand_inside_a_name) {
  const tracked_ref odd{"refs/heads/release-1-x", "refs/remotes/o/r/1", {}};
  BOOST_TEST(may_be_rewritten(odd, {"+refs/heads/release-*-x:refs/remotes/o/r/*"}));
  const tracked_ref mirror{"refs/heads/x", "refs/heads/x", {}};
  BOOST_TEST(may_be_rewritten(mirror, {"+refs/*:refs/*"}));
}

BOOST_AUTO_TEST_CASE(asks_only_for_the_classes_of_refs_that_are_tracked) {
  const tracked_ref tag{"refs/tags/v1", "refs/tags/v1", {}};
  const tracked_ref odd{"refs/pull/1/head", "refs/remotes/origin/pr/1", {}};
  BOOST_TEST((ref_classes({ref("x", 'a')}) == std::vector<std::string>{"--heads"}));
  BOOST_TEST((ref_classes({ref("x", 'a'), tag}) == std::vector<std::string>{"--heads", "--tags"}));
  BOOST_TEST((ref_classes({ref("x", 'a'), odd}).empty()));
}

BOOST_AUTO_TEST_SUITE_END()

#include <boost/test/unit_test.hpp>

#include <storage/git/fetch_trace.hpp>

using namespace headway;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(fetch_trace)

BOOST_AUTO_TEST_CASE(regions_and_children_of_git_itself_are_added_up) {
  fetch_steps steps;
  git::add_traced_times(
      R"({"event":"region_leave","sid":"1","t_rel":0.010000,"category":"fetch","label":"remote_refs"}
{"event":"region_leave","sid":"1","t_rel":0.002,"category":"fetch-pack","label":"negotiation_v2"}
{"event":"child_start","sid":"1","child_id":2,"argv":["git","index-pack","--stdin"]}
{"event":"child_start","sid":"1","child_id":3,"argv":["git","rev-list","--objects"]}
{"event":"child_start","sid":"1/2","child_id":2,"argv":["git","rev-list"]}
{"event":"child_exit","sid":"1","child_id":2,"pid":5,"code":0,"t_rel":0.5}
{"event":"child_exit","sid":"1/2","child_id":2,"pid":5,"code":0,"t_rel":9}
{"event":"child_exit","sid":"1","child_id":3,"pid":6,"code":0,"t_rel":0.25}
)",
      steps);
  BOOST_TEST((steps == fetch_steps{.negotiation = 12ms, .pack = 500ms, .checking = 250ms}));
}

BOOST_AUTO_TEST_CASE(lines_that_make_no_sense_are_passed_over) {
  fetch_steps steps;
  git::add_traced_times(
      "\n{\n{}\nnonsense\n{\"event\":\"child_exit\",\"child_id\":1,\"t_rel\":-1}\n"
      "{\"event\":\"region_leave\",\"label\":\"remote_refs\",\"t_rel\":x}\n"
      "{\"event\":\"child_start\",\"child_id\":\"",
      steps);
  BOOST_TEST((steps == fetch_steps{}));
}

namespace {

const std::string one(40, '1');
const std::string two(40, '2');

std::string sent(const std::string& packet) {
  return "09:46:26.109869 pkt-line.c:80           packet:        fetch> " + packet + "\n";
}
std::string received(const std::string& packet) {
  return "09:46:26.110116 pkt-line.c:80           packet:        fetch< " + packet + "\n";
}
std::string asked_for_tags() {
  return received("version 2") + received("ls-refs=unborn") + received("0000") +
         sent("command=ls-refs") + sent("0001") + sent("ref-prefix refs/heads/main") +
         sent("ref-prefix refs/tags/") + sent("0000");
}

}  // namespace

BOOST_AUTO_TEST_CASE(tags_are_read_from_the_list_that_git_was_sent) {
  const auto tags = git::traced_tags(
      asked_for_tags() + received(one + " refs/heads/main") +
      "09:46:26 pkt-line.c:80 packet:  upload-pack> " + two + " refs/tags/not\n" +
      received(one + " refs/tags/light") + received(two + " refs/tags/v1 peeled:" + one) +
      received(one + " refs/tags/\\303\\251t\\303\\251") + received("0000") +
      sent("command=fetch") + received(two + " refs/tags/late"));
  BOOST_REQUIRE(tags.has_value());
  BOOST_TEST(tags->size() == 3u);
  BOOST_TEST((tags->at("refs/tags/v1").id == oid::from_hex(two)));
  BOOST_TEST((tags->at("refs/tags/v1").target == oid::from_hex(one)));
  BOOST_TEST((tags->at("refs/tags/light").target == oid::from_hex(one)));
  BOOST_TEST(tags->contains("refs/tags/\303\251t\303\251"));
}

BOOST_AUTO_TEST_CASE(a_list_that_is_not_whole_says_nothing_of_tags) {
  const auto list = received(one + " refs/tags/v1");
  BOOST_TEST(!git::traced_tags(""));
  BOOST_TEST(!git::traced_tags("nonsense\n"));
  BOOST_TEST(!git::traced_tags(asked_for_tags() + list));
  BOOST_TEST(!git::traced_tags(sent("command=ls-refs") + sent("ref-prefix refs/heads/") +
                               sent("0000") + list + received("0000")));
  for (const auto& line : {"refs/tags/v1", "zz refs/tags/v1"})
    BOOST_TEST(git::traced_tags(asked_for_tags() + received(line) + received("0000"))->empty());
  for (const auto& line : {std::string(40, 'z') + " refs/tags/v1", one + " refs/tags/v1 peeled:z",
                           one + " refs/tags/\\30", one + " refs/tags/\\9ab"})
    BOOST_TEST(!git::traced_tags(asked_for_tags() + received(line) + received("0000")));
}

BOOST_AUTO_TEST_SUITE_END()
